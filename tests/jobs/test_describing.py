"""The card of a run, read from the project and from its folder."""

import shutil

import pytest

from napari_kdland import events
from napari_kdland.errors import RunError
from napari_kdland.events import Measured
from napari_kdland.jobs import TrainingOrder, describe_run, train_run
from napari_kdland.jobs.freezing import FrozenData, freeze
from napari_kdland.project import Project
from tests import makers


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = makers.a_project(tmp_path_factory.mktemp("cards"))
    teacher = TrainingOrder(makers.a_tiny_recipe(), device="cpu", name="teacher")
    events.run(train_run(path, teacher))
    student = TrainingOrder(
        makers.a_tiny_recipe("kd", "training.learning_rate=0.001"),
        labels=2,
        teachers=("teacher",),
        device="cpu",
        name="kid",
    )
    events.run(train_run(path, student))
    return path


def test_a_card_tells_of_recipe_data_device_and_steps(trained):
    story = events.run(describe_run(trained, "kid"))

    assert (story.run.status, story.run.steps_done) == ("done", 4)
    assert "training.learning_rate=0.001" in story.settings
    assert (story.data.n_labelled, story.data.n_unlabelled, story.data.n_validation) == (2, 4, 2)
    assert (story.data.n_placed, story.data.n_accepted) == (6, 0)
    assert (story.device, story.precision) == ("cpu", story.precision)
    assert story.problem == ""


def test_a_run_that_trains_tells_the_free_memory_of_its_device(trained):
    order = TrainingOrder(makers.a_tiny_recipe(), device="cpu", name="busy")
    job, stories = train_run(trained, order), []
    for event in job:
        if isinstance(event, Measured):
            stories.append(events.run(describe_run(trained, "busy")))

    assert stories
    for story in stories:
        assert story.run.status == "running"
        assert 0 < story.free_bytes < 2**50
    assert events.run(describe_run(trained, "busy")).free_bytes is None


def test_what_a_run_told_can_be_read_again(trained):
    story = events.run(describe_run(trained, "kid"))

    steps = [
        event.step for event in story.events if isinstance(event, Measured) and "val_radial_error_px" in event.values
    ]
    assert steps == [2, 4]
    assert story.heard is not None


def test_a_teacher_knows_its_students(trained):
    assert events.run(describe_run(trained, "teacher")).students == ("kid",)
    assert events.run(describe_run(trained, "kid")).students == ()


def test_runs_on_the_same_data_have_the_same_hash(trained, tmp_path):
    copy = shutil.copytree(trained, tmp_path / "copy.kdland")
    events.run(train_run(copy, TrainingOrder(makers.a_tiny_recipe(), seed=3, device="cpu", name="again")))

    first, again = (events.run(describe_run(copy, name)).data.sha256 for name in ("teacher", "again"))

    assert first == again != events.run(describe_run(copy, "kid")).data.sha256


def test_the_hash_on_the_card_is_that_of_the_copy_trained_on_whatever_another_window_annotates(trained, tmp_path):
    copy = shutil.copytree(trained, tmp_path / "copy.kdland")
    with Project.open(copy) as other:
        new = next(record for record in other.records.page(0, -1, split="train") if not record.n_known)
        makers.annotate(other, new.image_id, makers.dots(99), reader="B")
        trained_on = FrozenData.read(other.runs.get("teacher").folder).sha256
        would_be_trained_on = freeze(other, labels=None, seed=0).sha256

    on_the_card = events.run(describe_run(copy, "teacher")).data.sha256

    assert on_the_card == trained_on != would_be_trained_on


def test_a_student_knows_how_good_its_teachers_are(trained):
    with Project.open(trained) as project:
        best = project.runs.get("teacher").best_error_px

    assert events.run(describe_run(trained, "kid")).teachers_px == {"teacher": best}
    assert events.run(describe_run(trained, "teacher")).teachers_px == {}


def test_a_folder_deleted_by_hand_is_told_and_stops_nothing(trained, tmp_path):
    copy = shutil.copytree(trained, tmp_path / "copy.kdland")
    shutil.rmtree(copy / "runs" / "kid")

    story = events.run(describe_run(copy, "kid"))

    assert "is gone" in story.problem
    assert "or delete the run" in story.problem
    assert story.recipe.name == "kd"


def test_lines_that_are_no_events_are_passed_over(trained, tmp_path):
    copy = shutil.copytree(trained, tmp_path / "copy.kdland")
    with (copy / "runs" / "kid" / "events.jsonl").open("a") as file:
        file.write('{"event": "Measured", "ste')

    story = events.run(describe_run(copy, "kid"))

    assert len(story.events) == len(events.run(describe_run(trained, "kid")).events)


def test_a_run_that_does_not_exist_is_refused(trained):
    with pytest.raises(RunError, match="no run 'nobody'"):
        events.run(describe_run(trained, "nobody"))


def test_a_recipe_that_cannot_be_read_any_more_leaves_the_rest(trained, tmp_path):
    copy = shutil.copytree(trained, tmp_path / "copy.kdland")
    with Project.open(copy) as project, project.database.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET settings = NULL")

    story = events.run(describe_run(copy, "kid"))

    assert (story.recipe, story.settings) == (None, None)
    assert story.data is not None
