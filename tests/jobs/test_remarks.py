"""Tests of napari_kdland.jobs.remarks."""

import numpy as np
import pytest

from napari_kdland.anatomy import Regions
from napari_kdland.images.radiograph import Spacing
from napari_kdland.jobs.freezing import FrozenData, FrozenImage
from napari_kdland.jobs.remarks import masks_and_spacings, seen_in_training
from napari_kdland.project import Project
from tests.makers import a_project, a_tiny_recipe


@pytest.fixture
def project(tmp_path):
    path = a_project(tmp_path, train=2, val=1, test=3, pool=0, labelled=2)
    manifest = path / "project.toml"
    regions = 'regions = [{ name = "upper", bit = 1 }]\n'
    manifest.write_text(manifest.read_text().replace("landmarks = [", f"{regions}landmarks = [", 1))
    with Project.open(path) as project:
        yield project


def names_of(project, split):
    return [record.name for record in project.records.page(0, -1, split=split)]


def train(project, run, *, labelled=(), validation=(), teachers=()):
    hashes = {record.name: record.content_hash for record in project.records.page(0, -1)}
    record = project.runs.create(run, recipe=a_tiny_recipe(), teachers=list(teachers))
    parts = [tuple(FrozenImage(hashes[name]) for name in part) for part in (labelled, validation)]
    FrozenData(parts[0], (), parts[1]).write(record.folder)


def test_a_run_that_was_trained_on_images_measured_is_named_with_their_number(project):
    test = names_of(project, "test")
    train(project, "honest", labelled=names_of(project, "train"))
    train(project, "leaky", labelled=test[:1])
    train(project, "chosen", validation=test)

    said = seen_in_training(project, ["honest", "leaky", "chosen"], test, "test")

    assert said == (
        "leaky was trained on 1 of the 3 images measured: its figures say little of new images.",
        "chosen was trained on all 3 images measured: its figures say little of new images.",
    )


def test_a_run_whose_teacher_or_its_teacher_saw_them_is_named_too(project):
    test = names_of(project, "test")
    train(project, "grand", labelled=test[:2])
    train(project, "teacher", teachers=["grand"])
    train(project, "student", teachers=["teacher"])

    assert seen_in_training(project, ["student"], test, "test") == (
        "student learnt from grand, which was trained on 2 of the 3 images measured: its figures say little of new "
        "images.",
    )


def test_images_that_weights_were_chosen_on_are_no_remark_on_val(project):
    val = names_of(project, "val")
    train(project, "chosen", validation=val)

    assert seen_in_training(project, ["chosen"], val, "val") == ()


def test_a_run_that_kept_no_list_of_its_images_is_no_reason_to_fail(project):
    project.runs.create("bare", recipe=a_tiny_recipe())

    assert seen_in_training(project, ["bare"], names_of(project, "test"), "test") == ()


def test_images_without_masks_and_missing_spacings_are_told(project):
    records = project.records.page(0, -1, split="test")
    names = project.scheme.region_names
    for record in records[:2]:
        regions = Regions(names, np.ones((1, 80, 96), dtype=bool), np.ones(1, dtype=bool))
        project.masks.save(record.image_id, regions, reader="A")
    project.records.set_spacing([records[0].image_id], Spacing(0.5, 0.5, "user"))

    assert masks_and_spacings(project, "test") == (
        f"Without region masks, and so in no figure of regions: 1 image ({records[2].name}).",
        "1 of the 2 images with region masks have no pixel spacing, so distances of regions are in pixels.",
    )
