"""Tests of napari_kdland.jobs.studying.subsets."""

from pathlib import Path

import pytest

from napari_kdland.errors import TrainingError
from napari_kdland.jobs.studying.subsets import Cell, Subsets
from napari_kdland.project import Project
from tests.makers import a_project, a_tiny_recipe, annotate, dots


def labelled(project: Project, cell: Cell) -> tuple[str, ...]:
    return tuple(image.content_hash for image in Subsets(project).data(cell, a_tiny_recipe()).labelled)


def test_labels_are_those_of_the_lowest_rank(tmp_path: Path):
    with Project.open(a_project(tmp_path, train=6, labelled=6)) as project:
        records = project.records.page(0, -1, split="train")
        for rank, record in enumerate(reversed(records), start=1):
            project.splits.assign(record.image_id, "train", label_rank=rank)

        assert labelled(project, Cell(2)) == (records[5].content_hash, records[4].content_hash)


def test_draws_differ_and_those_of_one_seed_are_nested(tmp_path: Path):
    with Project.open(a_project(tmp_path, train=8, labelled=8)) as project:
        few, more, other = (set(labelled(project, cell)) for cell in (Cell(2, 1), Cell(5, 1), Cell(5, 2)))

    assert few < more
    assert more != other


def test_labels_that_are_not_drawn_are_not_read_but_their_images_stay(tmp_path: Path):
    with Project.open(a_project(tmp_path, train=5, labelled=4, pool=2)) as project:
        data = Subsets(project).data(Cell(3, 1), a_tiny_recipe())

    assert [len(data.labelled), len(data.unlabelled), len(data.validation)] == [3, 4, 2]
    assert [image.landmarks for image in data.unlabelled] == [None] * 4
    assert len(set(data.hashes)) == 9


@pytest.mark.parametrize("cell", [Cell(4), Cell(4, 7)])
def test_more_labels_than_there_are_is_said(tmp_path: Path, cell: Cell):
    with (
        Project.open(a_project(tmp_path, train=5, labelled=3)) as project,
        pytest.raises(TrainingError, match=r"has 3 annotated images in its train split; 4 .*Ask for 1 to 3"),
    ):
        labelled(project, cell)


def test_the_fingerprint_tells_changed_labels(tmp_path: Path):
    with Project.open(a_project(tmp_path)) as project:
        before = Subsets(project).fingerprint(Cell(2), a_tiny_recipe())
        again = Subsets(project).fingerprint(Cell(2), a_tiny_recipe())

        for record in project.records.page(0, -1, split="train"):
            annotate(project, record.image_id, dots(77))

        assert before == again
        assert Subsets(project).fingerprint(Cell(2), a_tiny_recipe()) != before


def test_labels_changed_during_a_study_do_not_reach_it(tmp_path: Path):
    with Project.open(a_project(tmp_path)) as project:
        subsets = Subsets(project)
        before = subsets.data(Cell(2), a_tiny_recipe())

        for record in project.records.page(0, -1, split="train"):
            annotate(project, record.image_id, dots(77))

        assert subsets.data(Cell(2), a_tiny_recipe()) is before
