"""Landmarks of one image: points, states and where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray


class LandmarkState(StrEnum):
    """What is known of a landmark in an image.

    Placed, occluded and uncertain carry a point; absent and not-yet carry none. Placed and occluded train with full
    weight, uncertain with a recipe's weight, absent trains the presence output, not-yet trains nothing.
    """

    PLACED = "placed"
    OCCLUDED = "occluded"
    UNCERTAIN = "uncertain"
    ABSENT = "absent"
    NOT_YET = "not_yet"

    @property
    def has_point(self) -> bool:
        """Whether a landmark in this state has a position."""
        return self in (LandmarkState.PLACED, LandmarkState.OCCLUDED, LandmarkState.UNCERTAIN)


@dataclass(frozen=True)
class Origin:
    """Where a point comes from: a reader, a teacher run, a student run, a file, another image, or a mean shape.

    `kind` is ``reader``, ``teacher``, ``student``, ``file``, ``image`` or ``shape``; `name` tells which reader, run,
    file, image or shape.
    """

    kind: str
    name: str


@dataclass(frozen=True, eq=False)
class Landmarks:
    """The landmarks of one image in the order of its scheme.

    Equal where names, states and numbers are equal, NaN to NaN.

    Parameters
    ----------
    names
        Names of the L landmarks.
    points : (L, 2)
        (y, x) in image pixels; NaN where the state carries no point.
    states
        One state a landmark.
    sd_px : (L,), optional
        Standard deviation of a predicted point in image pixels; NaN where there is none.
    confidence : (L,), optional
        Height of a predicted heatmap's peak, 0..1; NaN where there is none.
    radius_px : (L,), optional
        Radius around a predicted point that holds the truth with a known probability, in image pixels; infinite where
        too little is known for one, NaN where there is no point.
    """

    names: tuple[str, ...]
    points: NDArray[np.float64]
    states: tuple[LandmarkState, ...]
    sd_px: NDArray[np.float64] | None = field(default=None)
    confidence: NDArray[np.float64] | None = field(default=None)
    radius_px: NDArray[np.float64] | None = field(default=None)

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float64).reshape(-1, 2)
        if not len(self.names) == len(points) == len(self.states):
            found = f"{len(self.names)} names, {len(points)} points, {len(self.states)} states"
            raise ValueError(f"{found}: expected equal counts")
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"landmark names must be unique: {', '.join(self.names)}")
        for name, point, state in zip(self.names, points, self.states, strict=True):
            if not (np.isfinite(point).all() if state.has_point else np.isnan(point).all()):
                raise ValueError(f"landmark {name!r} is {state.value}, but its point is {point.tolist()}")
        object.__setattr__(self, "points", points)

    @classmethod
    def not_yet(cls, names: Sequence[str]) -> Landmarks:
        """Give landmarks of which nothing is known."""
        return cls(tuple(names), np.full((len(names), 2), np.nan), (LandmarkState.NOT_YET,) * len(names))

    @classmethod
    def placed(cls, names: Sequence[str], points: NDArray[np.float64]) -> Landmarks:
        """Give landmarks placed at `points` (L, 2), (y, x); rows of NaN are not yet placed."""
        points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        known: NDArray[np.bool_] = np.all(np.isfinite(points), axis=1, keepdims=True)
        cleaned = np.where(known, points, np.nan)
        states = tuple(LandmarkState.PLACED if is_known else LandmarkState.NOT_YET for is_known in known[:, 0])
        return cls(tuple(names), cleaned, states)

    @classmethod
    def from_mapping(
        cls, names: Sequence[str], known: Mapping[str, tuple[LandmarkState, tuple[float, float] | None]]
    ) -> Landmarks:
        """Give landmarks from (state, (y, x) or None) by name; names that are missing are not yet placed."""
        points = np.full((len(names), 2), np.nan)
        states = [LandmarkState.NOT_YET] * len(names)
        for index, name in enumerate(names):
            if name in known:
                states[index], point = known[name]
                if point is not None:
                    points[index] = point
        return cls(tuple(names), points, tuple(states))

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        point: NDArray[np.float64] = self.points[self.names.index(name)]
        return point

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Landmarks):
            return NotImplemented
        if (self.names, self.states) != (other.names, other.states):
            return False
        return all(
            _is_same(getattr(self, name), getattr(other, name))
            for name in ("points", "sd_px", "confidence", "radius_px")
        )

    __hash__ = None  # type: ignore[assignment]  # arrays have no hash

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[tuple[str, LandmarkState, NDArray[np.float64]]]:
        return iter(zip(self.names, self.states, self.points, strict=True))

    def state_of(self, name: str) -> LandmarkState:
        """Give the state of one landmark."""
        return self.states[self.names.index(name)]

    @property
    def has_point(self) -> NDArray[np.bool_]:
        """Which landmarks have a point; shape (L,)."""
        return np.array([state.has_point for state in self.states], dtype=bool)

    @property
    def n_known(self) -> int:
        """How many landmarks are anything but not-yet."""
        return sum(state is not LandmarkState.NOT_YET for state in self.states)

    def reordered(self, names: Sequence[str]) -> Landmarks:
        """Give the landmarks called `names`, in that order; names that are missing are not yet placed."""
        index = {name: position for position, name in enumerate(self.names)}
        rows = [index.get(name) for name in names]
        blank = LandmarkState.NOT_YET

        def take(values: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
            return None if values is None else np.array([np.nan if row is None else values[row] for row in rows])

        points = np.array([[np.nan, np.nan] if row is None else self.points[row] for row in rows]).reshape(-1, 2)
        states = tuple(blank if row is None else self.states[row] for row in rows)
        return Landmarks(tuple(names), points, states, take(self.sd_px), take(self.confidence), take(self.radius_px))


def _is_same(mine: NDArray[np.float64] | None, theirs: NDArray[np.float64] | None) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    return bool(np.array_equal(mine, theirs, equal_nan=True))
