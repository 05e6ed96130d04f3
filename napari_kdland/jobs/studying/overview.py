"""What a study's overview says: its methods over numbers of labels, and the way to the page of each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from napari_kdland.evaluation.encodings import Role
from napari_kdland.evaluation.judging import PairTest
from napari_kdland.evaluation.label_lines import LabelLine, LabelPoint
from napari_kdland.evaluation.overview import Overview
from napari_kdland.jobs.reporting_facts import versions
from napari_kdland.jobs.studying.paging import block_table, command_of, question_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from napari_kdland.jobs.studying.results import Block, Row, StudyResult
    from napari_kdland.jobs.studying.subsets import Cell

    Kind = Literal["student", "teacher", "floor"]

OVERVIEW = "overview.html"
_NAN = float("nan")


def overview_of(
    result: StudyResult, cells: Sequence[Cell], *, folder: str, options: Sequence[str] = ()
) -> Overview | None:
    """Give the overview of a study; `None` where it has one page only, or measured no landmarks.

    Parameters
    ----------
    cells
        Those that have a page.
    folder
        Name of the project's folder.
    options
        Further ones of the command that makes the pages again.
    """
    lines = lines_of(result)
    if len(cells) < 2 or not any(line.kind == "student" for line in lines):
        return None
    name = str(result.study["name"])
    return Overview(
        title=f"{name}: overview",
        question=question_of(result),
        lines=lines,
        roles=_roles(result),
        tables=[
            block_table(block, place) for place, block in enumerate(result.blocks, start=1) if block.spread == "draws"
        ],
        pages=pages_of(cells, OVERVIEW),
        facts=_facts(result),
        notes=(*result.notes, *(f"Not done: {run}: {why}" for run, why in result.failed.items())),
        commands=(command_of(name, folder, options),),
        versions=versions(),
    )


def pages_of(cells: Sequence[Cell], here: str) -> tuple[tuple[str, str], ...]:
    """Give the pages of a study as (title, file), without a file for the page `here`; none where it has one only."""
    if len(cells) < 2:
        return ()
    by_labels = sorted(cells, key=lambda cell: cell.labels)
    files = {"Overview": OVERVIEW, **{cell.title: f"{cell.slug}.html" for cell in by_labels}}
    return tuple((title, "" if file == here else file) for title, file in files.items())


def lines_of(result: StudyResult) -> list[LabelLine]:
    """Give the methods of a study over its numbers of labels: the baseline, teachers, the others, the floor.

    Where labels were drawn several times, a method counts by the table over all draws.
    """
    places: dict[str, dict[int, tuple[Block, Row]]] = {}
    for block in result.blocks:
        for row in block.rows:
            # The table over all draws stands after those of single ones.
            places.setdefault(row.name, {})[block.labels] = (block, row)
    kinds = {name: next(iter(of.values()))[1].kind for name, of in places.items()}
    order = {"teacher": 1, "student": 2, "floor": 3}
    names = sorted(places, key=lambda name: 0 if name == result.baseline else order[kinds[name]])
    lines = [_line(result, name, kinds[name], places[name]) for name in names]
    return [line for line in lines if line.points]


def _line(result: StudyResult, name: str, kind: Kind, places: Mapping[int, tuple[Block, Row]]) -> LabelLine:
    points, tests = {}, {}
    for labels, (block, row) in places.items():
        figure = row.best.get(block.mean_name)
        if figure is None or figure.mean is None:
            continue
        points[labels] = LabelPoint(figure.mean, row.interval, _singles(result, block, row))
        test = _test(block, row, result.baseline) if kind == "student" else None
        if test is not None:
            tests[labels] = test
    return LabelLine(name, kind, points, tests, result.unit)


def _singles(result: StudyResult, block: Block, row: Row) -> tuple[float, ...]:
    """Give the mean of each seed of a row, or of each draw where the table is over several."""
    by_group: dict[object, list[float]] = {}
    for run in result.runs:
        value = run.best.get(block.mean_name)
        if run.run in row.runs and value is not None:
            by_group.setdefault(run.draw if block.spread == "draws" else run.run, []).append(value)
    return tuple(sum(values) / len(values) for values in by_group.values()) if len(by_group) > 1 else ()


def _test(block: Block, row: Row, baseline: str) -> PairTest | None:
    """Give the test of a row against the baseline, that of the page of one draw or that of the table over draws."""
    if block.judgement is not None:
        return next((test for test in block.judgement.against_baseline if test.name == row.name), None)
    of = row.difference
    if of is None or of.mean is None:
        return None
    ends = None if of.low is None or of.high is None else (of.low, of.high)
    return PairTest(
        row.name,
        baseline,
        block.unit,
        of.n_images,
        (len(row.runs), next(len(one.runs) for one in block.rows if one.name == baseline)),
        0,
        of.mean,
        _NAN,
        _NAN,
        mean_interval=ends,
        p_value=of.p_value,
        p_holm=of.p_holm,
    )


def _roles(result: StudyResult) -> dict[str, str]:
    """Draw students as the pages of single numbers of labels do: without a teacher like a baseline."""
    taught = {run.row for run in result.runs if run.teachers}
    students = {row.name for block in result.blocks for row in block.rows if row.kind == "student"}
    return {name: (Role.STUDENT if name in taught else Role.BASELINE).value for name in students}


def _facts(result: StudyResult) -> tuple[tuple[str, str], ...]:
    draws = dict.fromkeys(str(draw) for block in result.blocks for draw in block.draws)
    students = {row.name for block in result.blocks for row in block.rows if row.kind == "student"}
    seeds = {kind: _seeds(result, students, of_students=kind == "students") for kind in ("students", "teachers")}
    return (
        ("Project", result.project),
        ("Measured on", f"{len(result.images)} images of {result.split}, the same for every number of labels"),
        ("Labelled images", ", ".join(map(str, sorted({block.labels for block in result.blocks})))),
        ("Draws of labels", ", ".join(draws)),
        ("Seeds", "; ".join(f"{kind} {listed}" for kind, listed in seeds.items() if listed)),
    )


def _seeds(result: StudyResult, students: Collection[str], *, of_students: bool) -> str:
    return ", ".join(map(str, sorted({run.seed for run in result.runs if (run.row in students) == of_students})))
