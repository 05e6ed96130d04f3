"""Tests of napari_kdland.jobs.doubting and cross_fitting."""

import json
import shutil

import imageio.v3 as imageio
import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.images import read
from napari_kdland.jobs import Inspection, find_doubts, flag_doubts, rank_images
from napari_kdland.project import Project
from tests.makers import a_project, a_tiny_recipe, annotate, dots

RECIPE = a_tiny_recipe("supervised", "training.steps=2")
PLAIN = Inspection(folds=0)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return a_project(tmp_path_factory.mktemp("doubt"), train=9, val=3, test=1, pool=1, labelled=9)


@pytest.fixture
def path(made, tmp_path):
    return shutil.copytree(made, tmp_path / "copy.kdland")


def test_a_copy_of_a_test_image_in_train_is_doubted_and_kept_as_a_queue(path, tmp_path):
    with Project.open(path) as project:
        test = project.records.page(0, 1, split="test")[0]
        pixels = imageio.imread(test.path)
        imageio.imwrite(tmp_path / "copy.png", (0.97 * pixels).astype(np.uint16))
        project.records.add(read(tmp_path / "copy.png"), tmp_path / "copy.png", split="train")

    doubts = events.run(find_doubts(path, PLAIN, tmp_path / "out"))

    leaks = [one for one in doubts.found if one.kind == "duplicate"]
    assert {one.image for one in leaks} == {test.name, "copy.png"}
    with Project.open(path, announce=False) as project:
        ranking = project.scores.find("doubtful-labels", ())
        kept = project.scores.page(ranking.ranking_id)
    assert {line.name for line in kept} == set(doubts.images) - {test.name}
    assert f"shows nearly the same as {test.name} (test)" in kept[0].reason
    assert json.loads((tmp_path / "out" / "doubts.json").read_text()) == doubts.to_json()


def test_doubted_images_are_flagged_with_the_reason_where_asked(path, tmp_path):
    with Project.open(path) as project:
        test = project.records.page(0, 1, split="test")[0]
        imageio.imwrite(tmp_path / "copy.png", (0.97 * imageio.imread(test.path)).astype(np.uint16))
        project.records.add(read(tmp_path / "copy.png"), tmp_path / "copy.png", split="train")
    doubts = events.run(find_doubts(path, PLAIN, tmp_path / "out"))

    count = flag_doubts(path, doubts, reader="B")

    with Project.open(path, announce=False) as project:
        flags = project.flags.of_images(project.flags.flagged_ids())
    assert count == len(flags) == len(doubts.images)
    assert any("shows nearly the same as" in flag.note for flag in flags.values())
    assert {flag.reader for flag in flags.values()} == {"B"}


def test_every_label_of_train_and_val_is_held_against_a_network_that_never_saw_it(path, tmp_path):
    seen = []

    events.run(find_doubts(path, Inspection(2, RECIPE), tmp_path / "out", device="cpu"), seen.append)

    folds = [json.loads((tmp_path / "out" / f"fold-{number}.json").read_text())["points"] for number in (0, 1)]
    with Project.open(path, announce=False) as project:
        wanted = {one.content_hash for split in ("train", "val") for one in project.records.page(0, -1, split=split)}
    assert folds[0].keys() | folds[1].keys() == wanted
    assert not folds[0].keys() & folds[1].keys()
    assert not [one for one in (tmp_path / "out").iterdir() if one.is_dir()]
    warnings = [event.message for event in seen if isinstance(event, events.Warned)]
    assert "1 images of test were not held against networks." in warnings


def test_folds_that_are_finished_are_not_trained_again_unless_a_label_changed(path, tmp_path):
    def n_trainings() -> int:
        seen = []
        events.run(find_doubts(path, Inspection(2, RECIPE), tmp_path / "out", device="cpu"), seen.append)
        return sum(isinstance(event, events.Started) and "Train" in event.title for event in seen)

    first, second = n_trainings(), n_trainings()
    with Project.open(path) as project:
        annotate(project, project.records.ids("train")[0], dots(77))

    assert (first > 0, second, n_trainings() > 0) == (True, 0, True)


def test_with_few_labels_it_is_said_what_was_not_looked_at(tmp_path):
    path = a_project(tmp_path, train=3, val=1, test=0, pool=0, labelled=3)

    doubts = events.run(find_doubts(path, Inspection(2, RECIPE), tmp_path / "out", device="cpu"))

    assert doubts.found == ()
    assert any("geometry was not looked at" in note for note in doubts.notes)
    assert any("4 images of train and val have landmarks; networks are held against" in note for note in doubts.notes)


def test_a_project_without_labels_has_none_to_doubt(tmp_path):
    path = a_project(tmp_path, train=2, val=0, test=0, pool=0, labelled=0)

    with pytest.raises(AnnotationError, match="No image of dots has landmarks"):
        events.run(find_doubts(path, PLAIN, tmp_path / "out"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"folds": 1, "recipe": RECIPE}, "wants 2 folds or more, or 0 for none; found 1"),
        ({"folds": 0, "threshold": 0}, "must be above 0"),
        ({"folds": 2}, "wants a recipe"),
        ({"folds": 2, "recipe": a_tiny_recipe("kd")}, "the recipe kd has a teacher"),
    ],
)
def test_an_inspection_that_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(UsageError, match=message):
        Inspection(**wrong)


def test_a_quick_look_keeps_what_networks_of_a_longer_look_doubted(path):
    out = path / "reports" / "doubts"
    with Project.open(path) as project:
        record = project.records.page(0, 1, split="train")[0]
        annotate(project, record.image_id, dots(0) + 20)
    events.run(find_doubts(path, Inspection(2, RECIPE), out, device="cpu"))
    with Project.open(path) as project:
        folds = [json.loads(file.read_text()) for file in out.glob("fold-*.json")]
        truth = project.annotations.labels([record.image_id])[record.image_id].points
        for fold in folds:  # networks that know every other label, and see this one far away
            for one in project.records.page(0, -1):
                if one.content_hash in fold["points"]:
                    points = project.annotations.labels([one.image_id])[one.image_id].points
                    moved = (
                        truth + 40 if one.image_id == record.image_id else points + np.random.default_rng(1).normal()
                    )
                    fold["points"][one.content_hash] = moved.tolist()
        for file, fold in zip(out.glob("fold-*.json"), folds, strict=True):
            file.write_text(json.dumps(fold))
        other = project.records.page(1, 1, split="train")[0]
        annotate(project, other.image_id, dots(1) + 0.5)  # a label that changed since

    told = []
    ranking = events.run(rank_images(path, "doubtful-labels", ()), told.append)

    assert [
        event for event in told if isinstance(event, events.Warned) and "2 networks of an earlier look" in event.message
    ]
    assert not [event for event in told if "Train" in getattr(event, "title", "")]
    with Project.open(path, announce=False) as project:
        (line,) = [line for line in project.scores.page(ranking.ranking_id) if line.image_id == record.image_id]
    assert "networks that never saw this image" in line.reason
    kinds = {one["kind"] for one in json.loads((out / "doubts.json").read_text())["doubts"]}
    assert "disagreement" in kinds
