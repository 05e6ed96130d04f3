"""Commands for what runs are good for: predict, evaluate, compare."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_kdland.cli.options import (
    AsJson,
    Device,
    EventsAs,
    EventsFormat,
    IndexValues,
    Pictures,
    ProjectPath,
    Split,
    SplitName,
)
from napari_kdland.cli.uncertainty import Beside, Passes, Uncertainty, asking_of
from napari_kdland.cli.watching import print_json, say, watch
from napari_kdland.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.evaluation import Comparison
    from napari_kdland.evaluation.breakdown import By
    from napari_kdland.events import Job
    from napari_kdland.jobs import SeedComparison


class TakenApart(StrEnum):
    """What figures can be told of, beside all landmarks or regions together."""

    LANDMARK = "landmark"
    GROUP = "group"
    REGION = "region"


_BREAKDOWN: dict[TakenApart, By] = {TakenApart.LANDMARK: "landmark", TakenApart.GROUP: "group"}

Run = Annotated[str, typer.Option("--run", help="Run of this project.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("predict")(predict)
    app.command("evaluate")(evaluate)
    app.command("compare")(compare)


def predict(
    project: ProjectPath,
    run: Run,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files outside the project.")] = None,
    split: Annotated[SplitName | None, typer.Option(help="Images of this split.")] = None,
    images: Annotated[list[str] | None, typer.Option(help="Images of the project by name; repeat for several.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write.")] = None,
    uncertainty: Uncertainty | None = None,
    beside: Beside = None,
    passes: Passes = 10,
    look_beyond: Annotated[
        float | None,
        typer.Option(
            help='Radius in pixels of the image beyond which a landmark is marked "look here"; kept with the run, 0 '
            "takes it away."
        ),
    ] = None,
    level: Annotated[float, typer.Option(help="Probability that the landmark is within its radius.")] = 0.9,
    device: Device = "auto",
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Predict landmarks: for the whole project, a split, some images, or files outside the project."""
    from napari_kdland.evaluation.abstention import Limit
    from napari_kdland.jobs import ChosenImages, predict_run

    chosen = ChosenImages(split=split, names=tuple(images or ()), paths=tuple(paths or ()))
    limit = None if look_beyond is None else Limit(look_beyond or None, level)
    asking = asking_of(uncertainty, beside, passes)
    job = predict_run(project, run, chosen, out=out, device=device, asking=asking, limit=limit)
    result = watch(job, as_json=events is EventsFormat.JSON)
    if as_json:
        print_json({"run": run, "n_images": result.n_images, "skipped": result.skipped, "out": out})
        return
    say(f"Predicted {result.n_images} images" + (f" into {out}." if out else "; the predictions are in the project."))
    for reason in result.skipped:
        say(f"  left out: {reason}")


