"""Runs side by side on the same images: differences, their certainty, and a verdict in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

import numpy as np

from napari_kdland.errors import RunError, UsageError
from napari_kdland.evaluation.columns import Metric, all_metrics
from napari_kdland.evaluation.judging import Judgement, PairTest, judge
from napari_kdland.evaluation.metrics import Limits, plain_values
from napari_kdland.evaluation.own_intervals import Interval, own_intervals
from napari_kdland.evaluation.region_judging import RegionTests, judge_regions
from napari_kdland.evaluation.scoring import (
    ByImage,
    Evaluation,
    SizeByImage,
    SpacingByImage,
    common_names,
    common_unit,
    evaluate,
    images_with_truth,
    regions_alone,
)
from napari_kdland.evaluation.verdicts import verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.anatomy import Measures
    from napari_kdland.evaluation.regions import RegionEvaluation

FLOOR = "mean shape"


class RowKind(StrEnum):
    """What a row of the table stands for."""

    BASELINE = "baseline"
    RUN = "run"
    FLOOR = "floor"


@dataclass(frozen=True)
class Row:
    """One source of landmarks in a comparison.

    Parameters
    ----------
    name
        Of the run, or `FLOOR`.
    values
        By metric name; `None` where the metric has no value here.
    deltas
        Value minus the baseline's, by metric name; empty for the baseline itself.
    best
        Metrics in which no run is better. The floor is never marked.
    difference
        Paired difference from the baseline over the images; `None` for the baseline, and without landmarks.
    from_floor
        The same from the floor; `None` for the floor, and where the comparison has none.
    verdict
        The difference in plain words.
    """

    name: str
    kind: RowKind
    evaluation: Evaluation
    values: Mapping[str, float | None]
    deltas: Mapping[str, float] = field(default_factory=dict)
    best: frozenset[str] = frozenset()
    difference: PairTest | None = None
    from_floor: PairTest | None = None
    verdict: str = ""

    @cached_property
    def intervals(self) -> dict[str, Interval]:
        """95 % intervals of the row's own figures over images, by metric name; empty without landmarks."""
        of = self.evaluation
        return own_intervals([of], all_metrics(of.measures)) if of.names else {}

    def to_json(self) -> dict[str, Any]:
        """Give plain values for `json.dumps`."""
        values: dict[str, Any] = plain_values(
            {
                "name": self.name,
                "kind": self.kind.value,
                **self.values,
                "intervals": self.intervals,
                "difference_from_baseline": self.deltas,
                "best": sorted(self.best),
                "paired_difference": None if self.difference is None else asdict(self.difference),
                "p_holm": None if self.difference is None else self.difference.p_holm,
                "paired_difference_from_floor": None if self.from_floor is None else asdict(self.from_floor),
                "verdict": self.verdict,
                "evaluation": self.evaluation.to_json(),
            }
        )
        return values


