"""Tests of napari_kdland.jobs.training."""

import shutil

import pytest

from napari_kdland import events
from napari_kdland.errors import ProjectBusy, RecipeError, RunError, TrainingError
from napari_kdland.jobs import TrainingOrder, resume_run, train_run
from napari_kdland.project import Project
from tests.makers import a_project, a_tiny_recipe, annotate, dots


def train(project_path, recipe, **order):
    return events.run(train_run(project_path, TrainingOrder(recipe, device="cpu", **order)))


def test_a_teacher_and_then_its_student_are_trained(tmp_path):
    path = a_project(tmp_path)
    teacher = train(path, a_tiny_recipe(), name="teacher")

    student = train(path, a_tiny_recipe("kd"), teachers=("teacher",), labels=2)

    assert (teacher.status, teacher.steps_done) == ("done", 4)
    assert (student.name, student.labels, student.status) == ("kd-k2-s0", 2, "done")
    assert student.best_error_px is not None


def test_a_training_writes_nothing_into_the_journal(tmp_path):
    path = a_project(tmp_path)
    before = the_journal(path)

    train(path, a_tiny_recipe())

    assert len(before) == 3 * (3 + 2 + 2)
    assert the_journal(path) == before


def the_journal(path):
    with Project.open(path) as project:
        return project.annotations.changes_since(0)


def test_a_teacher_may_come_from_the_run_folder_of_another_project(tmp_path):
    elsewhere = train(a_project(tmp_path / "a"), a_tiny_recipe(), name="teacher")
    path = a_project(tmp_path / "b", test=0)

    student = train(path, a_tiny_recipe("kd"), teachers=(str(elsewhere.folder),))

    assert student.teachers == (str(elsewhere.folder),)


def test_a_teacher_that_saw_this_projects_test_images_is_refused(tmp_path):
    elsewhere = a_project(tmp_path / "a")
    with Project.open(elsewhere) as project:
        for record in project.records.page(0, -1, split="test"):
            project.splits.assign(record.image_id, "train")
    teacher = train(elsewhere, a_tiny_recipe())

    with pytest.raises(TrainingError, match="2 images that are in this project's test split"):
        train(a_project(tmp_path / "b"), a_tiny_recipe("kd"), teachers=(str(teacher.folder),))


def test_a_recipe_without_its_teachers_is_answered_with_the_command(tmp_path):
    with pytest.raises(RecipeError, match=r"needs 1 teacher runs, but 0 were given.*kdland train"):
        train(a_project(tmp_path), a_tiny_recipe("kd"))


def test_an_unknown_teacher_is_answered_with_the_runs_there_are(tmp_path):
    path = a_project(tmp_path)
    train(path, a_tiny_recipe(), name="alpha")

    with pytest.raises(RunError, match=r"no run 'beta'.*alpha"):
        train(path, a_tiny_recipe("kd"), teachers=("beta",))


def test_a_teacher_with_other_landmarks_is_refused_and_the_run_says_why(tmp_path):
    import tests.makers as makers

    elsewhere = train(a_project(tmp_path / "a"), a_tiny_recipe(), name="teacher")
    path = tmp_path / "b.kdland"
    with Project.create(path, makers.a_scheme(2)) as project:
        from napari_kdland.images import read

        for index in range(3):
            file = makers.a_picture(tmp_path / f"{index}.png", dots(50 + index, 2), seed=50 + index)
            record = project.records.add(read(file), file, split="train")
            if index:
                annotate(project, record.image_id, dots(50 + index, 2))

    with pytest.raises(RunError, match="other landmarks"):
        train(path, a_tiny_recipe("kd"), teachers=(str(elsewhere.folder),), name="student")

    with Project.open(path) as project:
        record = project.runs.get("student")
    assert record.status == "failed"
    assert "other landmarks" in record.message


def test_a_project_without_annotations_says_what_to_do(tmp_path):
    with pytest.raises(TrainingError, match="Annotate some images first"):
        train(a_project(tmp_path, labelled=0), a_tiny_recipe())


def test_one_labelled_image_is_enough_to_train(tmp_path):
    record = train(a_project(tmp_path, train=1, labelled=1, val=0, pool=0), a_tiny_recipe())

    assert record.status == "done"
    assert record.best_error_px is None


def test_a_closed_training_is_stopped_and_resumes_to_the_result_of_an_uninterrupted_one(tmp_path):
    path = a_project(tmp_path)
    recipe = a_tiny_recipe("supervised", "training.steps=6")
    whole = train(path, recipe, name="whole")

    job = train_run(path, TrainingOrder(recipe, name="broken", device="cpu"))
    while not (isinstance(event := next(job), events.Advanced) and event.done == 3):
        pass
    job.close()
    with Project.open(path) as project:
        assert project.runs.get("broken").status == "stopped"
    resumed = events.run(resume_run(path, "broken", device="cpu"))

    assert resumed.status == "done"
    assert (resumed.folder / "best.safetensors").read_bytes() == (whole.folder / "best.safetensors").read_bytes()


