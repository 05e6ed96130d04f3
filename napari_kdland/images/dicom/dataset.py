"""Open a DICOM file, guess what its header leaves out, and refuse what is no image."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.uid import UID

from napari_kdland.errors import UnreadableImage, UnsupportedImage
from napari_kdland.images.dicom.codestream import look_into
from napari_kdland.images.dicom.header import DICOM_DAMAGE, number, put, text
from napari_kdland.images.guards import MAX_PIXELS, cut_short, in_short

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import FileDataset

IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_NOT_RADIOGRAPHS = {
    "1.2.840.10008.1.3.10": "a DICOMDIR, a list of other files",
    "1.2.840.10008.5.1.4.1.1.66.4": "a segmentation (SEG)",
    "1.2.840.10008.5.1.4.1.1.66.7": "a label map segmentation (SEG)",
    "1.2.840.10008.5.1.4.1.1.481.2": "a radiotherapy dose (RTDOSE)",
    "1.2.840.10008.5.1.4.1.1.30": "a parametric map of computed values",
}


def open_dataset(path: Path) -> tuple[FileDataset, tuple[str, ...]]:
    """Parse a file into a data set that holds pixels and names their transfer syntax.

    Returns
    -------
    dataset
        With `file_meta.TransferSyntaxUID` set.
    notes
        What was guessed.

    Raises
    ------
    UnreadableImage
        If the file does not parse, or the header lacks what the pixels need.
    UnsupportedImage
        If it is whole DICOM without an image of a patient in it.
    """
    try:
        _refuse_swelling(path)
        dataset = dcmread(path, force=True)
        if not hasattr(dataset, "file_meta"):
            dataset.file_meta = FileMetaDataset()
        _refuse_other_objects(path.name, dataset)
        return dataset, _settle_transfer_syntax(path.name, dataset)
    except DICOM_DAMAGE as error:
        raise UnreadableImage(
            f"{path.name} is damaged, cut short or not DICOM: its header could not be read ({in_short(error)}). "
            "Copy or export it again from the source."
        ) from error


def _refuse_swelling(path: Path) -> None:
    """Refuse a deflated file that grows beyond any radiograph; pydicom would inflate it into memory unchecked."""
    with path.open("rb") as file:
        head = file.read(1024)
        if _DEFLATED not in head or head[128:132] != b"DICM":
            return
        (meta_length,) = struct.unpack_from("<I", head, 140)
        file.seek(144 + meta_length)
        inflater, n_bytes = zlib.decompressobj(-zlib.MAX_WBITS), 0
        while chunk := inflater.unconsumed_tail or file.read(1 << 16):
            n_bytes += len(inflater.decompress(chunk, 1 << 20))
            if n_bytes > 4 * MAX_PIXELS:
                raise UnsupportedImage(f"{path.name} inflates to more than {n_bytes} bytes, too much for a radiograph.")


def _refuse_other_objects(name: str, dataset: FileDataset) -> None:
    """Say what the file is, where it is not one image with whole-number pixels."""
    kind = text(dataset, "SOPClassUID") or text(dataset.file_meta, "MediaStorageSOPClassUID")
    if kind in _NOT_RADIOGRAPHS:
        raise UnsupportedImage(f"{name} is {_NOT_RADIOGRAPHS[kind]}, not a radiograph. Leave it out.")
    if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
        raise UnsupportedImage(f"{name} holds floating-point pixels: computed values, not a radiograph. Leave it out.")
    if "PixelData" in dataset:
        missing = [word for word in ("Rows", "Columns", "BitsAllocated") if number(dataset, word) is None]
        missing += [] if text(dataset, "PhotometricInterpretation") else ["PhotometricInterpretation"]
        if missing:
            raise UnreadableImage(f"{name} has pixels, but its header lacks {', '.join(missing)}. Export it again.")
        return
    if text(dataset, "SOPClassUID"):
        raise UnsupportedImage(f"{name} is valid DICOM, but holds no image ({UID(kind).name}). Leave it out.")
    raise UnreadableImage(
        f"{name} is damaged, cut short or not DICOM: no image was found behind its first bytes. "
        "Copy or export it again from the source."
    )


def _settle_transfer_syntax(name: str, dataset: FileDataset) -> tuple[str, ...]:
    """Guess how pixels are stored where the header is silent or plainly wrong, and only then."""
    given = UID(text(dataset.file_meta, "TransferSyntaxUID"))
    if given and not given.is_transfer_syntax:
        raise UnsupportedImage(f"{name} is stored in the unknown transfer syntax {given}. Export it uncompressed.")
    is_encapsulated = bool(dataset["PixelData"].is_undefined_length)
    if given and given.is_encapsulated == is_encapsulated:
        return ()
    guess = _syntax_of_stream(dataset) if is_encapsulated else _syntax_of_parse(dataset)
    if not guess:
        raise cut_short(name, f"transfer syntax {given or 'missing'}, and no way to guess it")
    put(dataset.file_meta, "TransferSyntaxUID", UID(guess))
    return (f"transfer syntax guessed: {UID(guess).name}",)


def _syntax_of_parse(dataset: FileDataset) -> str:
    """Take the encoding in which the header made sense; pixels without compression follow it."""
    is_implicit, is_little = dataset.original_encoding
    if is_implicit:
        return IMPLICIT_LITTLE
    return EXPLICIT_LITTLE if is_little else EXPLICIT_BIG


def _syntax_of_stream(dataset: FileDataset) -> str:
    """Take what the compressed stream's own header says."""
    stream = look_into(get_frame(dataset.PixelData, 0, number_of_frames=1))
    return stream.transfer_syntax if stream else ""
