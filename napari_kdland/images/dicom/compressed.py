"""Compressed DICOM frames: which decoder, and what to say when there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from napari_kdland.errors import MissingDecoder, UnsupportedImage
from napari_kdland.images.dicom import imagecodecs_plugin
from napari_kdland.images.dicom.codestream import Codestream, look_into
from napari_kdland.images.dicom.header import DICOM_DAMAGE
from napari_kdland.images.guards import cut_short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import FileDataset


@dataclass(frozen=True)
class _Family:
    """Decoders (pydicom's names for them) in the order to try, and the package to install where none is there."""

    plugins: tuple[str, ...]
    package: str


# Chosen for damaged files first, for speed second (pydicom 3.0.2, GDCM 3.2.6, openjpeg 2.6.0, rle 2.2.0, Pillow 13):
# GDCM ends the whole process when its asserts fail (github.com/tfmoraes/python-gdcm/issues/34), so it decodes only
# what nothing else that is freely licensed can; the Rust decoder of RLE panics past every `except Exception`.
# Medians in ms on two cores: JPEG 2000 lossless 1760 x 1760: pylibjpeg 139, pillow 143, gdcm 104; RLE, the same:
# pydicom 26, pylibjpeg 4; JPEG Baseline, 96 frames of 512 x 512: pillow 33, gdcm 138.
_RLE = _Family(("pydicom",), "pydicom")
# imagecodecs, in two threads, takes 247 ms for 2048 x 2048 of JPEG 2000, pylibjpeg 398, and alone stops no window.
_OPENJPEG = _Family((imagecodecs_plugin.LABEL, "pylibjpeg", "pillow"), "imagecodecs")
_OPENJPEG_COLOUR = _Family(("pylibjpeg", "pillow"), "pylibjpeg-openjpeg")
_CHARLS = _Family(("pyjpegls", "gdcm", "pylibjpeg"), "python-gdcm")
_LOSSLESS = _Family(("gdcm", "pylibjpeg"), "python-gdcm")
_EIGHT_BIT = _Family(("pillow", "pylibjpeg"), "pillow")
_TWELVE_BIT = _Family(("pylibjpeg",), "pylibjpeg-libjpeg")
_FAMILIES = {
    (RLELossless,): _RLE,
    imagecodecs_plugin.SYNTAXES: _OPENJPEG,
    (JPEGLSLossless, JPEGLSNearLossless): _CHARLS,
    (JPEGLossless, JPEGLosslessSV1): _LOSSLESS,
}


def decode_compressed(name: str, dataset: FileDataset, frame_index: int) -> tuple[NDArray[np.integer], tuple[str, ...]]:
    """Decode one frame with the best installed decoder that manages, after a look at what the stream claims.

    Returns
    -------
    values : (H, W) or (H, W, 3)
        Stored pixels; colours as RGB.
    notes
        For `Radiograph.applied`.

    Raises
    ------
    UnreadableImage
        If the frame is damaged, or contradicts the header.
    MissingDecoder
        If no installed decoder knows the compression.
    UnsupportedImage
        If none exists.
    """
    decoder_of(name, dataset.file_meta.TransferSyntaxUID)
    stream = _stream(name, dataset, frame_index)
    notes = _true_syntax(name, dataset, stream)
    if stream is not None and not stream.has_end:
        notes += ("compressed pixels have no end marker",)
    syntax = dataset.file_meta.TransferSyntaxUID
    decoder = decoder_of(name, syntax)
    failures = []
    for plugin in _plugins(name, decoder.available_plugins, syntax, stream):
        try:
            values, _ = decoder.as_array(dataset, index=frame_index, decoding_plugin=plugin)
        except DICOM_DAMAGE as error:
            failures.append(str(error).splitlines()[-1].strip())
        else:
            return values, notes
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
    """Look into the frame, and refuse one that is damaged or contradicts the header before a decoder trusts either."""
    try:
        stream = look_into(get_frame(dataset.PixelData, frame_index, number_of_frames=dataset.NumberOfFrames))
    except DICOM_DAMAGE as error:
        raise cut_short(name, error) from error
    if dataset.file_meta.TransferSyntaxUID == RLELossless:
        return None
    if stream is None or not stream.is_sound:
        raise cut_short(name, "the compressed pixels have no sound header")
    # A JPEG height of 0 means that it stands behind the first scan (ITU-T T.81 B.2.5).
    found = (stream.height or dataset.Rows, stream.width, stream.n_components)
    expected = (dataset.Rows, dataset.Columns, dataset.SamplesPerPixel)
    if found != expected:
        sizes = (" x ".join(map(str, size)) for size in (found, expected))
        raise cut_short(name, "compressed pixels are {}, the header says {}".format(*sizes))
    if not 0 < stream.precision <= dataset.BitsAllocated:
        depths = f"{stream.precision} bits, the header allows {dataset.BitsAllocated}"
        raise cut_short(name, f"compressed pixels have {depths}")
    return stream


def _true_syntax(name: str, dataset: FileDataset, stream: Codestream | None) -> tuple[str, ...]:
    """Believe the stream where it is of another kind than the header says."""
    given = dataset.file_meta.TransferSyntaxUID
    if stream is None or _family(UID(stream.transfer_syntax), stream) is _family(given, stream):
        return ()
    if not stream.transfer_syntax:
        raise UnsupportedImage(f"{name} is compressed in a rare kind of JPEG that cannot be read. Export it again.")
    dataset.file_meta.TransferSyntaxUID = UID(stream.transfer_syntax)
    return (f"compressed as {UID(stream.transfer_syntax).name}, not {given.name}",)


def _plugins(name: str, available: tuple[str, ...], syntax: UID, stream: Codestream | None) -> list[str]:
    """List the installed decoders that can read the stream, best first."""
    family = _family(syntax, stream) or _EIGHT_BIT
    usable = [plugin for plugin in family.plugins if plugin in available]
    if usable:
        return usable
    is_gpl = family.package == "pylibjpeg-libjpeg"
    licence = ", which is under the GPL and therefore not installed with this program" if is_gpl else ""
    depth = f" with {stream.precision} bits" if stream else ""
    raise MissingDecoder(
        f"{name} is compressed as {syntax.name}{depth}. That needs the decoder {family.package}{licence}. "
        f"Install it with: pip install {family.package}"
    )


def _family(syntax: UID, stream: Codestream | None) -> _Family | None:
    """Choose the decoders for a transfer syntax; JPEG's lossy processes by the depth of the stream."""
    if syntax in (JPEGBaseline8Bit, JPEGExtended12Bit):
        return _TWELVE_BIT if stream is not None and stream.precision > 8 else _EIGHT_BIT
    family = next((family for syntaxes, family in _FAMILIES.items() if syntax in syntaxes), None)
    is_colour = family is _OPENJPEG and stream is not None and stream.n_components > 1
    return _OPENJPEG_COLOUR if is_colour else family


for _syntax in imagecodecs_plugin.SYNTAXES:
    get_decoder(_syntax).add_plugin(imagecodecs_plugin.LABEL, (imagecodecs_plugin.__name__, "decode_frame"))
