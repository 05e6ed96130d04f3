"""What is in and on the patient that no body grows: electrodes, lines, tubes, pacemakers, wires, side markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.geometry import capsule, round_edge
from napari_kdland.phantom.tubes import path_through, ribbon

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection

# Strokes of the side letters in a box one high, from its upper left: (x, y) corners.
_LETTERS = {
    "R": (
        ((0.0, 0.0), (0.0, 1.0)),
        ((0.0, 0.0), (0.32, 0.0)), ((0.32, 0.0), (0.48, 0.07)), ((0.48, 0.07), (0.54, 0.25)),
        ((0.54, 0.25), (0.48, 0.43)), ((0.48, 0.43), (0.32, 0.5)), ((0.32, 0.5), (0.0, 0.5)),
        ((0.26, 0.5), (0.58, 1.0)),
    ),
    "L": (((0.0, 0.0), (0.0, 1.0)), ((0.0, 1.0), (0.52, 1.0))),
}  # fmt: skip


def metal(chest: Chest, names: Sequence[str], projection: Projection, rng: np.random.Generator) -> Array:
    """Give the path length (H, W), in cm of steel, through the devices called `names`."""
    total = np.zeros(projection.size)
    for name in names:
        total += DEVICES[name](chest, projection, rng)
    return total


def letter(side: str, x: Array, y: Array, height: float) -> Array:
    """Give a field (H, W), positive on the strokes of ``R`` or ``L``; x, y and `height` count from its upper left."""
    nearest = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf)
    for start, end in _LETTERS[side]:
        ends = (end[0] * height, end[1] * height)
        nearest = np.minimum(nearest, capsule(x, y, (start[0] * height, start[1] * height), ends))
    return 0.085 * height - nearest


def _line(
    projection: Projection, corners: Sequence[ArrayLike], radius: float, density: float, smoothing: float = 0.36
) -> Array:
    path = path_through(corners, 0.6 * projection.pixel_cm, smoothing)
    across = max(int(3.0 * radius / projection.pixel_cm), 3)
    return density * ribbon(projection, path, radius, across=across)


def _leads(_chest: Chest, projection: Projection, rng: np.random.Generator) -> Array:
    total = np.zeros(projection.size)
    spots = ((-10.5, 3.0), (10.5, 2.6), (11.0, 21.5), (-10.0, 22.5))[: int(rng.integers(2, 5))]
    x, y = projection.plane(11.0)
    for at_x, at_y in spots:
        at = at_x + rng.normal(0, 1.2), at_y + rng.normal(0, 1.2)
        away = np.sqrt((x - at[0]) ** 2 + (y - at[1]) ** 2)
        total += 0.016 * round_edge(1.0 - away, 0.12) + 0.09 * round_edge(0.38 - away, 0.15)
        end = 0.5 * at[0] + rng.normal(3.0, 3.0), 34.0 + rng.uniform(0, 8)
        middle = (at[0] + end[0]) / 2 + rng.normal(0, 4.0), 0.45 * at[1] + 0.5 * end[1]
        turn = at[0] + rng.normal(0, 2.5), at[1] + rng.uniform(-2.5, 3.0)
        total += _line(projection, [(*at, 11), (*turn, 11), (*middle, 12), (*end, 12)], 0.085, 0.2)
    return total


def _central_line(chest: Chest, projection: Projection, rng: np.random.Generator) -> Array:
    tip = chest.hilum(-1) + rng.uniform(-0.5, 3.0)
    neck = [(-5.5, -9, 3), (-4.0, -3.0, 2), (-3.2, 1.5, 2)]
    shoulder = [(-13.0, 4.5, 3), (-9.5, 3.0, 4), (-4.5, 2.6, 2)]
    start = neck if rng.random() < 0.6 else shoulder
    return _line(projection, [*start, (-2.2, 4.6, 1.5), (-2.2, tip, 0.5)], 0.11, 0.16)


def _breathing_tube(chest: Chest, projection: Projection, rng: np.random.Generator) -> Array:
    tip = chest.carina - rng.uniform(2.0, 5.0)
    run = [(0.4, -18, 0), (0.2, -6, -2), (-0.1, 0.0, -3), (-0.2, tip, -3.6)]
    wall = [(x + side, y, z) for side in (-0.48, 0.48) for x, y, z in run]
    total = _line(projection, wall[:4], 0.07, 0.10) + _line(projection, wall[4:], 0.07, 0.10)
    return total + _line(projection, run, 0.07, 0.28)


def _feeding_tube(chest: Chest, projection: Projection, rng: np.random.Generator) -> Array:
    top = chest.dome_top(1)
    end = (rng.uniform(4.0, 9.0), top + rng.uniform(4.0, 9.0), 2)
    run = [(0.6, -18, -3), (0.5, 0, -4), (0.7, 9, -4.5), (1.0, top - 1, -3), (2.5, top + 2.5, -1), end]
    return _line(projection, run, 0.16, 0.075) + _line(projection, run, 0.04, 0.25)


def _pacemaker(chest: Chest, projection: Projection, rng: np.random.Generator) -> Array:
    x, y = projection.plane(9.5)
    at = 9.0 + rng.normal(0, 0.6), 5.0 + rng.normal(0, 0.6)
    can = 1.0 - (np.abs((x - at[0]) / 2.3) ** 2.6 + np.abs((y - at[1]) / 2.5) ** 2.6) ** (1 / 2.6)
    total = 0.16 * round_edge(can * 2.3, 0.3) + 0.10 * np.clip(np.minimum(can * 2.3 - 0.4, y - at[1] + 0.4) / 0.1, 0, 1)
    heart = chest.dome_top(1)
    way = [(at[0] - 0.5, at[1] - 2.3, 9), (10.5, 1.8, 6), (5.0, 2.0, 3), (0.5, 3.2, 2), (-2.3, 6.0, 1)]
    right = [*way, (-2.6, 12.0, 2), (-2.2, heart - 2.5, 4), (1.5, heart + 0.3, 6), (5.2, heart - 0.2, 7)]
    total += _line(projection, right, 0.09, 0.45) + _line(projection, [right[-1], (5.8, heart - 0.3, 7)], 0.12, 0.6)
    if rng.random() < 0.6:
        total += _line(projection, [*way, (-2.9, 11.0, 2), (-3.2, 14.0, 4), (-1.6, 13.0, 5)], 0.09, 0.45)
    return total


def _sternotomy(_chest: Chest, projection: Projection, rng: np.random.Generator) -> Array:
    total = np.zeros(projection.size)
    turn = np.linspace(0, 2 * np.pi, 9)
    for number in range(int(rng.integers(5, 8))):
        x, y = rng.normal(0, 0.15), 4.0 + 2.5 * number + rng.normal(0, 0.15)
        wide, high, lean = rng.uniform(0.75, 1.05), rng.uniform(0.3, 0.5), rng.normal(0, 0.2)
        across, down = wide * np.cos(turn), high * np.sin(turn) + lean * np.cos(turn)
        ring = np.stack([x + across, y + down, 9.0 + 0.9 * np.sin(turn)], axis=1)
        total += _line(projection, list(ring), 0.055, 1.0, 0.9)
        knot = [(x + 0.1, y + high, 9.9), (x + 0.35, y + high + 0.45, 10.1)]
        total += _line(projection, knot, 0.08, 1.0)
    return total


def _clips(_chest: Chest, projection: Projection, rng: np.random.Generator) -> Array:
    total = np.zeros(projection.size)
    side, y = rng.choice((-1.0, 1.0)), rng.uniform(5.0, 14.0)
    out = rng.choice((4.0, 14.5))
    for _ in range(int(rng.integers(3, 8))):
        start = side * (out + rng.normal(0, 0.8)), y + rng.normal(0, 1.5)
        end = start[0] + rng.normal(0, 0.28), start[1] + rng.normal(0, 0.28)
        total += _line(projection, [(*start, 3.0), (*end, 3.0)], 0.06, 1.0)
    return total


DEVICES: dict[str, Callable[[Chest, Projection, np.random.Generator], Array]] = {
    "leads": _leads,
    "line": _central_line,
    "tube": _breathing_tube,
    "feeding_tube": _feeding_tube,
    "pacemaker": _pacemaker,
    "sternotomy": _sternotomy,
    "clips": _clips,
}
