"""Tests of napari_kdland.jobs.importing_datasets.adding."""

import pytest

from napari_kdland.errors import UnsupportedImage
from napari_kdland.images import read
from napari_kdland.jobs.importing_datasets.adding import all_or_none
from napari_kdland.project import DuplicateImage, PartedPatient, Project
from tests.makers import a_picture, a_scheme, dots


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "p.kdland", a_scheme()) as project:
        yield project


@pytest.fixture
def pictures(tmp_path):
    return [a_picture(tmp_path / f"case_{index}.png", dots(index), seed=index) for index in range(3)]


def add_all(project, paths, split="val"):
    with all_or_none(project, case="case", patient="P", split=split) as newcomers:
        for path in paths:
            newcomers.add(read(path), path)


def test_images_of_a_case_enter_together_as_one_patient(project, pictures):
    add_all(project, pictures)

    records = project.records.page()
    assert {record.split for record in records} == {"val"}
    assert len({record.patient_group for record in records}) == 1


def test_an_error_takes_all_of_them_out_again(project, pictures):
    (pictures[0].parent / "case_9.png").write_bytes(pictures[0].read_bytes())

    with pytest.raises(DuplicateImage, match=r"case_9\.png has the same pixels"):
        add_all(project, [*pictures, pictures[0].parent / "case_9.png"])

    assert project.records.count() == 0


def test_an_error_leaves_what_was_there_before(project, pictures):
    before = project.records.add(read(pictures[0]), pictures[0], split="train", patient="P")

    with pytest.raises(PartedPatient, match="same patient"):
        add_all(project, pictures, split="test")

    assert project.records.page() == [before]


def test_a_file_that_changed_since_it_was_imported_is_named(project, pictures):
    project.records.add(read(pictures[0]), pictures[0])
    a_picture(pictures[0], dots(9), seed=9)

    with pytest.raises(UnsupportedImage, match=r"case_0\.png is in the project with other pixels"):
        add_all(project, pictures)
