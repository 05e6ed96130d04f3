"""Compressed DICOM frames: which decoder, and what to say when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit

from napari_kdland.errors import MissingDecoder, UnsupportedImage
from napari_kdland.images.dicom.codestream import Codestream, look_into
from napari_kdland.images.dicom.header import DICOM_DAMAGE
from napari_kdland.images.guards import cut_short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import FileDataset

# Fastest first, measured on 1760 x 1760 to 3062 x 2394 (pydicom 3.0.2, GDCM 3.2.6, openjpeg 2.6.0, rle 2.2.0):
# JPEG 2000 lossless, noisy, 2048 x 2048: gdcm 400 ms on two cores, pylibjpeg 620 and pillow 690 on one.
# RLE: pylibjpeg 15 ms, pydicom 116. JPEG Baseline: pillow 33 ms and other threads may run meanwhile, gdcm 138.
_ORDER = ("gdcm", "pylibjpeg", "pyjpegls", "pillow", "pydicom")
_ORDER_OF_BASELINE = ("pillow", "gdcm", "pylibjpeg")

# What to install, by how the name of the transfer syntax begins.
_PACKAGES = {
    "JPEG 2000": "pylibjpeg-openjpeg",
    "High-Throughput JPEG 2000": "pylibjpeg-openjpeg",
    "JPEG-LS": "python-gdcm",
    "JPEG Lossless": "python-gdcm",
    "JPEG Extended": "pylibjpeg-libjpeg",
}


def decode_compressed(name: str, dataset: FileDataset, frame_index: int) -> tuple[NDArray[np.integer], tuple[str, ...]]:
    """Decode one frame with the fastest installed decoder that manages, after a look at what the stream claims.

    Returns
    -------
    values : (H, W) or (H, W, 3)
        Stored pixels; colours as RGB.
    notes
        For `Radiograph.applied`.

    Raises
    ------
    UnreadableImage
        If the frame is damaged, or of another size than the header says.
    MissingDecoder
        If no installed decoder knows the compression.
    UnsupportedImage
        If none exists.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    decoder = decoder_of(name, syntax)
    stream = _stream(name, dataset, frame_index)
    failures = []
    for plugin in _plugins(name, decoder.available_plugins, syntax, stream):
        try:
            values, _ = decoder.as_array(dataset, index=frame_index, decoding_plugin=plugin)
        except DICOM_DAMAGE as error:
            failures.append(str(error).splitlines()[-1].strip())
        else:
            is_open_ended = stream is not None and not stream.has_end
            return values, (("compressed pixels have no end marker",) if is_open_ended else ())
    raise cut_short(name, "; ".join(failures))


def decoder_of(name: str, syntax: UID) -> Any:
    """Give pydicom's decoder; untyped, since pydicom annotates its options as if they were one.

    Raises
    ------
    UnsupportedImage
        If pydicom has none for this transfer syntax.
    """
    try:
        return get_decoder(syntax)
    except NotImplementedError as error:
        raise UnsupportedImage(
            f"{name} is stored as {syntax.name}, which cannot be read. Export it uncompressed."
        ) from error


def _stream(name: str, dataset: FileDataset, frame_index: int) -> Codestream | None:
    """Look into the frame, and refuse one whose size is not the header's before a decoder allocates it."""
    try:
        stream = look_into(get_frame(dataset.PixelData, frame_index, number_of_frames=dataset.NumberOfFrames))
    except DICOM_DAMAGE as error:
        raise cut_short(name, error) from error
    expected = (dataset.Rows, dataset.Columns)
    # A JPEG height of 0 means that it stands behind the first scan (ITU-T T.81 B.2.5).
    if stream and (stream.height or dataset.Rows, stream.width) != expected:
        raise cut_short(
            name,
            f"compressed pixels are {stream.height} x {stream.width}, the header says {expected[0]} x {expected[1]}",
        )
    return stream


def _plugins(name: str, available: tuple[str, ...], syntax: UID, stream: Codestream | None) -> list[str]:
    """List the installed decoders that can read the stream, fastest first."""
    is_twelve_bit = syntax == JPEGExtended12Bit and stream is not None and stream.precision > 8
    order = ("pylibjpeg",) if is_twelve_bit else _ORDER_OF_BASELINE if syntax == JPEGBaseline8Bit else _ORDER
    usable = [plugin for plugin in order if plugin in available]
    if usable:
        return usable
    package = next((package for start, package in _PACKAGES.items() if syntax.name.startswith(start)), "python-gdcm")
    licence = ", which is under the GPL and therefore not installed with this program" if "libjpeg" in package else ""
    depth = f" with {stream.precision} bits" if stream else ""
    raise MissingDecoder(
        f"{name} is compressed as {syntax.name}{depth}. That needs the decoder {package}{licence}. "
        f"Install it with: pip install {package}"
    )
