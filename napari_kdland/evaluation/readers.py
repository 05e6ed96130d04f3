"""How far readers lie apart: between readers, and between readings of one reader."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.evaluation.metrics import Errors, image_means, plain_values, radial_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks

# "ann, reading 2" is ann once more.
_AGAIN = re.compile(r",\s*reading\s+\d+$", re.IGNORECASE)


def pair_name(first: str, second: str) -> str:
    """Name two readings for people."""
    return f"{first} and {second}"


def person_of(reader: str) -> str:
    """Give who a reader is: the name without ``, reading N``, by which a person reads again."""
    return _AGAIN.sub("", reader)


@dataclass(frozen=True)
class Distances:
    """Distances between two readings of one landmark, or of all; NaN where nothing was read twice.

    Parameters
    ----------
    mean, sd, median, p95
        Of the distances; SD is the sample's, NaN for a single distance. Over all landmarks, mean and SD are those of
        the images' means (the image is the unit), median and 95th percentile are pooled.
    n
        Distances.
    shift_y, shift_x
        Mean of second less first reading: how far the second reader goes down and to the right on average.
    """

    mean: float
    sd: float
    median: float
    p95: float
    n: int
    shift_y: float
    shift_x: float


@dataclass(frozen=True)
class ReaderPair:
    """Two readings of the same images.

    Parameters
    ----------
    first, second
        Names of the readers.
    n_images
        Images with at least one landmark that both placed.
    per_landmark_px, all_px
        Distances in pixels of the original image.
    per_landmark_mm, all_mm
        The same in millimetres; `None` unless every one of these images has a spacing.
    n_split
        Landmarks that one placed and the other called absent; they are in no distance.
    """

    first: str
    second: str
    n_images: int
    per_landmark_px: Mapping[str, Distances]
    all_px: Distances
    per_landmark_mm: Mapping[str, Distances] | None
    all_mm: Distances | None
    n_split: int

    @property
    def is_one_person(self) -> bool:
        """Whether both are readings of one person, so that the distances are the intra-reader error."""
        return person_of(self.first) == person_of(self.second)

    def to_json(self) -> dict[str, Any]:
        """Give plain values for `json.dumps`; `None` for what is not a number."""
        plain: dict[str, Any] = plain_values({**asdict(self), "is_one_person": self.is_one_person})
        return plain


Reading = Mapping[int, "Landmarks"]


def compare_readers(
    readings: Mapping[str, Reading], spacings_mm: Mapping[int, tuple[float, float] | None]
) -> list[ReaderPair]:
    """Hold every reader against every other on the images that both read.

    Parameters
    ----------
    readings
        By reader, landmarks by image; all of the same names in the same order.
    spacings_mm
        By image, millimetres per pixel between rows and between columns; `None` where unknown.

    Returns
    -------
    list of ReaderPair
        In the readers' order; pairs that placed no landmark of one image both are left out.
    """
    pairs = (pair_of(one, two, readings, spacings_mm) for one, two in combinations(readings, 2))
    return [pair for pair in pairs if pair.n_images]


def pair_of(
    first: str,
    second: str,
    readings: Mapping[str, Reading],
    spacings_mm: Mapping[int, tuple[float, float] | None],
) -> ReaderPair:
    """Hold the reader `second` against the reader `first`; see `compare_readers`."""
    images = sorted(set(readings[first]) & set(readings[second]))
    mine, theirs = ([readings[reader][image] for image in images] for reader in (first, second))
    names = mine[0].names if mine else ()
    split = sum(
        one.has_point != two.has_point and "absent" in (one, two)
        for a, b in zip(mine, theirs, strict=True)
        for one, two in zip(a.states, b.states, strict=True)
    )
    start, end = (_points(reading, len(names)) for reading in (mine, theirs))
    px = radial_errors(end, start)
    read: NDArray[np.bool_] = np.any(np.isfinite(px), axis=1, keepdims=True)[:, 0]
    spacing = [spacings_mm.get(image) for image, is_read in zip(images, read, strict=True) if is_read]
    start, end, px = start[read], end[read], px[read]
    in_mm = None if not spacing or any(each is None for each in spacing) else np.array(spacing, dtype=np.float64)
    steps = end - start
    per_px, all_px = _tables(px, steps, names)
    per_mm, all_mm = None, None
    if in_mm is not None:
        per_mm, all_mm = _tables(radial_errors(end, start, spacing_mm=in_mm), steps * in_mm[:, None, :], names)
    return ReaderPair(first, second, int(read.sum()), per_px, all_px, per_mm, all_mm, split)


def _points(reading: Sequence[Landmarks], n_landmarks: int) -> Errors:
    return np.array([each.points for each in reading], dtype=np.float64).reshape(len(reading), n_landmarks, 2)


def _tables(errors: Errors, steps: Errors, names: Sequence[str]) -> tuple[dict[str, Distances], Distances]:
    per_landmark = {
        name: _distances(errors[:, place], errors[:, place], steps[:, place]) for place, name in enumerate(names)
    }
    return per_landmark, _distances(image_means(errors), errors, steps)


def _distances(units: Errors, pool: Errors, steps: Errors) -> Distances:
    units, pool = units[np.isfinite(units)], pool[np.isfinite(pool)]
    steps = steps.reshape(-1, 2)
    steps = steps[np.isfinite(steps).all(axis=1)]
    if not len(pool):
        nan = float("nan")
        return Distances(nan, nan, nan, nan, 0, nan, nan)
    median, p95 = np.percentile(pool, [50, 95])
    shift_y, shift_x = steps.mean(axis=0)
    sd = units.std(ddof=1) if len(units) > 1 else float("nan")
    return Distances(
        mean=float(units.mean()),
        sd=float(sd),
        median=float(median),
        p95=float(p95),
        n=len(pool),
        shift_y=float(shift_y),
        shift_x=float(shift_x),
    )


def readers_text(pairs: Sequence[ReaderPair], titles: Mapping[str, str]) -> str:
    """Write the distances as aligned plain text, a table for each pair; `titles` name the landmarks for people."""
    parts = [_pair_text(pair, titles) for pair in pairs]
    return "\n\n".join(parts)


def _pair_text(pair: ReaderPair, titles: Mapping[str, str]) -> str:
    per, whole, unit = pair.per_landmark_px, pair.all_px, "px"
    if pair.per_landmark_mm is not None and pair.all_mm is not None:
        per, whole, unit = pair.per_landmark_mm, pair.all_mm, "mm"
    kind = "intra-reader" if pair.is_one_person else "inter-reader"
    head = ["", f"mean [{unit}]", "SD", "median", "95 %", "n", "shift y", "shift x"]
    rows = [head]
    rows += [[titles.get(name, name), *cells_of(distances)] for name, distances in per.items()]
    rows.append(["all landmarks", *cells_of(whole)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [f"{pair_name(pair.first, pair.second)}: {kind} error, {pair.n_images} images"]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    if pair.n_split:
        lines.append(f"Placed by one and called absent by the other, in no distance: {pair.n_split} landmarks.")
    return "\n".join(lines)


def cells_of(distances: Distances) -> list[str]:
    """Write mean, SD, median, 95th percentile, number and shifts for people; a dash for what is not a number."""
    figures = [distances.mean, distances.sd, distances.median, distances.p95]
    shown = [f"{value:.2f}" if np.isfinite(value) else "-" for value in figures]
    shifts = [
        # Adding 0 takes the sign from -0.
        f"{round(value, 2) + 0.0:+.2f}" if np.isfinite(value) else "-"
        for value in (distances.shift_y, distances.shift_x)
    ]
    return [*shown, str(distances.n), *shifts]
