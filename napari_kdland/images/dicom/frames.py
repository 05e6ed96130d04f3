"""From a DICOM data set to the stored pixels of one frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.pixels.processing import apply_color_lut

from napari_kdland.errors import UnreadableImage, UnsupportedImage, UsageError
from napari_kdland.images.colour import grey_of
from napari_kdland.images.dicom.compressed import decode_compressed, decoder_of
from napari_kdland.images.dicom.header import DICOM_DAMAGE, number, put, text
from napari_kdland.images.guards import cut_short, refuse_odd_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import FileDataset

_GREYS = ("MONOCHROME1", "MONOCHROME2")
_COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
_PALETTE = "PALETTE COLOR"


@dataclass(frozen=True)
class Stored:
    """The stored pixels of one frame.

    Parameters
    ----------
    values : (H, W)
        Whole numbers, unused bits gone, signs in place; colours already turned to grey.
    bits
        Bits stored per pixel.
    is_signed
        Whether the bits hold a sign.
    notes
        What was done to get there, for `Radiograph.applied`.
    """

    values: NDArray[np.integer]
    bits: int
    is_signed: bool = False
    notes: tuple[str, ...] = ()


def choose_frame(name: str, dataset: FileDataset, frame: int | None) -> int:
    """Give the index of the frame to read.

    Raises
    ------
    UnreadableImage
        If the number of frames is not a number.
    UnsupportedImage
        If there are several and none was asked for.
    UsageError
        If there is no such frame.
    """
    words = text(dataset, "NumberOfFrames") or "1"
    if not words.isdecimal():
        raise UnreadableImage(f"{name} is damaged: its NumberOfFrames is {words!r}. Export it again from the source.")
    n_frames = max(1, int(words))
    if frame is None and n_frames > 1:
        raise UnsupportedImage(
            f"{name} holds {n_frames} frames; a radiograph is one. Read one with frame=0 to frame={n_frames - 1}, "
            "or export that frame as a file of its own."
        )
    if frame is not None and not 0 <= frame < n_frames:
        raise UsageError(f"{name} has no frame {frame}; it has {n_frames}, counted from 0.")
    put(dataset, "NumberOfFrames", n_frames)
    return frame or 0


def decode(name: str, dataset: FileDataset, frame_index: int) -> Stored:
    """Decode one frame, of a data set that `choose_frame` has seen.

    Raises
    ------
    UnreadableImage
        If the pixels are damaged, or fewer than the header says.
    MissingDecoder
        If no installed decoder knows the compression.
    UnsupportedImage
        If the size, the depth or the colours are no radiograph's.
    """
    assumed = _complete(dataset)
    refuse_odd_size(name, dataset.Rows, dataset.Columns)
    bits, photometric = dataset.BitsStored, text(dataset, "PhotometricInterpretation")
    if bits == 1:
        raise UnsupportedImage(f"{name} has 1 bit a pixel: a mask, not a radiograph. Import it as a mask.")
    if photometric not in (*_GREYS, *_COLOURS, _PALETTE):
        raise UnsupportedImage(f"{name} is {photometric}, which has no safe way to grey. Export it as MONOCHROME2.")
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        values, notes = decode_compressed(name, dataset, frame_index)
    else:
        values, notes = _decode_native(name, dataset, frame_index), ()
    grey, colours = _to_grey(name, dataset, values, photometric)
    if photometric == _PALETTE:
        bits = grey.dtype.itemsize * 8
    return Stored(grey, bits, dataset.PixelRepresentation == 1, (*assumed, *notes, *colours))


def _complete(dataset: FileDataset) -> tuple[str, ...]:
    """Make the header's numbers plain integers, and fill in those that old and careless files leave out."""
    usual = {
        "Rows": 0,
        "Columns": 0,
        "BitsAllocated": 0,
        "BitsStored": int(number(dataset, "BitsAllocated") or 0),
        "SamplesPerPixel": 1,
        "PixelRepresentation": 0,
    }
    notes = []
    for keyword, otherwise in usual.items():
        given = number(dataset, keyword)
        if given is None:
            notes.append(f"{keyword} missing, taken as {otherwise}")
        put(dataset, keyword, otherwise if given is None else int(given))
    return tuple(notes)


def _decode_native(name: str, dataset: FileDataset, frame_index: int) -> NDArray[np.integer]:
    """Read pixels without compression; bits beside the stored ones (old overlays) are taken away."""
    decoder = decoder_of(name, dataset.file_meta.TransferSyntaxUID)
    _refuse_missing_bytes(name, dataset)
    try:
        values: NDArray[np.integer]
        values, _ = decoder.as_array(dataset, index=frame_index, view_only=True, correct_unused_bits=False)
    except DICOM_DAMAGE as error:
        raise cut_short(name, error) from error
    allocated, bits = values.dtype.itemsize * 8, dataset.BitsStored
    if values.ndim != 2 or bits >= allocated:
        return values
    high_bit = int(number(dataset, "HighBit") or 0)
    if not bits - 1 <= high_bit < allocated:
        high_bit = bits - 1
    # Up against the top bit and down again: clears what lies above and below, and spreads the sign.
    shifted: NDArray[np.integer] = (values << (allocated - 1 - high_bit)) >> (allocated - bits)
    return shifted


def _refuse_missing_bytes(name: str, dataset: FileDataset) -> None:
    n_values = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.NumberOfFrames
    expected, found = n_values * dataset.BitsAllocated // 8, len(dataset.PixelData or b"")
    # YBR_FULL_422 keeps two thirds of them; pydicom counts those.
    if found < expected and text(dataset, "PhotometricInterpretation") != "YBR_FULL_422":
        raise cut_short(name, f"{found} of {expected} bytes are there")


def _to_grey(
    name: str, dataset: FileDataset, values: NDArray[np.integer], photometric: str
) -> tuple[NDArray[np.integer], tuple[str, ...]]:
    """Turn colours into grey; pydicom has turned YBR into RGB already."""
    if photometric == _PALETTE:
        try:
            return grey_of(apply_color_lut(values, dataset)[..., :3], "palette")
        except DICOM_DAMAGE as error:
            raise cut_short(name, f"its palette cannot be used: {error}") from error
    if values.ndim == 3 and values.shape[-1] != 3:
        raise UnsupportedImage(f"{name} has {values.shape[-1]} samples a pixel; a radiograph has one. Export it again.")
    return grey_of(values, photometric)
