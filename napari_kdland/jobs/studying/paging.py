"""What a study's pages say before the comparison of its runs: its tables, and the tests of all seeds."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from napari_kdland.evaluation.report_tables import Cell, Table, interval, number, p_value
from napari_kdland.evaluation.seeds import OverSeeds, verdicts_of
from napari_kdland.jobs.reporting import StudyPart

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from napari_kdland.jobs.studying.results import Block, Row, StudyResult


def study_part(
    result: StudyResult,
    title: str,
    *,
    folder: str,
    drawn: Mapping[str, str] | None = None,
    pages: tuple[tuple[str, str], ...] = (),
    options: Sequence[str] = (),
) -> StudyPart:
    """Give the part of a study's result that stands on one of its pages: what concerns its number of labels and draw.

    Parameters
    ----------
    title
        Of the page, such as ``k = 10``.
    folder
        Name of the project's folder.
    drawn
        Run of each row of that page that charts and pictures are drawn of.
    pages
        The study's pages, as `overview.pages_of` gives them.
    options
        Further ones of the command that makes the page again.
    """
    name = str(result.study["name"])
    tables = [block_table(block, place) for place, block in enumerate(result.blocks, start=1) if block.title == title]
    block = next((block for block in result.blocks if block.title == title), None)
    return StudyPart(
        title=f"{name}: {title}",
        question=question_of(result),
        commands=(command_of(name, folder, options),),
        tables=tuple(tables),
        over_seeds=None if block is None else _of_result(result, block, drawn or {}),
        pages=pages,
    )


def question_of(result: StudyResult) -> str:
    """Say what a study is to answer."""
    rows = list(dict.fromkeys(row.name for block in result.blocks for row in block.rows if row.kind == "student"))
    others = [row for row in rows if row != result.baseline]
    if not others:
        return f"How far off are the landmarks of {result.baseline}?"
    where = ", at which number of labels," if len({block.labels for block in result.blocks}) > 1 else ""
    return f"Do {', '.join(others)} differ from {result.baseline}{where or ','} and by how much?"


def command_of(name: str, folder: str, options: Sequence[str] = ()) -> str:
    """Give the command that makes a study and its pages again, with further options."""
    return shlex.join(["kdland", "study", folder, f"{folder}/reports/{name}/study.toml", "--report", *options])


def drawn_runs(of_cell: Mapping[str, Sequence[str]], done: Collection[str]) -> dict[str, str]:
    """Choose the run of each row that is drawn: that of the first seed, or of the first that came to its end."""
    finished = {row: [run for run in runs if run in done] for row, runs in of_cell.items()}
    return {row: runs[0] for row, runs in finished.items() if runs}


def _of_result(result: StudyResult, block: Block, drawn: Mapping[str, str]) -> OverSeeds:
    return over_seeds(block, result.baseline, drawn, {run.run: run.seed for run in result.runs})


def over_seeds(block: Block, baseline: str, drawn: Mapping[str, str], seeds: Mapping[str, int]) -> OverSeeds:
    """Give what the tests say of a table's rows over all their seeds.

    Parameters
    ----------
    drawn
        Run of each row that charts and pictures are drawn of.
    seeds
        Seed of each run.
    """
    judgement = block.judgement
    n_runs = {row.name: len(row.runs) for row in block.rows if row.kind == "student" and row.runs}
    shown = {row: run for row, run in drawn.items() if row in n_runs}
    return OverSeeds(
        judgement=judgement,
        verdicts={} if judgement is None else verdicts_of(judgement, baseline),
        basis=_of_each(n_runs),
        drawn=shown,
        drawn_of=_seeds({row: seeds[run] for row, run in shown.items() if run in seeds}),
    )


def _of_each(n_runs: Mapping[str, int]) -> str:
    if len(set(n_runs.values())) == 1:
        return f"{_counted(next(iter(n_runs.values())))} of each"
    return ", ".join(f"{_counted(n)} of {name}" for name, n in n_runs.items())


def _counted(n: int) -> str:
    return "1 seed" if n == 1 else f"{n} seeds"


def _seeds(seeds: Mapping[str, int]) -> str:
    """Name the seed of the runs drawn; each one's where they differ, as where a seed of some row failed."""
    if len(set(seeds.values())) == 1:
        return f"seed {next(iter(seeds.values()))}"
    return ", ".join(f"seed {seed} of {row}" for row, seed in seeds.items())


def block_table(block: Block, place: int) -> Table:
    """Give a table of a study, the `place`-th of its result."""
    body = tuple((row.name, _cells(row, block.mean_name)) for row in block.rows)
    unit = block.unit
    spread = f"SD over {block.spread} ({unit})"
    head = ("Row", "Runs", f"Mean ({unit})", spread, f"Difference ({unit})", "95 % interval", "p (Holm)")
    levels = "draws, seeds and images" if block.spread == "draws" else "seeds and images"
    caption = (
        f"{block.title}: mean radial error with the weights that val chose; differences from the baseline in errors "
        f"averaged over seeds, intervals over {levels}."
    )
    return Table(f"study_{place}", f"All seeds, {block.title}", caption, head, body)


def _cells(row: Row, mean_name: str) -> tuple[Cell, ...]:
    figure, of = row.best.get(mean_name), row.difference
    ends = None if of is None or of.low is None or of.high is None else (of.low, of.high)
    mean = number(None if figure is None else figure.mean, 2)
    between = interval(row.interval, 2, signed=False).text
    return (
        Cell(str(len(row.runs)), len(row.runs)),
        mean if row.interval is None else replace(mean, ends=row.interval, between=between),
        number(None if figure is None else figure.sd, 2),
        number(None if of is None else of.mean, 2, signed=True),
        interval(ends, 2),
        p_value(None if of is None else of.p_holm),
    )
