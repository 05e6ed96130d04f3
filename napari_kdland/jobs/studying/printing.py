"""What a study came to, as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from napari_kdland.evaluation import all_metrics
from napari_kdland.evaluation.seeds import verdicts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.jobs.studying.results import Block, Difference, Figure, StudyResult


class _Column(NamedTuple):
    """One figure in the tables for people."""

    name: str
    title: str
    unit: str

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.unit})"


_WORDS = {"px": "pixels of the original image", "mm": "millimetres"}


def text_of(result: StudyResult) -> str:
    """Write the tables as aligned plain text, with what was tuned and what is not done below them."""
    lines = [
        f"Study {result.study['name']} on {result.split}: {len(result.images)} images; errors in "
        f"{_WORDS[result.unit]}; weights that val chose, in brackets the SD",
    ]
    for block in result.blocks:
        lines += ["", f"{block.title} (SD over {block.spread})", *lines_of_block(block, result.baseline)]
    for search in result.searches:
        lines += ["", f"{search.row}, trials: {len(search.trials)}, chosen: {', '.join(search.chosen) or 'nothing'}"]
    lines += ["", *result.notes, *(f"Not done: {name}: {message}" for name, message in result.failed.items())]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def lines_of_block(block: Block, baseline: str) -> list[str]:
    """Write one table, and below it what the tests show of each row."""
    said = {} if block.judgement is None else verdicts_of(block.judgement, baseline)
    return [*_aligned(_table(block, baseline)), *(f"{name}: {verdict}." for name, verdict in said.items() if verdict)]


def _table(block: Block, baseline: str) -> list[list[str]]:
    shown = _columns(block)
    # Shown for the last weights too.
    has_last = any(row.last for row in block.rows)
    last = [column for column in shown if has_last and column.name in (block.mean_name, "dice")]
    differences = {"difference": f"difference in {block.unit}", "dice_difference": "difference in points of Dice"}
    kinds = [kind for kind in differences if any(getattr(row, kind) is not None for row in block.rows)]
    head = ["", "runs", *(column.heading for column in shown)]
    head += [f"{column.title}, last weights ({column.unit})" for column in last]
    for kind in kinds:
        head += [f"{differences[kind]} from {baseline} (95 % CI)", "p (Holm)"]
    rows = [head]
    for row in block.rows:
        n_runs = "" if row.kind == "floor" else str(len(row.runs))
        n_runs += f" of {row.n_wanted}" if len(row.runs) < row.n_wanted else ""
        cells = [row.name, n_runs, *(_cell(column, row.best.get(column.name)) for column in shown)]
        cells += [_cell(column, row.last.get(column.name)) for column in last]
        rows.append([*cells, *(cell for kind in kinds for cell in _difference(getattr(row, kind), kind))])
    return rows


def _cell(column: _Column, figure: Figure | None) -> str:
    if figure is None:
        return ""
    if figure.mean is None:
        return "-"
    # One digit more than in single comparisons: the spread over seeds is small.
    scale, digits = (100.0, 1) if column.unit == "%" else (1.0, 2)
    text = f"{scale * figure.mean:.{digits}f}"
    return text if figure.sd is None else f"{text} ({scale * figure.sd:.{digits}f})"


def _difference(difference: Difference | None, kind: str) -> list[str]:
    if difference is None or difference.mean is None:
        return ["", ""]
    scale = 100.0 if kind == "dice_difference" else 1.0
    text = f"{scale * difference.mean:+.2f}"
    if difference.low is not None and difference.high is not None:
        text += f" ({scale * difference.low:+.2f} to {scale * difference.high:+.2f})"
    p = difference.p_holm
    return [text, "" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"]


def _columns(block: Block) -> list[_Column]:
    """Give the figures that at least one row has, errors and distances in one unit each."""
    landmarks = [one for one in all_metrics() if one.is_main and one.better and one.unit and one.is_in(block.unit)]
    unit = "mm" if all("hd95_mm" in row.best for row in block.rows if "hd95_px" in row.best) else "px"
    regions = [("dice", "Dice", "%"), (f"hd95_{unit}", "HD95", unit), (f"assd_{unit}", "ASSD", unit)]
    columns = [*(_Column(one.name, one.title, one.unit) for one in landmarks), *(_Column(*one) for one in regions)]
    return [column for column in columns if any(column.name in row.best for row in block.rows)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    return [lines[0], "-" * len(lines[0]), *lines[1:]]
