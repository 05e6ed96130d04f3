"""The menu of file formats, and the one door through which all of them are read."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_kdland.errors import ImageError, UnreadableImage, UnsupportedImage
from napari_kdland.menus import Entry

if TYPE_CHECKING:
    from napari_kdland.images.radiograph import Radiograph

# The magic bytes of NIfTI-1 are the last four of its header.
HEAD_BYTES = 348
# The 80 million pixels that a radiograph may have take 320 MB at most; larger files are series and volumes.
MAX_FILE_BYTES = 1 << 30


@dataclass(frozen=True)
class Format(Entry):
    """One file format and how to tell it.

    `target` is a function ``(path, *, frame=None) -> Radiograph``. `magics` are (offset, bytes) pairs, one of which a
    file of this format has; `endings` are in small letters with their dot.
    """

    magics: tuple[tuple[int, bytes], ...] = ()
    endings: tuple[str, ...] = ()


FORMATS = (
    Format(
        "dicom",
        "DICOM, with its LUTs, window, spacing, view and patient",
        "napari_kdland.images.dicom.reader:read_dicom",
        magics=((128, b"DICM"),),
        endings=(".dcm", ".dicom", ".dic", ".ima"),
    ),
    Format(
        "picture",
        "PNG and JPEG, 8 and 16 bits, grey or colour",
        "napari_kdland.images.picture:read_picture",
        magics=((0, b"\x89PNG\r\n\x1a\n"), (0, b"\xff\xd8\xff")),
        endings=(".png", ".jpg", ".jpeg", ".jpe", ".jfif"),
    ),
    Format(
        "tiff",
        "TIFF, whole and floating-point numbers, one page or many",
        "napari_kdland.images.tiff:read_tiff",
        magics=((0, b"II*\0"), (0, b"MM\0*"), (0, b"II+\0"), (0, b"MM\0+")),
        endings=(".tif", ".tiff"),
    ),
    Format(
        "nifti",
        "NIfTI volumes, one slice at a time",
        "napari_kdland.images.nifti:read_nifti",
        magics=((344, b"n+1\0"), (344, b"ni1\0"), (4, b"n+2\0"), (4, b"ni2\0")),
        endings=(".nii", ".nii.gz"),
    ),
    Format(
        "jsrt",
        "Raw images of the JSRT database",
        "napari_kdland.images.jsrt:read_jsrt",
        endings=(".img",),
    ),
)


def read(path: Path | str, *, frame: int | None = None) -> Radiograph:
    """Read one file as a radiograph.

    The format is told by the file's first bytes, then by its ending. Reads are independent of each other, may run on
    any thread, and raise no warnings.

    Parameters
    ----------
    path
        A DICOM, PNG, JPEG, TIFF, NIfTI or JSRT file.
    frame
        Which frame, page or slice to take, counted from 0, of a file that holds several.

    Raises
    ------
    UnreadableImage
        If the file is missing, empty, damaged, cut short, or no image.
    MissingDecoder
        If it is compressed in a way whose decoder is not installed; the message names it.
    UnsupportedImage
        If it is whole, but not one plain radiograph.
    UsageError
        If there is no such frame.
    """
    path = Path(path)
    kind = _format_of(path, _head(path))
    if kind is None:
        names = ", ".join(ending for entry in FORMATS for ending in entry.endings)
        raise UnreadableImage(
            f"{path.name} is not an image that can be read: neither its first bytes nor its ending "
            f"is that of DICOM, PNG, JPEG, TIFF, NIfTI or JSRT ({names})."
        )
    radiograph: Radiograph = kind.resolve()(path, frame=frame)
    return radiograph


def is_candidate(path: Path | str) -> bool:
    """Tell whether a file may be a radiograph, from its ending and its first bytes only.

    A damaged file with a known ending is one, and so is a volume: reading it will say what is wrong with it, or that
    one of its slices has to be chosen.
    """
    path = Path(path)
    if path.name.upper() == "DICOMDIR" or not path.is_file():
        return False
    if any(_has_ending(path, entry) for entry in FORMATS):
        return True
    try:
        return _format_of(path, _head(path)) is not None
    except ImageError:
        return False


def _head(path: Path) -> bytes:
    """Read the first bytes of a file that must exist and hold some."""
    if path.is_dir():
        raise UnreadableImage(f"{path} is a folder, not an image. Name the files in it, or import the folder.")
    if not path.is_file():
        raise UnreadableImage(f"{path} does not exist, or is not a file.")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise UnreadableImage(f"{path} cannot be opened: {error.strerror}. Check that you may read it.") from error
    n_bytes = path.stat().st_size
    if n_bytes > MAX_FILE_BYTES:
        raise UnsupportedImage(
            f"{path.name} has {n_bytes / (1 << 30):.1f} GB, more than one radiograph can need. "
            "If it holds many frames, export the one you need as a file of its own."
        )
    if not head:
        raise UnreadableImage(f"{path.name} is empty (0 bytes). Copy or export it again from the source.")
    return head


def _format_of(path: Path, head: bytes) -> Format | None:
    """Choose from the menu by the first bytes, then by the ending."""
    for entry in FORMATS:
        if any(head[offset : offset + len(magic)] == magic for offset, magic in entry.magics):
            return entry
    if _is_bare_dicom(head):
        return FORMATS[0]
    return next((entry for entry in FORMATS if _has_ending(path, entry)), None)


def _has_ending(path: Path, entry: Format) -> bool:
    return path.name.lower().endswith(entry.endings)


def _is_bare_dicom(head: bytes) -> bool:
    """Tell whether a file begins with a DICOM element of group 2 or 8 although it lacks the preamble (before 1993)."""
    if len(head) < 8:
        return False
    for order in "<>":
        group, element, length = struct.unpack_from(f"{order}HHI", head)
        if group in (0x0002, 0x0008) and element <= 0x0070:
            has_vr = head[4:6].isalpha() and head[4:6].isupper()
            return bool(has_vr or (order == "<" and length <= 256))
    return False