@dataclass(frozen=True)
class Comparison:
    """Several runs on the same images.

    Parameters
    ----------
    rows
        The baseline first, then the other runs in the order given, the floor last.
    metrics
        Those that at least one row has a value for: the columns.
    without_truth
        Images of which nothing is known; they are in no figure.
    judgement
        Tests, effect sizes and ranks, from which the differences of the rows are taken; `None` where there is nothing
        to compare, or without landmarks.
    remarks
        What else has to be known before the figures are believed, in sentences.
    """

    rows: tuple[Row, ...]
    metrics: tuple[Metric, ...]
    without_truth: tuple[str, ...] = ()
    judgement: Judgement | None = None
    remarks: tuple[str, ...] = ()

    @property
    def baseline(self) -> Row:
        """The row that all others are compared with."""
        return self.rows[0]

    @property
    def runs(self) -> tuple[Row, ...]:
        """All rows but the floor."""
        return tuple(row for row in self.rows if row.kind is not RowKind.FLOOR)

    @property
    def images(self) -> tuple[str, ...]:
        """Images in the figures."""
        return self.baseline.evaluation.images

    @property
    def names(self) -> tuple[str, ...]:
        """Landmarks compared."""
        return self.baseline.evaluation.names

    @property
    def regions(self) -> dict[str, RegionEvaluation]:
        """How well each run found regions; runs that were not asked are missing."""
        found = {row.name: row.evaluation.regions for row in self.runs}
        return {run: regions for run, regions in found.items() if regions is not None}

    @cached_property
    def region_tests(self) -> tuple[RegionTests, ...]:
        """What the tests say of the regions: Dice, HD95, ASSD; empty for fewer than two runs that find regions."""
        return judge_regions(self.regions, self.baseline.name)

    @property
    def unit(self) -> Literal["px", "mm"]:
        """Unit of what is said of differences: millimetres where every image has a spacing, else pixels."""
        return common_unit(row.evaluation for row in self.rows)

    def with_regions(self, found: Mapping[str, RegionEvaluation]) -> Comparison:
        """Give the comparison with the region figures of its runs, by run."""
        evaluations = {row.name: replace(row.evaluation, regions=found.get(row.name)) for row in self.rows}
        return replace(self, rows=tuple(replace(row, evaluation=evaluations[row.name]) for row in self.rows))

    def row(self, name: str) -> Row:
        """Give the row of a run.

        Raises
        ------
        UsageError
            If it has none.
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise UsageError(
            f"There is no run {name!r} in the comparison. There are: {', '.join(r.name for r in self.rows)}."
        )

    def to_json(self) -> dict[str, Any]:
        """Give plain values for `json.dumps`."""
        values: dict[str, Any] = plain_values(
            {
                "baseline": self.baseline.name,
                "n_images": len(self.images),
                "images": self.images,
                "landmarks": self.names,
                "without_truth": self.without_truth,
                "remarks": self.remarks,
                "rows": [row.to_json() for row in self.rows],
                "tests": None if self.judgement is None else self.judgement.to_json(),
                "region_tests": {of.figure: of.judgement.to_json() for of in self.region_tests},
            }
        )
        return values


def compare(
    predictions: Mapping[str, ByImage],
    truth: ByImage,
    *,
    baseline: str | None = None,
    floor: ByImage | None = None,
    spacing_mm: SpacingByImage | None = None,
    sizes: SizeByImage | None = None,
    measures: Measures | None = None,
    limits: Limits | None = None,
) -> Comparison:
    """Compare runs on the images that have a truth.

    Parameters
    ----------
    predictions
        Landmarks by image name, by run.
    truth
        Landmarks by image name. Images of which nothing is known are listed and left out.
    baseline
        Run that the others are compared with; the first by default.
    floor
        What the mean shape predicts, by image name; see `floor.mean_shape`.
    spacing_mm
        (row, column) millimetres per pixel by image name; `None` or left out where an image has none.
    sizes
        (height, width) in pixels by image name; left out where it is not known.
    measures
        What the scheme wants measured beside the errors.
    limits
        Radii of outliers and detection rates.

    Raises
    ------
    UsageError
        If there is no run, or the baseline is none of them.
    AnnotationError
        If no image has a truth.
    SchemeError
        If a run has other landmarks than the truth.
    RunError
        If a run has no prediction for an image that has a truth.
    """
    images = images_with_truth(truth)
    common_names(truth.values())
    sources = dict(predictions) if floor is None else {**predictions, FLOOR: floor}
    for run, by_image in sources.items():
        _check_images(run, by_image, images)
    known = {image: truth[image] for image in images}
    judged = partial(evaluate, truth=known, spacing_mm=spacing_mm, sizes=sizes, measures=measures, limits=limits)
    evaluations = {run: judged({i: by_image[i] for i in images}) for run, by_image in sources.items()}
    without_truth = tuple(image for image in truth if image not in known)
    floor_evaluation = evaluations.pop(FLOOR, None) if floor is not None else None
    comparison = compare_evaluations(evaluations, baseline=baseline, floor=floor_evaluation)
    return replace(comparison, without_truth=without_truth)


def compare_evaluations(
    evaluations: Mapping[str, Evaluation], *, baseline: str | None = None, floor: Evaluation | None = None
) -> Comparison:
    """Compare runs that have already been evaluated on the same images.

    Raises
    ------
    UsageError
        If there is no run, or the baseline is none of them.
    RunError
        If they were evaluated on different images or landmarks.
    """
    baseline = _baseline(evaluations, baseline)
    others = [run for run in evaluations if run != baseline]
    _check_evaluations({**evaluations, **({} if floor is None else {FLOOR: floor})}, evaluations[baseline])
    metrics = all_metrics(evaluations[baseline].measures)
    rows = [_row(run, RowKind.RUN, evaluations[run], metrics) for run in [baseline, *others]]
    rows[0] = replace(rows[0], kind=RowKind.BASELINE)
    if floor is not None:
        rows.append(_row(FLOOR, RowKind.FLOOR, floor, metrics))
    judgement = _judgement(evaluations, baseline, floor)
    rows = [_with_tests(_with_deltas(row, rows[0], metrics), baseline, judgement) for row in _with_best(rows, metrics)]
    shown = tuple(metric for metric in metrics if any(_is_number(row.values[metric.name]) for row in rows))
    return Comparison(tuple(rows), shown, judgement=judgement)


def compare_regions(found: Mapping[str, RegionEvaluation], *, baseline: str | None = None) -> Comparison:
    """Compare runs that find regions and no landmarks; the verdicts are those of Dice.

    Raises
    ------
    UsageError
        If there is no run, or the baseline is none of them.
    """
    images = tuple(dict.fromkeys(image for regions in found.values() for image in regions.images))
    evaluations = {run: regions_alone(regions, images) for run, regions in found.items()}
    comparison = compare_evaluations(evaluations, baseline=baseline)
    dice = next((of.sentences for of in comparison.region_tests if of.figure == "Dice"), {})
    return replace(comparison, rows=tuple(replace(row, verdict=dice.get(row.name, "")) for row in comparison.rows))


def _baseline(evaluations: Mapping[str, Evaluation], baseline: str | None) -> str:
    if not evaluations:
        raise UsageError("There is no run to compare. Name at least one.")
    if FLOOR in evaluations:
        raise UsageError(f"A run is called {FLOOR!r}, which is the name of the floor. Rename the run.")
    baseline = baseline or next(iter(evaluations))
    if baseline not in evaluations:
        raise UsageError(f"The baseline {baseline!r} is none of the runs compared: {', '.join(evaluations)}.")
    return baseline


def _check_images(run: str, by_image: ByImage, images: tuple[str, ...]) -> None:
    missing = [image for image in images if image not in by_image]
    if missing:
        listed = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise RunError(
            f"Run {run!r} has no prediction for {len(missing)} of the {len(images)} annotated images: {listed}. "
            "Runs are compared on the same images only: predict these with the run first."
        )


def _check_evaluations(evaluations: Mapping[str, Evaluation], first: Evaluation) -> None:
    for run, evaluation in evaluations.items():
        if evaluation.names != first.names:
            raise RunError(f"Run {run!r} was evaluated on other landmarks than the baseline. Use runs of one scheme.")
        if evaluation.images != first.images:
            odd = sorted(set(evaluation.images) ^ set(first.images))[:5]
            raise RunError(
                f"Run {run!r} was evaluated on other images than the baseline ({', '.join(odd) or 'another order'}). "
                "Evaluate the runs on the same images, then compare."
            )


def _row(name: str, kind: RowKind, evaluation: Evaluation, metrics: tuple[Metric, ...]) -> Row:
    return Row(name, kind, evaluation, {metric.name: metric.value(evaluation) for metric in metrics})


def _with_best(rows: list[Row], metrics: tuple[Metric, ...]) -> list[Row]:
    runs = [row for row in rows if row.kind is not RowKind.FLOOR]
    best: dict[str, float] = {}
    for metric in metrics:
        values = [value for row in runs if _is_number(value := row.values[metric.name])]
        if metric.better and len(set(values)) > 1:
            best[metric.name] = min(values) if metric.better == "lower" else max(values)
    return [
        replace(row, best=frozenset(name for name, value in best.items() if row.values[name] == value))
        if row.kind is not RowKind.FLOOR
        else row
        for row in rows
    ]


def _with_deltas(row: Row, baseline: Row, metrics: tuple[Metric, ...]) -> Row:
    if row.kind is RowKind.BASELINE:
        return row
    deltas = {metric.name: _delta(row, baseline, metric) for metric in metrics if metric.better is not None}
    return replace(row, deltas={name: delta for name, delta in deltas.items() if delta is not None})


def _judgement(evaluations: Mapping[str, Evaluation], baseline: str, floor: Evaluation | None) -> Judgement | None:
    if not evaluations[baseline].names or (len(evaluations) < 2 and floor is None):
        return None
    references = {} if floor is None else {FLOOR: [floor]}
    return judge({run: [evaluation] for run, evaluation in evaluations.items()}, baseline, references=references)


def _with_tests(row: Row, baseline: str, judgement: Judgement | None) -> Row:
    """Give a row its tests and what they show, all from one place, so that no two of them can disagree."""
    if judgement is None:
        return row
    difference = next((test for test in judgement.against_baseline if test.name == row.name), None)
    by_run = {test.name: test for test in judgement.against_references}
    from_floor = by_run.get(row.name)
    if row.kind is RowKind.FLOOR:
        difference = by_run[baseline].mirrored
    said = verdict(difference, from_floor, f"the {FLOOR}")
    return replace(row, difference=difference, from_floor=from_floor, verdict=said)


def _delta(row: Row, baseline: Row, metric: Metric) -> float | None:
    value, reference = row.values[metric.name], baseline.values[metric.name]
    if not _is_number(value) or not _is_number(reference):
        return None
    return value - reference


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and bool(np.isfinite(value))
