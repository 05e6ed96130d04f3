"""Shapes and colours of every source, safe for colour-blind eyes (Okabe and Ito) and for print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.anatomy import Scheme


@dataclass(frozen=True)
class Style:
    """How the landmarks of one source are drawn: napari's symbol name, the colour, a word for legends."""

    symbol: str
    colour: str
    word: str


HUMAN = Style("ring", "#FFFFFF", "reader")
CURRENT = Style("ring", "#F0E442", "current")
TEACHER = Style("triangle_up", "#0072B2", "teacher")
BASELINE = Style("cross", "#999999", "baseline")
STUDENTS = (
    Style("disc", "#D55E00", "student"),
    Style("square", "#009E73", "student"),
    Style("diamond", "#CC79A7", "student"),
    Style("star", "#56B4E9", "student"),
    Style("triangle_down", "#E69F00", "student"),
)

# Millimetres up to which an error keeps a colour, as detection rates are reported (2, 2.5, 3 and 4 mm).
ERROR_COLOURS = ((2.0, "#009E73"), (2.5, "#56B4E9"), (3.0, "#F0E442"), (4.0, "#E69F00"), (float("inf"), "#D55E00"))


# For regions that the scheme gives no colour.
_REGIONS = ("#0072B2", "#E69F00", "#D55E00", "#56B4E9", "#CC79A7", "#009E73", "#F0E442", "#999999")


def region_colours(scheme: Scheme) -> dict[str, str]:
    """Give the colour of each region by its title for people, in the scheme's order."""
    return {
        region.title or region.name.replace("_", " "): region.colour or _REGIONS[place % len(_REGIONS)]
        for place, region in enumerate(scheme.regions)
    }


def styles_of(runs: Sequence[str], *, teachers: Sequence[str] = (), baseline: str | None = None) -> dict[str, Style]:
    """Give a style for each run: teachers and the baseline have their own, students follow in order."""
    styles: dict[str, Style] = {}
    students = 0
    for run in runs:
        if run in teachers:
            styles[run] = TEACHER
        elif run == baseline:
            styles[run] = BASELINE
        else:
            styles[run] = STUDENTS[students % len(STUDENTS)]
            students += 1
    return styles
