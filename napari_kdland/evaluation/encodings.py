"""How each source of landmarks is drawn: colour and shape together, so that it also prints and needs no hue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


class Role(StrEnum):
    """What a source of landmarks is in a comparison."""

    HUMAN = "human"
    TEACHER = "teacher"
    STUDENT = "student"
    BASELINE = "baseline"
    OTHER = "other"
    FLOOR = "floor"


@dataclass(frozen=True)
class Encoding:
    """Colour (Okabe and Ito's palette) and symbol (napari's word for it) of one source."""

    colour: str
    symbol: str


HUMAN = Encoding("#FFFFFF", "ring")
FLOOR_ENCODING = Encoding("#8C8C8C", "hbar")

_FIRST: Mapping[Role, tuple[Encoding, ...]] = {
    Role.TEACHER: (Encoding("#0072B2", "triangle_up"),),
    Role.STUDENT: (Encoding("#D55E00", "disc"), Encoding("#009E73", "square")),
    Role.BASELINE: (Encoding("#8C8C8C", "cross"),),
}
_FURTHER = (
    Encoding("#CC79A7", "diamond"),
    Encoding("#56B4E9", "triangle_down"),
    Encoding("#E69F00", "triangle_right"),
    Encoding("#F0E442", "triangle_left"),
    Encoding("#E69F00", "square"),
    Encoding("#56B4E9", "disc"),
    Encoding("#CC79A7", "triangle_up"),
    Encoding("#F0E442", "diamond"),
)
_COLOURS = ("#CC79A7", "#56B4E9", "#E69F00", "#F0E442", "#009E73", "#D55E00", "#0072B2")
_SYMBOLS = ("triangle_left", "cross", "triangle_up", "disc", "triangle_down", "diamond", "square", "triangle_right")
# Seven colours and eight symbols meet in each pair once before the first comes again.
_REST = tuple(
    encoding
    for place in range(len(_COLOURS) * len(_SYMBOLS))
    if (encoding := Encoding(_COLOURS[place % len(_COLOURS)], _SYMBOLS[place % len(_SYMBOLS)]))
    not in {reserved for of in _FIRST.values() for reserved in of}
)


def encodings(sources: Iterable[str], roles: Mapping[str, str] | None = None) -> dict[str, Encoding]:
    """Give every source its colour and symbol.

    Parameters
    ----------
    sources
        Names of runs, in their order.
    roles
        Role by name. Sources without one are students. The first teacher, the first two students and the first
        baseline have their fixed encodings; whoever comes later takes the next free one.

    Raises
    ------
    UsageError
        If a role is none of `Role`.
    """
    chosen: dict[str, Encoding] = {}
    for source in sources:
        role = _role((roles or {}).get(source, Role.STUDENT))
        if role in (Role.HUMAN, Role.FLOOR):
            chosen[source] = HUMAN if role is Role.HUMAN else FLOOR_ENCODING
            continue
        free = [encoding for encoding in (*_FIRST.get(role, ()), *_FURTHER, *_REST) if encoding not in chosen.values()]
        chosen[source] = free[0] if free else _FURTHER[len(chosen) % len(_FURTHER)]
    return chosen


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError as error:
        raise UsageError(f"There is no role {name!r}. There are: {', '.join(Role)}.") from error


def outline(symbol: str) -> NDArray[np.float64]:
    """Give a symbol's outline as (n, 2) points (x to the right, y down) in a circle of about radius 1.

    Raises
    ------
    UsageError
        If there is no such symbol.
    """
    if symbol not in _OUTLINES:
        raise UsageError(f"There is no symbol {symbol!r}. There are: {', '.join(_OUTLINES)}.")
    return np.array(_OUTLINES[symbol])


def _circle(n: int = 32) -> list[tuple[float, float]]:
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return [(float(np.cos(angle)), float(np.sin(angle))) for angle in angles]


def _cross(arm: float = 0.36) -> list[tuple[float, float]]:
    # A plus of bars 2 * arm wide, turned by 45 degrees.
    plus = [(arm, 1), (arm, arm), (1, arm), (1, -arm), (arm, -arm), (arm, -1)]
    plus += [(-x, -y) for x, y in plus]
    return [((x - y) * 0.8, (x + y) * 0.8) for x, y in plus]


_OUTLINES: Mapping[str, list[tuple[float, float]]] = {
    "ring": _circle(),
    "disc": _circle(),
    "square": [(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
    "diamond": [(0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)],
    "triangle_up": [(0, -1.15), (1.1, 0.8), (-1.1, 0.8)],
    "triangle_down": [(0, 1.15), (1.1, -0.8), (-1.1, -0.8)],
    "triangle_right": [(1.15, 0), (-0.8, 1.1), (-0.8, -1.1)],
    "triangle_left": [(-1.15, 0), (0.8, 1.1), (0.8, -1.1)],
    "cross": _cross(),
    "hbar": [(-1.1, -0.35), (1.1, -0.35), (1.1, 0.35), (-1.1, 0.35)],
}
