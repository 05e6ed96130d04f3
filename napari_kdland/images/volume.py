"""NIfTI volumes, turned so that their slices can be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from nibabel.affines import voxel_sizes
from nibabel.fileslice import fileslice
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform
from nibabel.volumeutils import array_from_file

from napari_kdland.images.guards import cut_short, refuse_odd_size
from napari_kdland.images.radiograph import Spacing
from napari_kdland.images.volume_header import NIFTI_DAMAGE, VolumeHeader, by, opened, read_header

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class Plane(NamedTuple):
    """One way of slicing: where slices, rows and columns run to (nibabel's letters), in words, and in DICOM's."""

    name: str
    codes: tuple[str, str, str]
    way: str
    orientation: str


# By the axis (right-left, back-front, feet-head) along which the slices lie.
_PLANES = (
    Plane("sagittal", ("L", "I", "P"), "from right to left", "P/F"),
    Plane("coronal", ("P", "I", "L"), "from front to back", "L/F"),
    Plane("axial", ("S", "P", "L"), "from feet to head", "L/P"),
)


@dataclass(frozen=True, eq=False)
class Volume:
    """The header of a NIfTI file, and the way to its voxels.

    Slices are axial, counted from 0 at the feet, with the front of the patient at the top and the right side on the
    left, however the file stores them: its axes are swapped and turned round to the nearest of these, and nothing is
    resampled. A volume of one slice is taken in the plane that this slice has; there the head is at the top.

    Parameters
    ----------
    path
        The file.
    shape : (S, H, W)
        Slices, rows, columns as they are looked at.
    affine : (4, 4)
        From (slice, row, column) to millimetres towards the patient's right, front and head (RAS+ of NIfTI).
    spacing
        Of rows and columns; `None` where the file gives none.
    scale
        Slope and intercept from stored to modality values.
    bits
        Bits stored per voxel.
    plane
        How it is sliced.
    notes
        What was assumed, for `Radiograph.applied`.
    """

    path: Path
    shape: tuple[int, int, int]
    affine: NDArray[np.float64]
    spacing: Spacing | None
    scale: tuple[float, float]
    bits: int
    plane: Plane
    notes: tuple[str, ...]
    _header: VolumeHeader
    # nibabel's orientation array, from the file's axes to (slice, row, column).
    _turn: NDArray[np.float64]

    def stored(self) -> NDArray[Any]:
        """Read all voxels: stored numbers, (S, H, W).

        Raises
        ------
        UnreadableImage
            If the file is damaged or cut short.
        """
        there = self._header
        try:
            with opened(self.path) as file:
                voxels = array_from_file(there.shape, there.dtype, file, there.offset, order="F", mmap=False)
                # Asks for the end, so that gzip compares its checksum.
                file.read(1)
        except NIFTI_DAMAGE as error:
            raise cut_short(self.path.name, error) from error
        turned: NDArray[Any] = apply_orientation(voxels, self._turn)
        return turned

    def stored_slice(self, index: int) -> NDArray[Any]:
        """Read one slice: stored numbers, (H, W).

        Raises
        ------
        UnreadableImage
            If the file is damaged or cut short before its end.
        """
        there = self._header
        axis = int(np.flatnonzero(self._turn[:, 0] == 0)[0])
        at = index if self._turn[axis, 1] > 0 else self.shape[0] - 1 - index
        wanted = tuple(slice(at, at + 1) if each == axis else slice(None) for each in range(3))
        try:
            with opened(self.path) as file:
                voxels = fileslice(file, wanted, there.shape, there.dtype, there.offset, order="F")
        except NIFTI_DAMAGE as error:
            raise cut_short(self.path.name, error) from error
        turned: NDArray[Any] = apply_orientation(voxels, self._turn)[0]
        return turned

    def values(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Give the modality values of stored numbers; values beyond single precision become infinite."""
        slope, intercept = self.scale
        with np.errstate(over="ignore", invalid="ignore"):
            if (slope, intercept) == (1.0, 0.0):
                return stored.astype(np.float32)
            return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def open_volume(path: Path) -> Volume:
    """Read the header of a NIfTI file (``.nii``, ``.nii.gz``), and nothing but the header.

    Extensions are passed over unread, so that nothing in the file is interpreted but numbers.

    Raises
    ------
    UnreadableImage
        If it is damaged, cut short, or no NIfTI.
    UnsupportedImage
        If it is one of two files (``.hdr``, ``.img``), has more than three dimensions, colours or complex numbers, or
        more voxels than `volume_header.MAX_VOXELS`.
    """
    header = read_header(path)
    axes = io_orientation(header.affine)
    plane = _plane(axes, header.shape)
    turn = ornt_transform(axes, axcodes2ornt(plane.codes))
    affine = header.affine @ inv_ornt_aff(turn, header.shape)
    n_slices, height, width = (header.shape[int(np.flatnonzero(turn[:, 0] == axis)[0])] for axis in range(3))
    refuse_odd_size(path.name, height, width)
    rows, columns = voxel_sizes(affine)[1:]
    return Volume(
        path,
        (n_slices, height, width),
        affine,
        Spacing(float(rows), float(columns), f"NIfTI {header.source}") if header.source else None,
        header.scale,
        header.dtype.itemsize * 8,
        plane,
        header.notes,
        header,
        turn,
    )


def grid_difference(first: Volume, second: Volume) -> str:
    """Say in what the grids of two volumes differ; empty where their voxels lie on each other.

    Voxels lie on each other where no corner of the one is further from that of the other than a tenth of a voxel:
    programs round the same transform differently.
    """
    if first.shape != second.shape:
        return f"{by(second.shape)} voxels against {by(first.shape)}"
    corners = np.array(np.meshgrid(*((0, n - 1) for n in first.shape), indexing="ij")).reshape(3, -1)
    moved = (second.affine - first.affine) @ np.vstack([corners, np.ones(corners.shape[1])])
    furthest = float(np.linalg.norm(moved[:3], axis=0).max())
    if furthest > 0.1 * float(voxel_sizes(first.affine).min()):
        return f"the same number of voxels, but up to {furthest:.3g} mm apart"
    return ""


def _plane(axes: NDArray[np.float64], shape: tuple[int, int, int]) -> Plane:
    """Slice a volume that is one slice thick along that axis, all others from feet to head."""
    thin = [int(axis) for axis, n in zip(axes[:, 0], shape, strict=True) if n == 1]
    return _PLANES[thin[0] if len(thin) == 1 else 2]
