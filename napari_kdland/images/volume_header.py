"""The header of a NIfTI file: what its voxels are, where they lie, and whether it can hold them."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from nibabel.affines import obliquity
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.orientations import io_orientation
from nibabel.spatialimages import HeaderDataError

from napari_kdland.errors import UnreadableImage, UnsupportedImage
from napari_kdland.images.guards import DAMAGE, cut_short, in_short

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

# nibabel's own error is no ValueError.
NIFTI_DAMAGE = (*DAMAGE, HeaderDataError)

_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
# Where no transform is stated: nibabel's default, as for ANALYZE.
_LAS = np.diag([-1.0, 1.0, 1.0, 1.0])
_ASSUMED = "taken as stored from right to left, back to front, feet to head"


class VolumeHeader(NamedTuple):
    """What a NIfTI header says, in the file's own order of axes.

    `affine` leads from (x, y, z) to millimetres (RAS+); `source` names the field that it is from, and is empty where
    none is usable; `scale` is slope and intercept; `notes` say what was assumed.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset: int
    scale: tuple[float, float]
    affine: NDArray[np.float64]
    source: str
    notes: tuple[str, ...]


def read_header(path: Path) -> VolumeHeader:
    """Read the header of a NIfTI file, and nothing else of it.

    Raises
    ------
    UnreadableImage
        If it is damaged, cut short, or no NIfTI.
    UnsupportedImage
        If it is one of two files, has more than three dimensions, colours or complex numbers, or too many voxels.
    """
    name = path.name
    try:
        with opened(path) as file:
            head = file.read(540)
    except NIFTI_DAMAGE as error:
        raise cut_short(name, error) from error
    header = _parsed(name, head)
    try:
        shape, dtype = _shape(name, header), _dtype(name, header)
        offset = max(header.get_data_offset(), 352 if header["sizeof_hdr"] == 348 else 544)
        slope, intercept = header.get_slope_inter()
    except NIFTI_DAMAGE as error:
        raise UnreadableImage(
            f"{name} is damaged: its header makes no sense ({in_short(error)}). Export it again from the source."
        ) from error
    _refuse_missing_bytes(path, offset, int(np.prod(shape)) * dtype.itemsize)
    scale = (1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept))
    affine, source, notes = _affine(header)
    rescaled = () if scale == (1.0, 0.0) else (f"scl_slope {scale[0]:g} and scl_inter {scale[1]:g} applied",)
    return VolumeHeader(shape, dtype, offset, scale, affine, source, (*notes, *rescaled))


def by(shape: tuple[int, ...]) -> str:
    """Write a size for people: ``512 x 512 x 34``."""
    return " x ".join(map(str, shape))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, through gzip where its first bytes say so: browsers unpack files and keep their names."""
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if is_packed:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked  # type: ignore[misc]  # reads and seeks like any binary file
        else:
            yield file


def _parsed(name: str, head: bytes) -> Nifti1Header:
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
            f"{name} holds {n_volumes} volumes ({by(given)}); a slice comes from one. Save the volume that you need "
            "as a file of its own."
        )
    x, y, z = (*given, 1, 1, 1)[:3] if len(given) < 3 else given[:3]
    if len(given) < 2 or min(x, y, z) < 1:
        raise UnsupportedImage(f"{name} has no voxels: its size is {by(given)}. Export it again.")
    if x * y * z > MAX_VOXELS:
        raise UnsupportedImage(
            f"{name} has {by((x, y, z))} voxels, more than the {MAX_VOXELS // 1_000_000} million that are read. "
            "Crop it if it is one volume."
        )
    return x, y, z


def _is_usable(affine: NDArray[np.float64]) -> bool:
    if not (np.isfinite(affine).all() and abs(np.linalg.det(affine[:3, :3])) > 1e-12):
        return False
    # Axes so unlike in length that one is lost beside another have no place among the patient's.
    return bool(np.isfinite(io_orientation(affine)).all())


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
    except NIFTI_DAMAGE:
        affine = np.full((4, 4), np.nan)
    affine[:3] *= _MM.get(unit, 1.0)
    if not _is_usable(affine):
        return _LAS, "", (f"position in the patient unusable, {_ASSUMED}",)
    if source == "pixdim":
        notes.append(f"orientation not stated, {_ASSUMED}")
    tilt = float(np.degrees(obliquity(affine).max()))
    if tilt > 1:
        notes.append(f"oblique by {tilt:.0f} degrees, turned to the nearest axes")
    return affine, source, tuple(notes)
