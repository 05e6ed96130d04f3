"""NIfTI: one slice of a volume as an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import UnsupportedImage, UsageError
from napari_kdland.images.guards import refuse_constant, refuse_not_finite
from napari_kdland.images.identity import content_hash
from napari_kdland.images.plain import full_range
from napari_kdland.images.radiograph import Radiograph, View
from napari_kdland.images.silence import decoders_kept_quiet
from napari_kdland.images.volume import Volume, open_volume

if TYPE_CHECKING:
    from pathlib import Path


def read_nifti(path: Path, *, frame: int | None = None) -> Radiograph:
    """Read one slice of a NIfTI volume.

    How slices are counted and turned is said in `Volume`; `Radiograph.applied` says it for each. Pixels are the
    modality values (after scl_slope and scl_inter); the content hash is of the slice's stored numbers as it is looked
    at, so that the same slice stored in another orientation is the same image.

    Parameters
    ----------
    path
        A ``.nii`` or ``.nii.gz`` file, NIfTI-1 or NIfTI-2.
    frame
        Which slice, from 0; needed where there are several.

    Raises
    ------
    UnreadableImage
        If it is damaged, cut short or no NIfTI.
    UnsupportedImage
        If it has several slices and none was chosen, more than three dimensions, colours, NaN in the slice, or the
        same value everywhere.
    UsageError
        If there is no such slice.
    """
    with decoders_kept_quiet():
        volume = open_volume(path)
        index = _chosen(volume, frame)
        stored = volume.stored_slice(index)
    pixels = volume.values(stored)
    refuse_not_finite(path.name, pixels)
    lowest, highest = float(pixels.min()), float(pixels.max())
    refuse_constant(path.name, lowest, highest)
    slices = f"{volume.plane.name} slice {index} of {volume.shape[0]}, counted from 0 {volume.plane.way}"
    return Radiograph(
        pixels,
        full_range(pixels, lowest, highest),
        volume.spacing,
        content_hash(stored),
        view=View(orientation=volume.plane.orientation),
        applied=(slices, *volume.notes),
        bits=volume.bits,
    )


def _chosen(volume: Volume, frame: int | None) -> int:
    name, n_slices = volume.path.name, volume.shape[0]
    if frame is None and n_slices > 1:
        raise UnsupportedImage(
            f"{name} is a volume of {n_slices} slices; an image is one. Import its data set with kdland "
            f"import-dataset, or read one slice with frame=0 to frame={n_slices - 1}."
        )
    if frame is not None and not 0 <= frame < n_slices:
        raise UsageError(f"{name} has no slice {frame}; it has {n_slices}, counted from 0.")
    return frame or 0
