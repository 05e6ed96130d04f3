"""NIfTI volumes, turned so that their slices can be looked at."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from nibabel.affines import obliquity, voxel_sizes
from nibabel.fileslice import fileslice
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform
from nibabel.spatialimages import HeaderDataError
from nibabel.volumeutils import array_from_file

from napari_kdland.errors import UnreadableImage, UnsupportedImage
from napari_kdland.images.guards import DAMAGE, cut_short, in_short, refuse_odd_size
from napari_kdland.images.radiograph import Spacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

# The longest abdominal scans of public data sets have 512 x 512 x 1059 voxels; this is 3.2 GB in double precision.
MAX_VOXELS = 400_000_000

# Extensions stand between header and voxels; 16 MiB is a thousand times what programs write there.
_MAX_OFFSET = 1 << 24

# DEFLATE makes of one byte 1032 at most (RFC 1951: 258 bytes from two bits).
_MAX_INFLATION = 1032

_DAMAGE = (*DAMAGE, HeaderDataError)
_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
# Where no transform is stated: nibabel's default, as for ANALYZE.
_LAS = np.diag([-1.0, 1.0, 1.0, 1.0])
_ASSUMED = "taken as stored from right to left, back to front, feet to head"


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
    _as_stored: _AsStored

    def stored(self) -> NDArray[Any]:
        """Read all voxels: stored numbers, (S, H, W).

        Raises
        ------
        UnreadableImage
            If the file is damaged or cut short.
        """
        there = self._as_stored
        try:
            with _opened(self.path) as file:
                voxels = array_from_file(there.shape, there.dtype, file, there.offset, order="F", mmap=False)
                # Asks for the end, so that gzip compares its checksum.
                file.read(1)
        except _DAMAGE as error:
            raise cut_short(self.path.name, error) from error
        turned: NDArray[Any] = apply_orientation(voxels, there.turn)
        return turned

    def stored_slice(self, index: int) -> NDArray[Any]:
        """Read one slice: stored numbers, (H, W).

        Raises
        ------
        UnreadableImage
            If the file is damaged or cut short before its end.
        """
        there = self._as_stored
        axis = int(np.flatnonzero(there.turn[:, 0] == 0)[0])
        at = index if there.turn[axis, 1] > 0 else self.shape[0] - 1 - index
        wanted = tuple(slice(at, at + 1) if each == axis else slice(None) for each in range(3))
        try:
            with _opened(self.path) as file:
                voxels = fileslice(file, wanted, there.shape, there.dtype, there.offset, order="F")
        except _DAMAGE as error:
            raise cut_short(self.path.name, error) from error
        turned: NDArray[Any] = apply_orientation(voxels, there.turn)[0]
        return turned

    def values(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Give the modality values of stored numbers; values beyond single precision become infinite."""
        slope, intercept = self.scale
        with np.errstate(over="ignore", invalid="ignore"):
            if (slope, intercept) == (1.0, 0.0):
                return stored.astype(np.float32)
            return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


class _AsStored(NamedTuple):
    """How the voxels lie in the file; `turn` is nibabel's orientation array from there to (slice, row, column)."""

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset: int
    turn: NDArray[np.float64]


def open_volume(path: Path) -> Volume:
    """Read the header of a NIfTI file (``.nii``, ``.nii.gz``), and nothing but the header.

    Extensions are passed over unread, so that nothing in the file is interpreted but numbers.

    Raises
    ------
    UnreadableImage
        If it is damaged, cut short, or no NIfTI.
    UnsupportedImage
        If it is one of two files (``.hdr``, ``.img``), has more than three dimensions, colours or complex numbers, or
        more voxels than `MAX_VOXELS`.
    """
    name = path.name
    try:
        with _opened(path) as file:
            head = file.read(540)
    except _DAMAGE as error:
        raise cut_short(name, error) from error
    header = _header(name, head)
    try:
        shape, dtype = _shape(name, header), _dtype(name, header)
        offset = max(header.get_data_offset(), 352 if header["sizeof_hdr"] == 348 else 544)
        slope, intercept = header.get_slope_inter()
    except _DAMAGE as error:
        raise UnreadableImage(
            f"{name} is damaged: its header makes no sense ({in_short(error)}). Export it again from the source."
        ) from error
    _refuse_missing_bytes(path, offset, int(np.prod(shape)) * dtype.itemsize)
    affine, source, notes = _affine(header)
    axes = io_orientation(affine)
    plane = _plane(axes, shape)
    turn = ornt_transform(axes, axcodes2ornt(plane.codes))
    turned = affine @ inv_ornt_aff(turn, shape)
    n_slices, height, width = (shape[int(np.flatnonzero(turn[:, 0] == axis)[0])] for axis in range(3))
    refuse_odd_size(name, height, width)
    scale = (1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept))
    rescaled = () if scale == (1.0, 0.0) else (f"scl_slope {scale[0]:g} and scl_inter {scale[1]:g} applied",)
    rows, columns = voxel_sizes(turned)[1:]
    return Volume(
        path,
        (n_slices, height, width),
        turned,
        Spacing(float(rows), float(columns), source) if source else None,
        scale,
        dtype.itemsize * 8,
        plane,
        (*notes, *rescaled),
        _AsStored(shape, dtype, offset, turn),
    )


