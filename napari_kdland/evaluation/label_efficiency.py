"""What labels are worth: the error of each method by number of labelled images, as chart and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.evaluation.figures import svg
from napari_kdland.evaluation.label_figures import label_figure
from napari_kdland.evaluation.label_lines import counts_of, shown_as
from napari_kdland.evaluation.report_charts import Chart
from napari_kdland.evaluation.report_tables import Cell, Table, interval, number, p_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.evaluation.encodings import Encoding
    from napari_kdland.evaluation.judging import PairTest
    from napari_kdland.evaluation.label_lines import LabelLine


def label_chart(lines: Sequence[LabelLine], encodings: Mapping[str, Encoding]) -> Chart | None:
    """Give error over labels; `None` with a single number of labels."""
    if len(counts_of(lines)) < 2:
        return None
    said = "; ".join(
        f"{line.name}: "
        + ", ".join(f"{of.mean:.1f} {line.unit} with {labels}" for labels, of in sorted(line.points.items()))
        for line in lines
    )
    return Chart(
        "label-efficiency",
        "Error over labelled images",
        f"Label efficiency. {said}.",
        "Mean radial error over the number of labelled images (logarithmic axis). Bars: 95 % interval over draws, "
        "seeds and images; small dots: single seeds, or draws where there are several. All are measured on the same "
        f"images, so bars may overlap where differences are shown.{_references(lines)}",
        svg(label_figure(lines, encodings), "label-efficiency"),
    )


def label_table(lines: Sequence[LabelLine]) -> Table:
    """Give the mean radial error of each method by number of labels, with its interval."""
    counts = counts_of(lines)
    body = []
    for line in lines:
        found = [line.points.get(labels) for labels in counts]
        cells = [
            cell
            for of in found
            for cell in (
                number(None if of is None else of.mean, 2),
                interval(None if of is None else of.interval, 2, signed=False),
            )
        ]
        body.append((line.name, tuple(cells)))
    head = [title for labels in counts for title in (f"{_labels(labels)} ({lines[0].unit})", "95 % interval")]
    caption = (
        "Mean radial error by number of labelled images, with its interval over draws, seeds and images; a dash for "
        "the interval of a single training."
    )
    return Table("label_efficiency", "Error by number of labels", caption, ("Row", *head), tuple(body))


def label_tests_table(lines: Sequence[LabelLine], baseline: str) -> Table | None:
    """Give the difference of each method from the baseline at each number of labels; `None` without any."""
    body = [(line.name, _test_cells(labels, test)) for line in lines for labels, test in sorted(line.tests.items())]
    if not body:
        return None
    caption = (
        f"Difference from {baseline} in errors averaged over seeds, with the same labels and images; negative is "
        "better. Intervals are over draws, seeds and images; p is Wilcoxon's, adjusted by Holm's method for the rows "
        "at one number of labels, not for the numbers. Better and worse are said where interval and p show it."
    )
    head = ("Row", "Labels", "Unit", "Difference", "95 % interval", "p (Holm)", "Shown")
    return Table("label_tests", f"Difference from {baseline} by number of labels", caption, head, tuple(body))


def _references(lines: Sequence[LabelLine]) -> str:
    kinds = {line.kind for line in lines}
    said = " Dashed: teachers." if "teacher" in kinds else ""
    return f"{said} Dotted: the mean shape of the labels, with nothing learnt." if "floor" in kinds else said


def _test_cells(labels: int, test: PairTest) -> tuple[Cell, ...]:
    return (
        Cell(str(labels), labels),
        Cell(test.unit),
        number(test.mean, 2, signed=True),
        interval(test.mean_interval, 2),
        p_value(test.p_holm),
        Cell(shown_as(test) or "not shown"),
    )


def _labels(n: int) -> str:
    return "1 label" if n == 1 else f"{n} labels"
