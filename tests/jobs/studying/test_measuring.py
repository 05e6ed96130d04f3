"""Tests of napari_kdland.jobs.studying.measuring."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland import events
from napari_kdland.jobs import TrainingOrder, evaluate_run, train_run
from napari_kdland.jobs.studying import measuring
from napari_kdland.jobs.studying.measuring import floor, measure
from napari_kdland.project import Project
from tests.makers import a_project, a_tiny_recipe


def trained(path: Path, name: str, *settings: str) -> Path:
    recipe = a_tiny_recipe("supervised", *settings)
    return events.run(train_run(path, TrainingOrder(recipe, device="cpu", name=name, seed=len(name)))).folder


def test_the_last_weights_are_measured_beside_those_that_val_chose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = a_project(tmp_path)
    last, other = trained(path, "last"), trained(path, "another")
    with Project.open(path) as project:
        both = project.runs.create("both", recipe=a_tiny_recipe()).folder
    for name in ("run.toml", "recipe.toml", "data.json", "last.safetensors"):
        shutil.copyfile(last / name, both / name)
    shutil.copyfile(other / "best.safetensors", both / "best.safetensors")
    (last / "best.safetensors").unlink()
    monkeypatch.setattr(measuring, "_best_is_last", lambda _: False)

    with Project.open(path) as project:
        found = events.run(measure(project, ["both"], split="test", device="cpu"))["both"]

    with Project.open(path) as project:
        assert {run.name for run in project.runs.all()} == {"last", "another", "both"}
    by_val, by_last = (events.run(evaluate_run(path, run, device="cpu")) for run in ("another", "last"))
    assert_array_equal(found.best.errors_px, by_val.errors_px)
    assert_array_equal(found.last.errors_px, by_last.errors_px)
    assert not np.allclose(found.best.errors_px, found.last.errors_px)


def test_weights_that_are_both_are_measured_once(tmp_path: Path):
    path = a_project(tmp_path)
    trained(path, "run", "training.steps=2")

    with Project.open(path) as project:
        found = events.run(measure(project, ["run"], split="test", device="cpu"))["run"]

    assert found.last is found.best


def test_the_floor_is_the_mean_shape_of_the_labels_that_a_run_saw(tmp_path: Path):
    path = a_project(tmp_path, labelled=1)
    trained(path, "run", "training.steps=1")
    with Project.open(path) as project:
        (labelled, *_) = project.records.page(0, 1, split="train")
        records = project.records.page(0, -1, split="test")

        found = events.run(floor(project, "run", split="test", device="cpu"))

        shape = project.annotations.current(labelled.image_id).points
        truth = [project.annotations.current(record.image_id).points for record in records]
    # All images have one size, so the mean shape of one label is that label.
    assert_allclose(found.errors_px, [np.hypot(*(shape - points).T) for points in truth])
