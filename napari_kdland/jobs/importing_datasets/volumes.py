"""The volumes of one case: images and labels that lie on one grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from napari_kdland.errors import AnnotationError, UnsupportedImage
from napari_kdland.images.guards import refuse_not_finite
from napari_kdland.images.silence import decoders_kept_quiet
from napari_kdland.images.volume import Volume, grid_difference, open_volume
from napari_kdland.images.windows import Window

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class Windowed(NamedTuple):
    """Slices of one volume as 16-bit images (n, H, W), and the window that made them."""

    volume: Volume
    window: Window
    pixels: NDArray[np.uint16]


def open_aligned(files: Mapping[str, Path]) -> dict[str, Volume]:
    """Open volumes of one patient, and see that their voxels lie on each other.

    Raises
    ------
    UnreadableImage, UnsupportedImage
        If one cannot be read as a volume.
    UnsupportedImage
        If two grids differ; both files and the difference are named.
    """
    with decoders_kept_quiet():
        volumes = {name: open_volume(path) for name, path in files.items()}
    first = next(iter(volumes.values()))
    for volume in volumes.values():
        difference = grid_difference(first, volume)
        if difference:
            raise UnsupportedImage(
                f"{volume.path.name} does not lie on the grid of {first.path.name}: {difference}. Resample all files "
                "of the case onto one grid first."
            )
    return volumes


def read_labels(volume: Volume, known: Collection[int]) -> NDArray[np.uint8]:
    """Read a volume of labels.

    Returns
    -------
    (S, H, W)
        One of `known` at each voxel.

    Raises
    ------
    UnreadableImage
        If the file is damaged or cut short.
    AnnotationError
        If there are other values; they are named.
    """
    stored: NDArray[Any] = volume.stored()
    values = stored if volume.scale == (1.0, 0.0) else volume.values(stored)
    # Slice by slice: sorting a whole abdomen takes ten times its memory.
    found = set().union(*(np.unique(each).tolist() for each in values))
    strange = sorted((value for value in found if value not in known), key=float)
    if strange:
        words = ", ".join(f"{value:g}" for value in strange[:5]) + (", ..." if len(strange) > 5 else "")
        raise AnnotationError(
            f"{volume.path.name} has the labels {words}; those of the data set are "
            f"{', '.join(map(str, sorted(known)))}. Take the file as the data set's makers gave it."
        )
    return values.astype(np.uint8, copy=False)


def windowed(volume: Volume, chosen: Sequence[int], window: Window | None) -> Windowed:
    """Read slices of a volume through a window.

    Parameters
    ----------
    volume
        As opened.
    chosen
        Numbers of the slices.
    window
        `None` takes the window of the volume's own tissue, background left out: for values without a unit.

    Raises
    ------
    UnreadableImage
        If the file is damaged or cut short.
    UnsupportedImage
        If there are values that are no numbers, or the volume shows nothing.
    """
    stored = volume.stored()
    if window is None:
        values = volume.values(stored)
        refuse_not_finite(volume.path.name, values)
        try:
            window = Window.of_tissue(values)
        except ValueError as error:
            raise UnsupportedImage(f"{volume.path.name} shows nothing: {error}. Export it again.") from error
    pixels = np.empty((len(chosen), *volume.shape[1:]), dtype=np.uint16)
    for image, index in zip(pixels, chosen, strict=True):
        values = volume.values(stored[index])
        refuse_not_finite(f"{volume.path.name}, slice {index},", values)
        image[:] = window.applied(values)
    return Windowed(volume, window, pixels)