def a_stopped_student(path):
    """Train a teacher, and a student of it up to its first step."""
    train(path, a_tiny_recipe("supervised"), name="teacher")
    order = TrainingOrder(a_tiny_recipe("kd", "training.steps=6"), teachers=("teacher",), name="student", device="cpu")
    job = train_run(path, order)
    while not isinstance(next(job), events.Advanced):
        pass
    job.close()


def test_a_student_goes_on_when_its_teacher_was_renamed_and_the_project_moved(tmp_path):
    path = a_project(tmp_path)
    a_stopped_student(path)
    with Project.open(path) as project:
        project.runs.rename("teacher", "master")
    moved = path.rename(tmp_path / "moved.kdland")

    resumed = events.run(resume_run(moved, "student", device="cpu"))

    assert resumed.status == "done"
    assert resumed.teachers == ("master",)


def test_a_student_does_not_go_on_with_other_weights_of_its_teacher(tmp_path):
    path = a_project(tmp_path)
    a_stopped_student(path)
    other = train(path, a_tiny_recipe("supervised"), name="other", seed=5)
    shutil.copy(other.folder / "best.safetensors", path / "runs" / "teacher" / "best.safetensors")

    with pytest.raises(RunError, match="the weights of teachers or start changed since it was started"):
        events.run(resume_run(path, "student", device="cpu"))


def test_a_finished_run_is_not_resumed(tmp_path):
    path = a_project(tmp_path)
    train(path, a_tiny_recipe(), name="done")

    with pytest.raises(RunError, match="nothing to resume"):
        events.run(resume_run(path, "done"))


def test_labels_placed_while_a_training_is_paused_do_not_change_it(tmp_path):
    path = a_project(tmp_path)
    recipe = a_tiny_recipe("supervised", "training.steps=6")
    whole = train(path, recipe, name="whole")
    job = train_run(path, TrainingOrder(recipe, name="broken", device="cpu"))
    while not (isinstance(event := next(job), events.Advanced) and event.done == 3):
        pass
    job.close()

    with Project.open(path) as project:
        for record in project.records.page(0, -1, split="train"):
            annotate(project, record.image_id, dots(99))
    resumed = events.run(resume_run(path, "broken", device="cpu"))

    assert (resumed.folder / "best.safetensors").read_bytes() == (whole.folder / "best.safetensors").read_bytes()


def test_a_second_training_in_the_same_project_is_refused(tmp_path):
    path = a_project(tmp_path)
    first = train_run(path, TrainingOrder(a_tiny_recipe(), name="first", device="cpu"))
    next(first)

    with pytest.raises(ProjectBusy, match="first"):
        train(path, a_tiny_recipe(), name="second")
    first.close()


def test_the_events_of_a_training_lie_in_its_folder(tmp_path):
    record = train(a_project(tmp_path), a_tiny_recipe())

    lines = (record.folder / "events.jsonl").read_text().splitlines()
    told = [events.from_json(line) for line in lines]
    assert any(isinstance(event, events.Measured) and "val_radial_error_px" in event.values for event in told)


def test_a_folder_deleted_while_its_run_trains_stops_it_and_says_what_to_do(tmp_path):
    path = a_project(tmp_path)
    job = train_run(path, TrainingOrder(a_tiny_recipe("supervised", "training.steps=60"), name="run", device="cpu"))
    while not (isinstance(event := next(job), events.Saved) and event.what == "checkpoint"):
        pass
    folder = path / "runs" / "run"
    folder.rename(tmp_path / "moved")

    with pytest.raises(TrainingError, match=r"was moved or deleted.*Put it back"):
        events.run(job)

    with Project.open(path) as project:
        assert (project.runs.get("run").status, project.runs.training_now()) == ("failed", ())
    with pytest.raises(RunError, match=r"is gone.*Put it back from a copy"):
        events.run(resume_run(path, "run", device="cpu"))
    (tmp_path / "moved").rename(folder)
    assert events.run(resume_run(path, "run", device="cpu")).status == "done"


def test_a_resumed_run_forgets_what_it_predicted_before(tmp_path):
    from napari_kdland.jobs import predict_run

    path = a_project(tmp_path)
    job = train_run(path, TrainingOrder(a_tiny_recipe("supervised", "training.steps=6"), name="run", device="cpu"))
    while not (isinstance(event := next(job), events.Saved) and event.what == "best"):
        pass
    job.close()
    events.run(predict_run(path, "run", device="cpu"))
    with Project.open(path) as project:
        assert project.predictions.ids("run")

    events.run(resume_run(path, "run", device="cpu"))

    with Project.open(path) as project:
        assert project.predictions.ids("run") == []
