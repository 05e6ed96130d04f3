import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from napari_kdland.errors import UnreadableImage, UnsupportedImage
from napari_kdland.images import FORMATS, formats, is_candidate, read
from tests.images.factories import a_gradient, png_bytes, write_bare_dicom, write_dicom


@pytest.mark.parametrize("entry", FORMATS, ids=lambda entry: entry.name)
def test_every_format_on_the_menu_has_a_reader_with_the_same_arguments(entry):
    reader = entry.resolve()

    assert list(inspect.signature(reader).parameters) == ["path", "frame"]
    assert entry.summary
    assert entry.endings == tuple(ending.lower() for ending in entry.endings)


def test_listing_the_menu_loads_no_decoder():
    decoders = ("pydicom", "gdcm", "PIL", "tifffile", "imageio", "scipy", "nibabel")
    code = (
        "import sys; from napari_kdland.images import FORMATS, read, find_images, normalised;"
        f"print([name for name in {decoders} if name in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"


def test_the_first_bytes_count_more_than_the_ending(tmp_path):
    path = tmp_path / "really_a_png.dcm"
    path.write_bytes(png_bytes(a_gradient()[..., None]))

    assert read(path).bits == 16
    assert read(path).modality == ""


@pytest.mark.parametrize("is_implicit", [True, False])
def test_a_dicom_file_without_preamble_and_ending_is_recognised(tmp_path, is_implicit):
    path = write_bare_dicom(tmp_path / "IM0001", a_gradient(), is_implicit=is_implicit)

    assert is_candidate(path)
    assert read(path).modality == "CR"


def test_a_path_may_be_given_as_text(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient(5, 7))

    assert read(str(path)).size == (5, 7)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UnreadableImage, match=r"gone\.dcm does not exist"):
        read(tmp_path / "gone.dcm")


def test_a_folder_is_no_image(tmp_path):
    with pytest.raises(UnreadableImage, match="is a folder"):
        read(tmp_path)


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "a.dcm").touch()

    with pytest.raises(UnreadableImage, match=r"a\.dcm is empty \(0 bytes\)"):
        read(tmp_path / "a.dcm")


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    path = write_dicom(tmp_path / "a.dcm", a_gradient())

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(UnreadableImage, match=r"a\.dcm cannot be opened: Permission denied"):
        read(path)


def test_a_file_that_is_no_image_lists_what_can_be_read(tmp_path):
    (tmp_path / "notes.txt").write_text("Nothing to see here, only words that go on for a while.")

    with pytest.raises(UnreadableImage, match=r"notes\.txt is not an image.*\.dcm.*\.png.*\.tif"):
        read(tmp_path / "notes.txt")


def test_a_huge_file_is_refused_before_it_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "MAX_FILE_BYTES", 100)

    with pytest.raises(UnsupportedImage, match="more than one radiograph can need"):
        read(write_dicom(tmp_path / "a.dcm", a_gradient()))


def test_a_damaged_file_with_a_known_ending_is_a_candidate(tmp_path):
    (tmp_path / "a.DCM").write_bytes(b"nonsense")

    assert is_candidate(tmp_path / "a.DCM")


@pytest.mark.parametrize("name", ["DICOMDIR", "list.csv", "README", "missing.png"])
def test_other_files_are_no_candidates(tmp_path, name):
    if name != "missing.png":
        (tmp_path / name).write_bytes(b"image,landmark,x,y" * 20)

    assert not is_candidate(tmp_path / name)


def test_a_very_short_file_is_no_candidate(tmp_path):
    (tmp_path / "x").write_bytes(b"\x08\0")

    assert not is_candidate(tmp_path / "x")
