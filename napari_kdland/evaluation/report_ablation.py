"""An ablation as it stands in a report: its chart, its table, and what else differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.evaluation.ablation_figures import ablation_figure
from napari_kdland.evaluation.figures import svg
from napari_kdland.evaluation.label_lines import shown_as
from napari_kdland.evaluation.report_charts import Chart
from napari_kdland.evaluation.report_tables import DASH, Cell, Table, interval, number, p_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.evaluation.ablation import MeasuredAblation
    from napari_kdland.evaluation.encodings import Encoding

_TICK = "\N{CHECK MARK}"


@dataclass(frozen=True)
class AblationSection:
    """What a page shows of one ablation."""

    sentences: tuple[str, ...]
    chart: Chart
    table: Table
    notes: tuple[str, ...]


def ablation_sections(
    ablations: Sequence[MeasuredAblation], encodings: Mapping[str, Encoding]
) -> list[AblationSection]:
    """Give a section for each ablation; names in the page are numbered."""
    return [
        AblationSection(
            of.sentences,
            _chart(of, f"ablation-{place}", encodings),
            ablation_table(of, place),
            departures(of),
        )
        for place, of in enumerate(ablations, start=1)
    ]


def ablation_table(of: MeasuredAblation, place: int) -> Table:
    """Give the table of an ablation, the `place`-th of a page: ticks, error, difference from the full method."""
    full = of.ablation.full
    body = []
    for name, has in of.ablation.has.items():
        ticks = [Cell(_TICK, 1) if part in has else Cell(DASH, 0) for part in of.ablation.parts]
        mean, ends = of.means[name]
        test = of.tests.get(name)
        shown = "" if test is None else shown_as(test) or "not shown"
        cells = (
            *ticks,
            number(mean, 2),
            interval(ends, 2, signed=False),
            number(None if test is None else test.mean, 2, signed=True),
            interval(None if test is None else test.mean_interval, 2),
            p_value(None if test is None else test.p_holm),
            Cell(str(of.n_seeds[name]), of.n_seeds[name]),
            Cell(shown),
        )
        body.append((name, cells))
    head = (
        "Run",
        *of.ablation.parts,
        f"Mean ({of.unit})",
        "95 % interval",
        f"Difference ({of.unit})",
        "95 % interval",
        "p (Holm)",
        "Seeds",
        "Shown",
    )
    caption = (
        f"{full} and what is left of it without some of its parts, found by the recipes' own terms and blocks. "
        f"Differences are from {full}, on the same images; negative is better than {full}. Intervals are over seeds "
        "and images, over images where there is one seed."
    )
    return Table(f"ablation_{place}", f"{full} with parts left out", caption, head, tuple(body))


def departures(of: MeasuredAblation) -> tuple[str, ...]:
    """Say in what else than parts methods depart from the full one: then a difference is not the part's alone."""
    full = of.ablation.full
    told = {
        name: "; ".join(f"{key} {_plain(own)} in place of {_plain(other)}" for key, own, other in departed)
        for name, departed in of.ablation.departs.items()
    }
    return tuple(f"{name} departs from {full} in other settings, too: {said}." for name, said in told.items() if said)


def _chart(of: MeasuredAblation, name: str, encodings: Mapping[str, Encoding]) -> Chart:
    full = of.ablation.full
    letters = "; ".join(f"{chr(ord('A') + place)}: {part}" for place, part in enumerate(of.ablation.parts))
    said = "; ".join(f"{method} {mean:.2f} {of.unit}" for method, (mean, _) in of.means.items())
    return Chart(
        name,
        f"Ablation of {full}",
        f"Parts left out, and errors: {said}.",
        f"{letters}. A full dot: the part is in; a ring: it is left out. Bars: 95 % intervals of the mean error, and "
        f"of the paired difference from {full}. Right of the line {full} is better.",
        svg(ablation_figure(of, encodings), name),
    )


def _plain(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
