import pytest

from napari_kdland.errors import UsageError
from napari_kdland.project import ImageNames


def names(*paths: str) -> ImageNames:
    taken: set[str] = set()
    entries = []
    for number, path in enumerate(paths, 1):
        name = path.rpartition("/")[2]
        name = path.strip("/") if name in taken else name
        taken.add(name)
        entries.append((number, name, path))
    return ImageNames(entries)


@pytest.mark.parametrize(
    "text", ["ws_001.dcm", "ws_001", "ws_001.png", "WS/ws_001.dcm", "images\\ws_001.dcm", " ws_001.dcm ", "./ws_001"]
)
def test_an_image_is_known_by_name_with_and_without_folder_and_ending(text: str):
    assert names("/data/ws_001.dcm", "/data/ws_002.dcm").match(text) == 1


@pytest.mark.parametrize("text", ["case.nii.gz#7", "case#7", "case#7.png"])
def test_a_slice_is_known_by_the_file_and_its_number(text: str):
    assert names("/data/case.nii.gz#6", "/data/case.nii.gz#7").match(text) == 2


def test_the_exact_name_counts_before_anything_else():
    assert names("/data/a/001.dcm", "/data/b/001.dcm").match("001.dcm") == 1


@pytest.mark.parametrize(("text", "image_id"), [("b/001.dcm", 2), ("a/001.dcm", 1), ("b/001", 2), ("b/001.png", 2)])
def test_folders_tell_images_of_one_name_apart(text: str, image_id: int):
    assert names("/data/a/001.dcm", "/data/b/001.dcm").match(text) == image_id


def test_a_name_that_fits_several_images_is_refused_naming_them():
    with pytest.raises(UsageError, match=r"'001' fits 2 images: 001\.dcm, data/b/001\.dcm\. Write the name as it is"):
        names("/data/a/001.dcm", "/data/b/001.dcm").match("001")


def test_one_stem_with_two_endings_is_refused_without_the_ending():
    with pytest.raises(UsageError, match=r"'x' fits 2 images: x\.dcm, x\.png"):
        names("/data/x.dcm", "/data/x.png").match("x")


def test_an_unknown_name_is_answered_with_those_close_to_it():
    with pytest.raises(UsageError, match=r"no image 'ws_0001'\. Close to it: ws_001\.dcm"):
        names("/data/ws_001.dcm", "/data/other.dcm").match("ws_0001")


def test_a_name_unlike_any_other_says_so():
    with pytest.raises(UsageError, match=r"no image 'zzz'\. No name comes close"):
        names("/data/ws_001.dcm").match("zzz")


@pytest.mark.parametrize("text", ["", "  ", "/"])
def test_an_empty_name_names_nothing(text: str):
    with pytest.raises(UsageError, match="no image"):
        names("/data/ws_001.dcm").match(text)


def test_the_last_number_of_a_dicom_uid_is_no_ending():
    known = names("/data/1.2.840.10", "/data/1.2.840.11")

    assert known.match("1.2.840.11") == 2
    with pytest.raises(UsageError, match=r"no image '1\.2\.840'"):
        known.match("1.2.840")


def test_the_double_ending_of_nifti_is_one_ending():
    assert names("/data/scan.nii.gz").match("scan") == 1


def test_a_number_gives_its_name_back():
    assert names("/data/ws_001.dcm").name_of(1) == "ws_001.dcm"
