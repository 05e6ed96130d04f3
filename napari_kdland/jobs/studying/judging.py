"""The tests of a study at one number of labels and draw: every row by all its seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_kdland.evaluation import FLOOR
from napari_kdland.evaluation.judging import judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.evaluation import Evaluation
    from napari_kdland.evaluation.judging import Judgement, PairTest
    from napari_kdland.jobs.studying.measuring import Measured
    from napari_kdland.jobs.studying.results import Block, Row

# What a test of no image has none of, and JSON has no NaN for.
_FIGURES = ("mean", "median", "rank_biserial")
_OF_TEST = ("p_value", "p_holm", "detectable", "n_images", "n_left_out")


def judged(
    rows: Sequence[Row], measured: Mapping[str, Measured], baseline: str, floors: Sequence[Evaluation]
) -> Judgement | None:
    """Hold the students of a table against the baseline, the best of them, the teachers and the floor.

    Rows without a finished run, or without landmarks, are left out; `None` where the baseline is one of them, or is
    held against nothing.
    """
    trained: dict[str, dict[str, list[Evaluation]]] = {"student": {}, "teacher": {}, "floor": {}}
    for row in rows:
        evaluations = [measured[run].best for run in row.runs if measured[run].best.names]
        if evaluations:
            trained[row.kind][row.name] = evaluations
    students = trained["student"]
    references = {name: of for name, of in trained["teacher"].items() if name not in students}
    if floors:
        references[FLOOR] = list(floors)
    if baseline not in students or len(students) + len(references) < 2:
        return None
    return judge(students, baseline, references=references)


def lines_of_tests(blocks: Sequence[Block]) -> list[list[object]]:
    """Give a head, and a line for each test of each table: against the baseline, the best, teachers and floor."""
    ends = [f"{name}{end}" for name in _FIGURES for end in ("", "_low", "_high")]
    facts = ["labels", "draw", "family", "row", "against", "unit", "n_seeds", "n_seeds_against"]
    lines: list[list[object]] = [[*facts, *ends, *_OF_TEST]]
    for block in blocks:
        if block.judgement is not None:
            where = [block.labels, "+".join(map(str, block.draws))]
            lines += [[*where, family, *_cells(test)] for family, test in _tests(block.judgement)]
    return lines


def with_nan(values: dict[str, Any]) -> dict[str, Any]:
    """Give the plain values of a `Judgement` as they were before JSON made `None` of NaN."""
    families = {name: tests for name, tests in values.items() if name.startswith("against_")}
    return values | {name: [_as_it_was(test) for test in tests] for name, tests in families.items()}


def _as_it_was(test: dict[str, Any]) -> dict[str, Any]:
    return test | {name: float("nan") for name in _FIGURES if test.get(name) is None}


def _tests(judgement: Judgement) -> list[tuple[str, PairTest]]:
    families = {
        "baseline": judgement.against_baseline,
        "best": judgement.against_best,
        "reference": judgement.against_references,
    }
    return [(family, test) for family, tests in families.items() for test in tests]


def _cells(test: PairTest) -> list[object]:
    figures: list[object] = []
    for name in _FIGURES:
        figures += [getattr(test, name), *(getattr(test, f"{name}_interval") or (None, None))]
    return [test.name, test.against, test.unit, *test.n_seeds, *figures, *(getattr(test, name) for name in _OF_TEST)]