def grid_difference(first: Volume, second: Volume) -> str:
    """Say in what the grids of two volumes differ; empty where their voxels lie on each other.

    Voxels lie on each other where no corner of the one is further from that of the other than a tenth of a voxel:
    programs round the same transform differently.
    """
    if first.shape != second.shape:
        return f"{_by(second.shape)} voxels against {_by(first.shape)}"
    corners = np.array(np.meshgrid(*((0, n - 1) for n in first.shape), indexing="ij")).reshape(3, -1)
    moved = (second.affine - first.affine) @ np.vstack([corners, np.ones(corners.shape[1])])
    furthest = float(np.linalg.norm(moved[:3], axis=0).max())
    if furthest > 0.1 * float(voxel_sizes(first.affine).min()):
        return f"the same number of voxels, but up to {furthest:.3g} mm apart"
    return ""


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, through gzip where its first bytes say so: browsers unpack files and keep their names."""
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if is_packed:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked  # type: ignore[misc]  # reads and seeks like any binary file
        else:
            yield file


def _header(name: str, head: bytes) -> Nifti1Header:
    for kind, n_bytes, magic in ((Nifti1Header, 348, head[344:347]), (Nifti2Header, 540, head[4:7])):
        if magic in (b"ni1", b"ni2"):
            raise UnsupportedImage(f"{name} is a NIfTI image in two files (.hdr and .img). Save it as one .nii file.")
        if magic in (b"n+1", b"n+2"):
            if len(head) < n_bytes:
                raise cut_short(name, f"{len(head)} of {n_bytes} bytes of the header")
            # Unchecked: nibabel's own checks print, and mend silently.
            return kind(head[:n_bytes], check=False)
    raise UnreadableImage(f"{name} is no NIfTI file, although its ending or its first bytes are those of one.")


def _shape(name: str, header: Nifti1Header) -> tuple[int, int, int]:
    given = tuple(int(n) for n in header.get_data_shape())
    n_volumes = int(np.prod(given[3:], dtype=np.int64))
    if n_volumes != 1:
        raise UnsupportedImage(
            f"{name} holds {n_volumes} volumes ({_by(given)}); a slice comes from one. Save the volume that you need "
            "as a file of its own."
        )
    x, y, z = (*given, 1, 1, 1)[:3] if len(given) < 3 else given[:3]
    if len(given) < 2 or min(x, y, z) < 1:
        raise UnsupportedImage(f"{name} has no voxels: its size is {_by(given)}. Export it again.")
    if x * y * z > MAX_VOXELS:
        raise UnsupportedImage(
            f"{name} has {_by((x, y, z))} voxels, more than the {MAX_VOXELS // 1_000_000} million that are read. "
            "Crop it if it is one volume."
        )
    return x, y, z


def _dtype(name: str, header: Nifti1Header) -> np.dtype[Any]:
    code = int(header["datatype"])
    try:
        dtype: np.dtype[Any] = header.get_data_dtype()
    except (KeyError, HeaderDataError):
        dtype = np.dtype("V")
    if dtype.kind not in "uif" or dtype.itemsize > 8:
        raise UnsupportedImage(
            f"{name} holds voxels of NIfTI type {code} (colours, complex or longer than 64 bits), not grey values. "
            "Save it with whole or floating-point numbers."
        )
    return dtype


def _refuse_missing_bytes(path: Path, offset: int, n_bytes: int) -> None:
    """Refuse a file that cannot hold what its header promises, before memory is taken for it."""
    n_there = path.stat().st_size
    with path.open("rb") as file:
        most = n_there * (_MAX_INFLATION if file.read(2) == b"\x1f\x8b" else 1)
    if offset > _MAX_OFFSET or offset + n_bytes > most:
        raise cut_short(path.name, f"its header promises {n_bytes} bytes of voxels from byte {offset}")


def _affine(header: Nifti1Header) -> tuple[NDArray[np.float64], str, tuple[str, ...]]:
    """Give the transform in millimetres, by which field of the file (empty: by none), and the notes."""
    unit = int(header["xyzt_units"]) & 7
    notes = ["unit of length not stated, taken as mm"] if unit not in (1, 2, 3) else []
    source = next((field for field in ("sform", "qform") if int(header[f"{field}_code"]) > 0), "pixdim")
    try:
        affine = np.asarray(header.get_best_affine(), dtype=np.float64).copy()
    except _DAMAGE:
        affine = np.full((4, 4), np.nan)
    affine[:3] *= _MM.get(unit, 1.0)
    if not (np.isfinite(affine).all() and abs(np.linalg.det(affine[:3, :3])) > 1e-12):
        return _LAS, "", (f"position in the patient unusable, {_ASSUMED}",)
    if source == "pixdim":
        notes.append(f"orientation not stated, {_ASSUMED}")
    tilt = float(np.degrees(obliquity(affine).max()))
    if tilt > 1:
        notes.append(f"oblique by {tilt:.0f} degrees, turned to the nearest axes")
    return affine, f"NIfTI {source}", tuple(notes)


def _plane(axes: NDArray[np.float64], shape: tuple[int, int, int]) -> Plane:
    """Slice a volume that is one slice thick along that axis, all others from feet to head."""
    thin = [int(axis) for axis, n in zip(axes[:, 0], shape, strict=True) if n == 1]
    return _PLANES[thin[0] if len(thin) == 1 else 2]
