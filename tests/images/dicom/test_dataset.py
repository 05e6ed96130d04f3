import pytest
from pydicom import dcmread
from pydicom.uid import (
    ComprehensiveSRStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    ParametricMapStorage,
    RLELossless,
    RTDoseStorage,
    SegmentationStorage,
)

from napari_kdland.errors import UnreadableImage, UnsupportedImage
from napari_kdland.images import read
from napari_kdland.images.dicom import dataset as dataset_module
from napari_kdland.images.dicom.dataset import open_dataset
from napari_kdland.images.silence import decoders_kept_quiet
from tests.images.factories import (
    a_dataset,
    a_gradient,
    save,
    write_bare_dicom,
    write_baseline,
    write_compressed,
    write_dicom,
)


def test_a_whole_file_needs_no_guess(tmp_path):
    dataset, notes = open_dataset(write_dicom(tmp_path / "a.dcm", a_gradient()))

    assert dataset.Rows == 6
    assert notes == ()


@pytest.mark.parametrize("is_implicit", [True, False])
def test_a_missing_file_meta_is_guessed_from_the_encoding(tmp_path, is_implicit):
    path = write_bare_dicom(tmp_path / "a", a_gradient(), is_implicit=is_implicit)

    dataset, notes = open_dataset(path)

    expected = ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian
    assert expected == dataset.file_meta.TransferSyntaxUID
    assert notes == (f"transfer syntax guessed: {expected.name}",)


def rewrite_syntax(path, uid):
    """Put another transfer syntax into the file meta and leave the rest as it is."""
    dataset = dcmread(path)
    whole, given = path.read_bytes(), dataset.file_meta.TransferSyntaxUID.encode()
    path.write_bytes(whole.replace(given, uid.encode().ljust(len(given), b"\0")[: len(given)], 1))
    return path


def test_a_compressed_stream_under_a_plain_header_is_recognised(tmp_path):
    stored = a_gradient(16, 16, 255, "uint8")
    path = rewrite_syntax(write_baseline(tmp_path / "a.dcm", stored), ExplicitVRLittleEndian)

    radiograph = read(path)

    assert radiograph.size == (16, 16)
    assert radiograph.applied[0].startswith("transfer syntax guessed: JPEG Baseline")


def test_plain_pixels_under_a_compressed_header_are_recognised(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient(), syntax=ExplicitVRLittleEndian)
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset["PixelData"].is_undefined_length = False
    with path.open("wb") as file:
        _write_as_it_is(file, dataset)

    radiograph = read(path)

    assert radiograph.pixels.max() == 4000
    assert radiograph.applied[0] == "transfer syntax guessed: Explicit VR Little Endian"


def _write_as_it_is(file, dataset):
    from pydicom.filebase import DicomFileLike
    from pydicom.filewriter import write_dataset, write_file_meta_info

    stream = DicomFileLike(file)
    stream.is_little_endian, stream.is_implicit_VR = True, False
    file.write(b"\0" * 128 + b"DICM")
    write_file_meta_info(stream, dataset.file_meta)
    write_dataset(stream, dataset)


def test_a_compressed_stream_that_says_nothing_is_not_guessed(tmp_path):
    path = write_compressed(tmp_path / "a.dcm", a_gradient(), RLELossless)

    with pytest.raises(UnreadableImage, match=r"transfer syntax .* no way to guess it"):
        read(rewrite_syntax(path, ExplicitVRLittleEndian[:19]))


def test_an_unknown_transfer_syntax_is_named(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient())

    with pytest.raises(UnsupportedImage, match=r"unknown transfer syntax 1\.2\.3\.4"):
        read(rewrite_syntax(path, "1.2.3.4"))


@pytest.mark.parametrize(
    ("sop_class", "words"),
    [(SegmentationStorage, "a segmentation"), (RTDoseStorage, "RTDOSE"), (ParametricMapStorage, "computed values")],
)
def test_other_objects_are_called_by_their_name(tmp_path, sop_class, words):
    with pytest.raises(UnsupportedImage, match=words):
        open_dataset(write_dicom(tmp_path / "a.dcm", a_gradient(), SOPClassUID=sop_class))


def test_a_report_holds_no_image(tmp_path):
    dataset = a_dataset(a_gradient(), SOPClassUID=ComprehensiveSRStorage, PixelData=None)

    with pytest.raises(UnsupportedImage, match=r"valid DICOM, but holds no image \(Comprehensive SR"):
        open_dataset(save(tmp_path / "a.dcm", dataset))


def test_floating_point_pixels_are_no_radiograph(tmp_path):
    dataset = a_dataset(a_gradient(), PixelData=None, FloatPixelData=bytes(192))

    with pytest.raises(UnsupportedImage, match="floating-point pixels"):
        open_dataset(save(tmp_path / "a.dcm", dataset))


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated", "PhotometricInterpretation"])
def test_a_header_that_lacks_what_the_pixels_need_names_it(tmp_path, keyword):
    with pytest.raises(UnreadableImage, match=rf"its header lacks {keyword}"):
        open_dataset(write_dicom(tmp_path / "a.dcm", a_gradient(), **{keyword: None}))


def test_a_text_file_with_the_ending_of_dicom_is_not_dicom(tmp_path):
    (tmp_path / "a.dcm").write_text("patient, image\n" * 30)

    with pytest.raises(UnreadableImage, match="not DICOM"), decoders_kept_quiet():
        open_dataset(tmp_path / "a.dcm")


@pytest.mark.parametrize("n_bytes", [140, 200, 400, 600])
def test_a_file_that_was_cut_off_in_its_header_says_so(tmp_path, n_bytes):
    path = write_dicom(tmp_path / "a.dcm", a_gradient())
    path.write_bytes(path.read_bytes()[:n_bytes])

    with pytest.raises((UnreadableImage, UnsupportedImage), match=r"a\.dcm"):
        read(path)


def test_a_deflated_file_is_read(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient(), syntax=DeflatedExplicitVRLittleEndian)

    assert read(path).pixels.max() == 4000


def test_a_deflated_file_that_swells_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(dataset_module, "MAX_PIXELS", 50_000)
    path = write_dicom(tmp_path / "a.dcm", a_gradient(400, 600), syntax=DeflatedExplicitVRLittleEndian)

    with pytest.raises(UnsupportedImage, match="inflates to more than"):
        open_dataset(path)


def test_a_deflated_file_that_is_damaged_says_so(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient(40, 60), syntax=DeflatedExplicitVRLittleEndian)
    path.write_bytes(path.read_bytes()[:-400])

    with pytest.raises(UnreadableImage, match=r"a\.dcm is damaged"):
        read(path)
