"""Tests of napari_kdland.jobs.freezing."""

import numpy as np
import pytest

from napari_kdland.anatomy import LandmarkState, Origin, Regions
from napari_kdland.errors import RunError, TrainingError
from napari_kdland.jobs.freezing import FrozenData, FrozenMask, freeze
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


def draw(project, image_id, *known):
    """Save a mask in which each of `known` is a block of its own."""
    entries = project.scheme.regions
    size = project.records.get(image_id).size
    bits = np.zeros(size, dtype=np.uint16)
    for index, entry in enumerate(entry for entry in entries if entry.name in known):
        bits[8 * index : 8 * index + 6] = entry.bit
    return project.masks.save(image_id, Regions.from_bits(bits, entries), reader="A")


@pytest.fixture
def chest(tmp_path):
    """A project of five images: 1 has landmarks, 2 a mask, 3 both; 4 is for validation with a mask, 5 in the pool."""
    path = a_project(tmp_path, train=3, val=1, test=1, pool=1, labelled=0)
    manifest = path / "project.toml"
    text = manifest.read_text().replace(
        "landmarks = [", 'regions = [{ name = "lung", bit = 1 }, { name = "heart", bit = 2 }]\nlandmarks = [', 1
    )
    manifest.write_text(text)
    with Project.open(path) as project:
        names = {name: project.records.find(f"dots_0{index}.png").image_id for index, name in enumerate("abcvtp")}
        for name in "ac":
            annotate(project, names[name], dots(0))
        for name in "bcv":
            draw(project, names[name], "lung")
        draw(project, names["t"], "lung", "heart")
        yield project


@pytest.mark.parametrize(
    ("heads", "labelled", "validation"),
    [
        (("landmarks",), {"dots_00.png", "dots_02.png"}, {"dots_03.png"}),
        (("regions",), {"dots_01.png", "dots_02.png"}, {"dots_03.png"}),
        (("landmarks", "regions"), {"dots_00.png", "dots_01.png", "dots_02.png"}, {"dots_03.png"}),
    ],
)
def test_an_image_is_labelled_where_it_has_what_the_heads_train(chest, heads, labelled, validation):
    names = {record.content_hash: record.name for record in chest.records.page(0, -1)}

    data = freeze(chest, labels=None, seed=0, heads=heads)

    assert {names[image.content_hash] for image in data.labelled} == labelled
    assert {names[image.content_hash] for image in data.validation} == validation


def test_labels_of_the_kind_that_is_not_trained_are_not_read(chest):
    points = freeze(chest, labels=None, seed=0)
    masks = freeze(chest, labels=None, seed=0, heads=("regions",))

    assert all(image.mask is None for image in (*points.labelled, *points.validation))
    assert all(image.landmarks.n_known == 0 for image in masks.labelled)


def test_masks_are_frozen_by_their_content_with_what_is_known(chest, tmp_path):
    before = chest.masks.current([2])[2]
    data = freeze(chest, labels=None, seed=0, heads=("regions",))
    draw(chest, 2, "heart")

    data.write(tmp_path)
    read = FrozenData.read(tmp_path)

    masks = {image.content_hash: image.mask for image in read.labelled}
    assert masks[chest.records.get(2).content_hash] == FrozenMask(before.sha256, ("lung",))
    assert read == data


def test_a_models_mask_is_no_label(chest):
    regions = chest.masks.load(2)
    chest.masks.save(1, regions, reader="run", origin=Origin("teacher", "run"))

    alone = freeze(chest, labels=None, seed=0, heads=("regions",))
    both = freeze(chest, labels=None, seed=0, heads=("landmarks", "regions"))

    own = chest.records.get(1).content_hash
    assert own not in {image.content_hash for image in alone.labelled}
    assert [image.mask for image in both.labelled if image.content_hash == own] == [None]


def test_every_image_carries_the_further_channels_that_it_has(chest, tmp_path):
    pool = chest.records.page(0, -1, split="pool")[0]
    chest.channels.set_many({image_id: {"bone": (tmp_path / "b.png", None)} for image_id in (1, pool.image_id)})

    data = freeze(chest, labels=None, seed=0)
    data.write(tmp_path)

    found = {image.content_hash: image.channels for part in (data.labelled, data.unlabelled) for image in part}
    assert {key for key, channels in found.items() if channels == ("bone",)} == {
        chest.records.get(1).content_hash,
        pool.content_hash,
    }
    assert FrozenData.read(tmp_path) == data


def test_too_few_masks_are_counted_as_masks(chest):
    with pytest.raises(TrainingError, match="has 2 images with region masks in its train split; 3 are to be trained"):
        freeze(chest, labels=3, seed=0, heads=("regions",))
    with pytest.raises(TrainingError, match="has 3 images with landmarks or region masks"):
        freeze(chest, labels=4, seed=0, heads=("regions", "landmarks"))


def test_no_mask_of_the_test_split_gets_into_a_training(chest):
    (test,) = chest.records.page(0, -1, split="test")

    data = freeze(chest, labels=None, seed=0, heads=("landmarks", "regions"))

    assert test.content_hash not in data.hashes
    assert chest.masks.current([test.image_id])[test.image_id].sha256 not in {
        image.mask.sha256 for image in data.labelled if image.mask
    }


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


def accept(project, image_id, *landmarks):
    for name in landmarks:
        words = (image_id, name, LandmarkState.PLACED, (30.0, 30.0))
        project.annotations.edit(*words, reader="A", origin=Origin("student", "small"))


def test_accepted_predictions_are_trained_on_and_known_as_such_also_from_the_disk(tmp_path):
    with Project.open(a_project(tmp_path, train=2, val=1, test=0, pool=0, labelled=1)) as project:
        accept(project, 2, "dot_0", "dot_2")
        frozen = freeze(project, labels=None, seed=0)

    frozen.write(tmp_path)
    assert FrozenData.read(tmp_path) == frozen
    assert [image.accepted for image in frozen.labelled if image.accepted] == [("dot_0", "dot_2")]
    assert sorted(image.landmarks.n_known for image in frozen.labelled) == [2, 3]


def test_no_run_is_validated_on_what_a_run_predicted(tmp_path):
    with Project.open(a_project(tmp_path, train=1, val=2, test=0, pool=1, labelled=1)) as project:
        accept(project, 2, "dot_0")
        accept(project, 4, "dot_0")
        project.annotations.edit(2, "dot_0", LandmarkState.NOT_YET, None, reader="A")
        accept(project, 2, "dot_0")
        project.splits.assign(4, "val")

        validation = freeze(project, labels=None, seed=0).validation

    assert sorted(image.landmarks.n_known for image in validation) == [2, 3]
    assert not any(image.accepted for image in validation)