def evaluate(
    project: ProjectPath,
    run: Run,
    split: Split = SplitName.TEST,
    uncertainty: Uncertainty | None = None,
    beside: Beside = None,
    passes: Passes = 10,
    device: Device = "auto",
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Measure a run against the readers' landmarks; with --uncertainty, what its uncertainty is worth too."""
    from napari_kdland.evaluation import compare_evaluations, text_table
    from napari_kdland.jobs import evaluate_run, judge_uncertainty

    asking, in_lines = asking_of(uncertainty, beside, passes), events is EventsFormat.JSON
    evaluation = watch(evaluate_run(project, run, split=split, device=device), as_json=in_lines)
    judged = None
    if uncertainty is not None:
        judged = watch(judge_uncertainty(project, run, asking, split=split, device=device), as_json=in_lines)
    if as_json:
        print_json(evaluation.to_json() | ({} if judged is None else {"uncertainty": judged.to_json()}))
        return
    say(text_table(compare_evaluations({run: evaluation})))
    if judged is not None:
        say(judged.text())


def compare(
    project: ProjectPath,
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN...", help="Runs of this project.")],
    baseline: Annotated[
        str | None, typer.Option(help="Run that the others are held against; by default the first.")
    ] = None,
    split: Split = SplitName.TEST,
    report: Annotated[Path | None, typer.Option(help="HTML file to write.")] = None,
    group_seeds: Annotated[
        bool, typer.Option("--group-seeds", help="One row for runs that differ in nothing but their seeds.")
    ] = False,
    by: Annotated[
        TakenApart | None,
        typer.Option(help="All figures of each landmark or group of the scheme, or the Dice of each region, too."),
    ] = None,
    index_values: IndexValues = None,
    pictures: Pictures = True,
    device: Device = "auto",
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Compare runs on the same images: table, paired differences, report."""
    from napari_kdland.jobs import IndexSource, compare_runs, compare_seeds

    sources = [IndexSource.parse(text) for text in index_values or []]
    if report is None and (sources or not pictures):
        named = "--index-values are" if sources else "--no-pictures is"
        raise UsageError(f"{named} for the report. Give --report FILE.html too.")
    if group_seeds and by is not None:
        raise UsageError("--by tells figures of single runs, --group-seeds makes one row of several. Give one of them.")
    how: Callable[..., Job[Comparison | SeedComparison]] = compare_seeds if group_seeds else compare_runs
    job = how(
        project,
        runs,
        baseline=baseline,
        split=split,
        report=report,
        index_sources=sources,
        pictures=pictures,
        device=device,
    )
    told = watch(job, as_json=events is EventsFormat.JSON)
    (_print_comparison if as_json else _say_comparison)(told, project, by)
    if report and not as_json:
        say(f"Report: {report}")
    if not (group_seeds or as_json):
        _offer_groups(project, runs)


def _print_comparison(told: Comparison | SeedComparison, project: Path, by: TakenApart | None) -> None:
    """Print a comparison as JSON."""
    from napari_kdland.jobs.spreads import found_by_of

    comparison = _by_image(told)
    apart = {} if by is None else {f"by_{by.value}": _apart_json(comparison, by)}
    spreads = {run: ways.to_json() for run, ways in found_by_of(project, comparison).items()}
    print_json(told.to_json() | apart | {"standard_deviations": spreads})


def _say_comparison(told: Comparison | SeedComparison, project: Path, by: TakenApart | None) -> None:
    """Say a comparison in tables and words."""
    from napari_kdland.evaluation import text_table
    from napari_kdland.evaluation.found_by import in_one_line
    from napari_kdland.jobs import SeedComparison
    from napari_kdland.jobs.spreads import found_by_of

    comparison = _by_image(told)
    say(told.text() if isinstance(told, SeedComparison) else text_table(told))
    if by is not None:
        say(_apart_text(comparison, by, project))
    if ways := in_one_line(found_by_of(project, comparison)):
        say(f"Standard deviations: {ways}.")


def _by_image(told: Comparison | SeedComparison) -> Comparison:
    """Give the comparison of single runs; of several seeds, that of one."""
    from napari_kdland.jobs import SeedComparison

    return told.comparison if isinstance(told, SeedComparison) else told


def _offer_groups(project: Path, runs: list[str]) -> None:
    """Say which of the runs could be one row."""
    from napari_kdland.jobs.grouping_seeds import seed_groups
    from napari_kdland.project import Project

    with Project.open(project, announce=False) as opened:
        several = [", ".join(of) for of in seed_groups(opened, runs).values() if len(of) > 1]
    if several:
        say(f"These differ in nothing but their seeds: {'; '.join(several)}. --group-seeds makes one row of them.")


def _apart_json(comparison: Comparison, by: TakenApart) -> list[dict[str, object]]:
    from napari_kdland.evaluation.breakdown import breakdown_json
    from napari_kdland.evaluation.region_breakdown import region_dice_json

    if by is TakenApart.REGION:
        return region_dice_json(comparison.regions, comparison.baseline.name)
    return breakdown_json(comparison, _BREAKDOWN[by])


def _apart_text(comparison: Comparison, by: TakenApart, project: Path) -> str:
    from napari_kdland.evaluation.breakdown import breakdown_text
    from napari_kdland.evaluation.region_breakdown import region_dice_text

    if by is TakenApart.REGION:
        return region_dice_text(comparison.regions, comparison.baseline.name)
    return breakdown_text(comparison, _BREAKDOWN[by], _titles(project))


def _titles(project: Path) -> dict[str, str]:
    """Give the titles of a project's landmarks by name."""
    from napari_kdland.project import Project

    with Project.open(project, announce=False) as opened:
        return opened.scheme.landmark_titles
