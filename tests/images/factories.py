"""Small image files for the reader's tests, written here so that no test needs a real one."""

import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from hypothesis import settings
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    generate_uid,
)

# For properties that write files; no deadline, since it would measure how busy the machine is.
few_examples = settings(max_examples=40, deadline=None)

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def a_gradient(height: int = 6, width: int = 8, top: int = 4000, dtype: Any = np.uint16) -> np.ndarray:
    """A picture in which every pixel differs from its neighbours, from 0 to `top`."""
    return np.linspace(0, top, height * width).reshape(height, width).round().astype(dtype)


def a_dataset(stored: np.ndarray, **elements: Any) -> Dataset:
    """A CR image of these stored pixels; `None` as a value takes an element away."""
    allocated = stored.dtype.itemsize * 8
    dataset = Dataset()
    dataset.SOPClassUID = ComputedRadiographyImageStorage
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=["test"])
    dataset.Modality = "CR"
    dataset.SamplesPerPixel = 3 if stored.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if stored.ndim == 3 else "MONOCHROME2"
    if stored.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = stored.shape[:2]
    dataset.BitsAllocated = dataset.BitsStored = allocated
    dataset.HighBit = allocated - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.PixelData = stored.astype(stored.dtype.newbyteorder("<")).tobytes() + b"\0" * (stored.nbytes % 2)
    dataset["PixelData"].VR = "OB" if allocated == 8 else "OW"
    if "BitsStored" in elements:
        elements.setdefault("HighBit", max(0, (elements["BitsStored"] or allocated) - 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for keyword, value in elements.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
    return dataset


def write_dicom(path: Path, stored: np.ndarray, *, syntax: str = ExplicitVRLittleEndian, **elements: Any) -> Path:
    """Write a CR image and give its path."""
    if syntax == ExplicitVRBigEndian:
        elements.setdefault("PixelData", stored.astype(stored.dtype.newbyteorder(">")).tobytes())
    return save(path, a_dataset(stored, **elements), syntax)


def save(path: Path, dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write a data set with preamble and file meta."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", ComputedRadiographyImageStorage)
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "1.2.3")
    uid = UID(syntax)
    file = FileDataset(str(path), dataset, b"\0" * 128, meta, uid.is_implicit_VR, uid.is_little_endian)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file.save_as(path, enforce_file_format=True)
    return path


def write_bare_dicom(path: Path, stored: np.ndarray, *, is_implicit: bool = True, **elements: Any) -> Path:
    """Write a data set as before 1993: no preamble, no file meta."""
    a_dataset(stored, **elements).save_as(path, implicit_vr=is_implicit, little_endian=True)
    return path


def write_compressed(path: Path, stored: np.ndarray, syntax: str, **elements: Any) -> Path:
    """Write a CR image compressed as RLE or JPEG 2000; the latter wants 32 pixels a side at least."""
    dataset = dcmread(write_dicom(path, stored, **elements))
    # GDCM, which pydicom would try first, aborts the whole process on some images when it encodes RLE.
    dataset.compress(UID(syntax), encoding_plugin="pylibjpeg", generate_instance_uid=False)
    dataset.save_as(path)
    return path


def write_frames(path: Path, frames: list[bytes], stored: np.ndarray, syntax: str, **elements: Any) -> Path:
    """Write ready-made compressed frames under the header of `stored`."""
    dataset = a_dataset(stored, **elements)
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return save(path, dataset, syntax)


def write_baseline(path: Path, stored: np.ndarray, **elements: Any) -> Path:
    """Write an 8-bit CR image as JPEG Baseline."""
    return write_frames(path, [jpeg_bytes(stored)], stored, JPEGBaseline8Bit, **elements)


def jpeg_bytes(stored: np.ndarray, **options: Any) -> bytes:
    buffer = BytesIO()
    Image.fromarray(stored).save(buffer, "JPEG", quality=100, subsampling=0, **options)
    return buffer.getvalue()


def a_lut(values: list[int], *, first: int = 0, bits: int = 16) -> Dataset:
    """One item of ModalityLUTSequence or VOILUTSequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(values) % 65536, first % 65536, bits])
    item.add_new("LUTData", "US", values)
    return item


def an_item(**elements: Any) -> Dataset:
    """A data set of these elements, valid or not."""
    item = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for keyword, value in elements.items():
            setattr(item, keyword, value)
    return item


def a_sequence(*items: Dataset) -> Sequence:
    return Sequence(items)


# Right to left, front to back, feet to head: the axes of `a_volume`, in which nothing has to be turned but the order.
LPS = np.diag([-2.0, -3.0, 5.0, 1.0])


def a_volume(shape: tuple[int, int, int] = (6, 5, 4), dtype: Any = np.int16) -> np.ndarray:
    """A volume (x, y, z) in which every voxel differs from all others."""
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def write_nifti(path: Path, stored: np.ndarray, affine: np.ndarray = LPS, **fields: Any) -> Path:
    """Write stored numbers as NIfTI-1; `fields` are fields of its header, set last."""
    image = nibabel.Nifti1Image(stored, affine, dtype=stored.dtype)
    image.header.set_xyzt_units("mm")
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    return set_header(path, **fields) if fields else path


def set_header(path: Path, **fields: Any) -> Path:
    """Change fields of a NIfTI-1 file that is not compressed, to whatever value."""
    data = bytearray(path.read_bytes())
    header = nibabel.Nifti1Header(bytes(data[:348]), check=False)
    for field, value in fields.items():
        header[field] = value
    data[:348] = header.binaryblock
    path.write_bytes(data)
    return path


def png_bytes(samples: np.ndarray, filters: list[int] | None = None, *, interlace: int = 0) -> bytes:
    """Encode (H, W, channels) 16-bit samples as PNG, line y filtered with `filters[y]`."""
    height, width, n_channels = samples.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[n_channels]
    raw = samples.astype(">u2").view(np.uint8).reshape(height, width, 2 * n_channels).astype(np.int64)
    padded = np.zeros((height + 1, width + 1, 2 * n_channels), dtype=np.int64)
    padded[1:, 1:] = raw
    left, up, corner = padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
    guesses = [np.zeros_like(raw), left, up, (left + up) // 2, _paeth(left, up, corner)]
    kinds = filters or [0] * height
    lines = b"".join(
        bytes([kind]) + ((raw[y] - guesses[kind][y]) % 256).astype(np.uint8).tobytes() for y, kind in enumerate(kinds)
    )
    return png_of((height, width), colour, lines, interlace=interlace)


def png_of(size: tuple[int, int], colour: int, lines: bytes, *, interlace: int = 0) -> bytes:
    """Wrap filtered 16-bit lines as PNG; `colour` is the standard's colour type."""
    header = struct.pack(">IIBBBBB", size[1], size[0], 16, colour, 0, 0, interlace)
    return PNG_SIGNATURE + a_chunk(b"IHDR", header) + a_chunk(b"IDAT", zlib.compress(lines)) + a_chunk(b"IEND", b"")


def a_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _paeth(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    estimate = left + up - corner
    distances = np.stack([abs(estimate - left), abs(estimate - up), abs(estimate - corner)])
    return np.choose(distances.argmin(axis=0), [left, up, corner])
