import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydicom.uid import (
    JPEG2000,
    MPEG2MPML,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from napari_kdland.errors import MissingDecoder, UnreadableImage, UnsupportedImage
from napari_kdland.images import read
from napari_kdland.images.dicom import compressed
from tests.images.dicom.test_codestream import a_jpeg_header
from tests.images.factories import (
    a_gradient,
    few_examples,
    jpeg_bytes,
    write_baseline,
    write_compressed,
    write_dicom,
    write_frames,
)

BYTE_GRADIENT = a_gradient(16, 24, 250, np.uint8)


@few_examples
@given(
    size=st.tuples(st.integers(32, 40), st.integers(32, 40)),
    dtype=st.sampled_from([np.uint8, np.int8, np.uint16, np.int16]),
    seed=st.integers(0, 2**32),
    syntax=st.sampled_from([RLELossless, JPEG2000Lossless]),
)
def test_pixels_compressed_without_loss_are_those_stored(tmp_path_factory, size, dtype, seed, syntax):
    folder, limits = tmp_path_factory.getbasetemp(), np.iinfo(dtype)
    stored = np.random.default_rng(seed).integers(limits.min, limits.max, size, dtype, endpoint=True)

    plain = read(write_dicom(folder / "plain.dcm", stored))
    packed = read(write_compressed(folder / "packed.dcm", stored, syntax))

    assert_array_equal(packed.pixels, stored)
    assert packed.content_hash == plain.content_hash


def test_odd_depths_survive_compression(tmp_path):
    stored = a_gradient(32, 40, 1000)

    radiograph = read(write_compressed(tmp_path / "a.dcm", stored, JPEG2000Lossless, BitsStored=10))

    assert_array_equal(radiograph.pixels, stored)
    assert radiograph.bits == 10


def test_jpeg_baseline_is_read(tmp_path):
    radiograph = read(write_baseline(tmp_path / "a.dcm", BYTE_GRADIENT))

    assert_allclose(radiograph.pixels, BYTE_GRADIENT, atol=3)


def test_a_chosen_frame_of_a_compressed_file_is_read(tmp_path):
    frames = [jpeg_bytes(BYTE_GRADIENT), jpeg_bytes(BYTE_GRADIENT[::-1].copy())]
    path = write_frames(tmp_path / "a.dcm", frames, BYTE_GRADIENT, JPEGBaseline8Bit, NumberOfFrames=2)

    assert_allclose(read(path, frame=1).pixels, BYTE_GRADIENT[::-1], atol=3)


def test_a_missing_end_marker_is_said(tmp_path):
    path = write_frames(tmp_path / "a.dcm", [jpeg_bytes(BYTE_GRADIENT)[:-2]], BYTE_GRADIENT, JPEGBaseline8Bit)

    assert "compressed pixels have no end marker" in read(path).applied


def test_a_twelve_bit_jpeg_names_the_decoder_that_is_missing(tmp_path):
    header = a_jpeg_header(0xC1, precision=12, height=16, width=24)
    path = write_frames(tmp_path / "a.dcm", [header], BYTE_GRADIENT.astype(np.uint16), JPEGExtended12Bit, BitsStored=12)

    with pytest.raises(MissingDecoder, match=r"with 12 bits.*pylibjpeg-libjpeg, .*GPL.*pip install pylibjpeg-libjpeg"):
        read(path)


class ADecoder:
    """Stands for pydicom's decoder where other plugins are installed than here."""

    def __init__(self, *available, broken=()):
        self.available_plugins = available
        self.broken = broken
        self.tried = []

    def as_array(self, dataset, *, index, decoding_plugin):
        self.tried.append(decoding_plugin)
        if decoding_plugin in self.broken:
            raise RuntimeError(f"Unable to decode frame {index}\n  {decoding_plugin}: broken")
        return a_gradient(dataset.Rows, dataset.Columns), {}


def installed(monkeypatch, decoder):
    monkeypatch.setattr(compressed, "decoder_of", lambda *_: decoder)
    return decoder


def test_a_decoder_that_the_user_has_installed_is_used(tmp_path, monkeypatch):
    decoder = installed(monkeypatch, ADecoder("gdcm", "pylibjpeg", "pillow"))
    header = a_jpeg_header(0xC1, precision=12, height=16, width=24)

    read(write_frames(tmp_path / "a.dcm", [header], a_gradient(16, 24), JPEGExtended12Bit, BitsStored=12))

    assert decoder.tried == ["pylibjpeg"]


@pytest.mark.parametrize(
    ("syntax", "marker", "package"),
    [
        (JPEGLSLossless, 0xF7, "python-gdcm"),
        (JPEGLosslessSV1, 0xC3, "python-gdcm"),
        (JPEGBaseline8Bit, 0xC0, "pillow"),
    ],
)
def test_every_missing_decoder_has_a_name(tmp_path, monkeypatch, syntax, marker, package):
    installed(monkeypatch, ADecoder())
    header = a_jpeg_header(marker, precision=8, height=16, width=24)

    with pytest.raises(MissingDecoder, match=rf"needs the decoder {package}\. Install it with: pip install {package}"):
        read(write_frames(tmp_path / "a.dcm", [header], BYTE_GRADIENT, syntax))


def test_a_missing_decoder_for_jpeg_2000_has_a_name(tmp_path, monkeypatch):
    path = write_compressed(tmp_path / "a.dcm", a_gradient(32, 40), JPEG2000Lossless)
    installed(monkeypatch, ADecoder("gdcm"))

    with pytest.raises(MissingDecoder, match="pip install imagecodecs"):
        read(path)


def test_the_next_decoder_is_tried_where_one_fails(tmp_path, monkeypatch):
    path = write_compressed(tmp_path / "a.dcm", a_gradient(32, 40), JPEG2000Lossless)
    decoder = installed(monkeypatch, ADecoder("gdcm", "pillow", "pylibjpeg", broken=("pylibjpeg",)))

    read(path)

    assert decoder.tried == ["pylibjpeg", "pillow"]


def test_where_all_decoders_fail_each_says_why(tmp_path, monkeypatch):
    path = write_compressed(tmp_path / "a.dcm", a_gradient(32, 40), JPEG2000Lossless)
    installed(monkeypatch, ADecoder("pillow", "pylibjpeg", broken=("pylibjpeg", "pillow")))

    with pytest.raises(UnreadableImage, match=r"pylibjpeg: broken; pillow: broken"):
        read(path)


def test_a_stream_of_another_kind_than_the_header_says_is_believed(tmp_path):
    path = write_frames(tmp_path / "a.dcm", [jpeg_bytes(BYTE_GRADIENT)], BYTE_GRADIENT, JPEG2000)

    radiograph = read(path)

    assert_allclose(radiograph.pixels, BYTE_GRADIENT, atol=3)
    assert radiograph.applied[0].startswith("compressed as JPEG Baseline")


def test_a_rare_kind_of_jpeg_is_refused(tmp_path):
    header = a_jpeg_header(0xC9, precision=8, height=16, width=24)

    with pytest.raises(UnsupportedImage, match="rare kind of JPEG"):
        read(write_frames(tmp_path / "a.dcm", [header], BYTE_GRADIENT, JPEGBaseline8Bit))


@pytest.mark.parametrize("change", [{"precision": 40}, {"precision": 0}, {"n_components": 3}, {"scan": b"junk"}])
def test_a_stream_that_would_end_the_process_is_refused_before_it_is_decoded(tmp_path, change):
    header = a_jpeg_header(0xC3, **{"height": 16, "width": 24, **change})

    with pytest.raises(UnreadableImage, match=r"compressed pixels"):
        read(write_frames(tmp_path / "a.dcm", [header], a_gradient(16, 24), JPEGLosslessSV1))


def test_a_video_cannot_be_read(tmp_path):
    path = write_frames(tmp_path / "a.dcm", [b"\0\0\1\xb3" + bytes(60)], BYTE_GRADIENT, MPEG2MPML)

    with pytest.raises(UnsupportedImage, match=r"stored as MPEG2 Main Profile .* cannot be read"):
        read(path)


@pytest.mark.parametrize("header", [{"Rows": 17}, {"Columns": 23}])
def test_a_stream_of_another_size_than_the_header_is_refused(tmp_path, header):
    path = write_frames(tmp_path / "a.dcm", [jpeg_bytes(BYTE_GRADIENT)], BYTE_GRADIENT, JPEGBaseline8Bit, **header)

    with pytest.raises(UnreadableImage, match="compressed pixels are 16 x 24 x 1, the header says"):
        read(path)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGBaseline8Bit])
@pytest.mark.parametrize("frame", [b"\0\1", bytes(64)])
def test_a_frame_of_nonsense_is_an_error(tmp_path, syntax, frame):
    with pytest.raises(UnreadableImage, match=r"a\.dcm is damaged"):
        read(write_frames(tmp_path / "a.dcm", [frame], BYTE_GRADIENT, syntax))


def test_a_file_cut_off_within_its_compressed_pixels_says_so(tmp_path):
    path = write_compressed(tmp_path / "a.dcm", a_gradient(16, 24), RLELossless)
    path.write_bytes(path.read_bytes()[:-40])

    with pytest.raises(UnreadableImage, match="damaged, cut short"):
        read(path)
