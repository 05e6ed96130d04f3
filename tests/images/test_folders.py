import pytest

from napari_kdland.errors import UsageError
from napari_kdland.images import find_images
from tests.images.factories import a_gradient, write_bare_dicom, write_dicom


def test_folders_are_walked_to_the_bottom_in_order(tmp_path):
    (tmp_path / "b" / "deep").mkdir(parents=True)
    second = write_dicom(tmp_path / "b" / "2.dcm", a_gradient())
    third = write_bare_dicom(tmp_path / "b" / "deep" / "IM1", a_gradient())
    first = write_dicom(tmp_path / "1.dcm", a_gradient())

    assert find_images([tmp_path]) == [first, second, third]


def test_hidden_files_and_other_files_are_left_out(tmp_path):
    (tmp_path / ".cache").mkdir()
    for name in (".cache/a.dcm", ".b.dcm", "DICOMDIR", "labels.csv", "README.md"):
        write_dicom(tmp_path / name, a_gradient()) if name.endswith("dcm") else (tmp_path / name).write_text("x" * 200)
    kept = write_dicom(tmp_path / "c.dcm", a_gradient())

    assert find_images([tmp_path]) == [kept]


def test_a_file_named_by_the_user_stays_in_whatever_it_is(tmp_path):
    (tmp_path / "labels.csv").write_text("image,landmark")

    assert find_images([tmp_path / "labels.csv"]) == [tmp_path / "labels.csv"]


def test_a_file_named_twice_comes_once(tmp_path):
    path = write_dicom(tmp_path / "c.dcm", a_gradient())

    assert find_images([str(path), tmp_path, path]) == [path]


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no file or folder .*gone"):
        find_images([tmp_path / "gone"])
