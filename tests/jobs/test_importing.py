"""Tests of napari_kdland.jobs.importing."""

import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.jobs import SideFiles, import_images
from napari_kdland.project import Project
from tests.makers import a_picture, a_scheme, dots


@pytest.fixture
def empty(tmp_path):
    path = tmp_path / "empty.kdland"
    Project.create(path, a_scheme()).close()
    return path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for index in range(3):
        a_picture(folder / f"dots_{index}.png", dots(index), seed=index)
    return folder


def test_a_folder_of_images_enters_the_project(empty, folder):
    result = events.run(import_images(empty, [folder]))

    with Project.open(empty) as project:
        names = [record.name for record in project.records.page(0, -1, split="train")]
    assert result.added == tuple(names) == ("dots_0.png", "dots_1.png", "dots_2.png")


def test_a_file_that_cannot_be_read_is_left_out_and_the_others_enter(empty, folder):
    (folder / "broken.png").write_bytes((folder / "dots_0.png").read_bytes()[:200])

    result = events.run(import_images(empty, [folder]))

    assert len(result.added) == 3
    assert [one.path.name for one in result.skipped] == ["broken.png"]


def test_equal_pixels_enter_once_and_both_files_are_named(empty, folder):
    (folder / "twin.png").write_bytes((folder / "dots_1.png").read_bytes())

    result = events.run(import_images(empty, [folder]))

    (left_out,) = result.skipped
    assert "twin.png" in left_out.reason
    assert "dots_1.png" in left_out.reason


def test_landmarks_and_splits_come_with_the_images(empty, folder, tmp_path):
    landmarks = tmp_path / "landmarks.csv"
    landmarks.write_text("image,landmark,x,y\ndots_0.png,dot_1,12.25,40.5\n")
    splits = tmp_path / "split.csv"
    splits.write_text("image,split,label_rank\ndots_0.png,train,1\ndots_2.png,test,\n")

    result = events.run(import_images(empty, [folder], side_files=SideFiles(landmarks=landmarks, split=splits)))

    with Project.open(empty) as project:
        record = project.records.find("dots_0.png")
        point = project.annotations.current(record.image_id)["dot_1"]
        assert project.records.find("dots_2.png").split == "test"
    assert result.n_annotations == 1
    np.testing.assert_array_equal(point, [40.5, 12.25])


def test_a_wrong_landmark_file_keeps_the_images_and_takes_no_landmark(empty, folder, tmp_path):
    landmarks = tmp_path / "landmarks.csv"
    landmarks.write_text("image,landmark,x,y\ndots_0.png,dot_1,12,40\nnobody.png,dot_1,1,1\n")

    with pytest.raises(AnnotationError, match="nobody"):
        events.run(import_images(empty, [folder], side_files=SideFiles(landmarks=landmarks)))

    with Project.open(empty) as project:
        assert project.records.count() == 3
        assert project.annotations.labelled_ids() == []


def test_a_folder_without_images_is_answered(empty, tmp_path):
    nothing = tmp_path / "nothing"
    nothing.mkdir()

    with pytest.raises(UsageError, match="Found no image in"):
        events.run(import_images(empty, [nothing]))


def test_an_import_that_is_closed_keeps_what_is_in_by_then(empty, folder):
    job = import_images(empty, [folder])
    while not isinstance(next(job), events.Advanced):
        pass
    job.close()

    with Project.open(empty) as project:
        assert project.records.count() == 1


def test_an_image_of_a_patient_who_stands_in_validation_joins_the_others_there(empty, tmp_path):
    from napari_kdland.phantom import make_phantom, write_dicom

    for visit in range(2):
        write_dicom(make_phantom(3, (96, 96), visit=visit), tmp_path / f"{visit}.dcm", patient_id="P", study=str(visit))
    events.run(import_images(empty, [tmp_path / "0.dcm"], into="val"))

    events.run(import_images(empty, [tmp_path / "1.dcm"]))

    with Project.open(empty) as project:
        assert project.records.find("1.dcm").split == "val"


def test_an_image_that_would_enter_a_frozen_test_split_is_left_out(empty, folder):
    events.run(import_images(empty, [folder / "dots_0.png"], into="test"))
    with Project.open(empty) as project:
        project.splits.freeze_test()

    result = events.run(import_images(empty, [folder / "dots_1.png"], into="test"))

    assert result.added == ()
    assert "frozen" in result.skipped[0].reason
