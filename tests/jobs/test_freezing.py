"""Tests of napari_kdland.jobs.freezing."""

import pytest

from napari_kdland.errors import RunError, TrainingError
from napari_kdland.jobs.freezing import FrozenData, freeze
from napari_kdland.project import Project
from tests.makers import a_project, annotate, dots


def test_no_image_of_the_test_split_gets_into_a_training(tmp_path):
    with Project.open(a_project(tmp_path)) as project:
        test = {record.content_hash for record in project.records.page(0, -1, split="test")}

        data = freeze(project, labels=None, seed=0)

    assert len(test) == 2
    assert test.isdisjoint(data.hashes)


def test_training_images_beyond_the_labels_asked_for_lose_their_labels(tmp_path):
    with Project.open(a_project(tmp_path, train=4, pool=2, labelled=3)) as project:
        data = freeze(project, labels=2, seed=0)

    assert [len(part) for part in (data.labelled, data.unlabelled, data.validation)] == [2, 4, 2]
    assert all(image.landmarks is None for image in data.unlabelled)


def test_the_lowest_label_ranks_are_taken_first(tmp_path):
    with Project.open(a_project(tmp_path, labelled=3)) as project:
        records = project.records.page(0, 3, split="train")
        for rank, record in zip((3, 1, 2), records, strict=True):
            project.splits.assign(record.image_id, "train", rank)

        data = freeze(project, labels=2, seed=7)

    assert [image.content_hash for image in data.labelled] == [records[1].content_hash, records[2].content_hash]


def test_without_ranks_the_seed_draws_the_labelled_images(tmp_path):
    with Project.open(a_project(tmp_path, train=8, labelled=8)) as project:
        drawn = {seed: freeze(project, labels=3, seed=seed).hashes[:3] for seed in range(6)}
        again = freeze(project, labels=3, seed=2).hashes[:3]

    assert again == drawn[2]
    assert len(set(drawn.values())) > 1


@pytest.mark.parametrize("labels", [0, 4])
def test_asking_for_more_or_fewer_labels_than_there_are_names_how_many(tmp_path, labels):
    with (
        Project.open(a_project(tmp_path, labelled=3)) as project,
        pytest.raises(TrainingError, match="has 3 annotated images"),
    ):
        freeze(project, labels=labels, seed=0)


def test_the_copy_of_the_data_survives_the_disk(tmp_path):
    with Project.open(a_project(tmp_path / "project")) as project:
        data = freeze(project, labels=None, seed=0)

    data.write(tmp_path)
    read = FrozenData.read(tmp_path)

    assert read.hashes == data.hashes
    assert read.labelled[0].landmarks.states == data.labelled[0].landmarks.states
    assert (read.labelled[0].landmarks.points == data.labelled[0].landmarks.points).all()


def test_a_run_without_its_data_list_is_refused(tmp_path):
    with pytest.raises(RunError, match="cannot be read"):
        FrozenData.read(tmp_path)


def test_annotations_made_later_do_not_enter_the_copy(tmp_path):
    path = a_project(tmp_path / "project", labelled=1)
    with Project.open(path) as project:
        freeze(project, labels=None, seed=0).write(tmp_path)
        unlabelled = next(r for r in project.records.page(0, -1, split="train") if not r.n_known)
        annotate(project, unlabelled.image_id, dots(0))

    assert len(FrozenData.read(tmp_path).labelled) == 1
