"""What is known of a training before it starts."""

import shutil
from collections import namedtuple

import pytest

from napari_kdland import events
from napari_kdland.errors import OutOfMemory, RecipeError, TrainingError
from napari_kdland.events import Advanced, Started
from napari_kdland.jobs import TrainingOrder, foresee_resumption, foresee_training, foreseeing, train_run
from napari_kdland.project import Project
from tests import makers


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return makers.a_project(tmp_path_factory.mktemp("foresight"))


def foresee(path, recipe=None, **order):
    told = []
    found = events.run(
        foresee_training(path, TrainingOrder(recipe or makers.a_tiny_recipe(), device="cpu", **order)), told.append
    )
    return found, told


def test_time_memory_and_disk_are_told(path):
    found, told = foresee(path, makers.a_tiny_recipe("supervised", "training.steps=1000"))

    assert found.seconds >= 1000 * found.step_s > 0
    assert found.memory_bytes > 2**20
    assert found.disk_free_bytes > found.disk_bytes > 2**16
    assert found.device.startswith("Processor")
    assert told[0] == Started("Checking before the start")


def test_nothing_is_left_behind(path):
    foresee(path)

    with Project.open(path) as project:
        assert project.runs.all() == []
        assert list(project.layout.cache_folder.glob("foresight-*")) == []


def test_checkpoints_take_what_was_foreseen(path, tmp_path):
    copy = shutil.copytree(path, tmp_path / "copy.kdland")
    found, _ = foresee(copy)

    run = events.run(train_run(copy, TrainingOrder(makers.a_tiny_recipe(), device="cpu")))

    sizes = [file.stat().st_size for file in run.folder.glob("*.safetensors")]
    assert found.disk_bytes >= sum(sizes) + max(sizes) - 2000


def test_a_landmark_with_few_labels_is_named(path):
    found, _ = foresee(path, labels=2)

    assert any("Few labels of" in warning and "(2)" in warning for warning in found.warnings)


@pytest.fixture(scope="module")
def stopped(path, tmp_path_factory):
    """A copy of the project with a run that was stopped in the middle, and that run's name."""
    copy = shutil.copytree(path, tmp_path_factory.mktemp("stopped") / "copy.kdland")
    recipe = makers.a_tiny_recipe("supervised", "training.steps=8", "training.validate_every=2")
    job = train_run(copy, TrainingOrder(recipe, device="cpu", name="half"))
    while next(job) != Advanced(4):
        pass
    job.close()
    return copy


def foresee_again(path):
    return events.run(foresee_resumption(path, "half", device="cpu"))


@pytest.fixture(params=["start", "resumption"])
def ahead(request, path):
    """Look ahead of a new training, or of one that goes on."""
    if request.param == "start":
        return lambda: foresee(path)
    home = request.getfixturevalue("stopped")
    return lambda: foresee_again(home)


def test_a_full_disk_is_refused_before_a_training_starts_or_goes_on(ahead, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(2**40, 2**40, 1000))

    with pytest.raises(TrainingError, match="0 MiB are free where"):
        ahead()


def test_more_memory_than_there_is_is_refused(ahead, monkeypatch):
    monkeypatch.setattr(foreseeing, "_memory_of", lambda *_: 2**50)

    with pytest.raises(OutOfMemory, match="this machine has"):  # so that the window offers half the batch
        ahead()


def test_what_goes_on_needs_the_steps_and_the_disk_that_are_left(stopped):
    found = foresee_again(stopped)

    with Project.open(stopped) as project:
        run = project.runs.get("half")
        sizes = [file.stat().st_size for file in run.folder.glob("*.safetensors")]
        assert (run.status, run.steps_done) == ("stopped", 2)
    assert found.seconds >= 6 * found.step_s > 0
    assert max(sizes) - 2000 <= found.disk_bytes <= max(sizes) + 2000
    assert not any("Few labels" in warning for warning in found.warnings)


def test_a_recipe_without_its_teachers_is_refused(path):
    with pytest.raises(RecipeError, match="needs 1 teacher runs"):
        foresee(path, makers.a_tiny_recipe("kd"))
