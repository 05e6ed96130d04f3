"""Shapes and colours of every source, safe for colour-blind eyes (Okabe and Ito) and for print."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
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
# Of single readers beside the reading that counts: what people said is white, whatever its shape.
READERS = (
    Style("x", "#FFFFFF", "reader"),
    Style("clobber", "#FFFFFF", "reader"),
    Style("vbar", "#FFFFFF", "reader"),
    Style("hbar", "#FFFFFF", "reader"),
)
TEACHER = Style("triangle_up", "#0072B2", "teacher")
TEACHERS = (TEACHER, Style("arrow", "#0072B2", "teacher"), Style("tailed_arrow", "#0072B2", "teacher"))
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


def landmark_colours(scheme: Scheme) -> dict[str, str]:
    """Give the colours of the landmarks that the scheme gives one, light enough to be seen on black and on lung."""
    return {landmark.name: readable(landmark.colour) for landmark in scheme.landmarks if landmark.colour}


def styles_of(
    runs: Sequence[str], *, teachers: Sequence[str] = (), baseline: str | None = None, readers: Sequence[str] = ()
) -> dict[str, Style]:
    """Give a style for each source: readers, teachers and the baseline have their own, students follow in order."""
    rows = {"teacher": cycle(TEACHERS), "student": cycle(STUDENTS), "reader": cycle(READERS)}
    styles: dict[str, Style] = {}
    for run in runs:
        if run in teachers:
            styles[run] = next(rows["teacher"])
        elif run == baseline:
            styles[run] = BASELINE
        else:
            styles[run] = next(rows["student"])
    return styles | {reader: next(rows["reader"]) for reader in readers}


def readable(colour: str) -> str:
    """Give a source's colour light enough to be read, and seen as a thin line, on black and on lung."""
    parts = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    lightness = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    share = min(max((140 - lightness) / 255, 0.0), 1.0)
    return "#" + "".join(f"{round(part + (255 - part) * share):02X}" for part in parts)
