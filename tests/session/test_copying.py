"""Starting points from elsewhere."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, LandmarkState, Origin
from napari_kdland.errors import AnnotationError
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe
from napari_kdland.session.copying import MEAN_SHAPE, Copying
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.session import Session
from tests.session.factories import NAMES, a_project, drain

UNCERTAIN, PLACED, NOT_YET = LandmarkState.UNCERTAIN, LandmarkState.PLACED, LandmarkState.NOT_YET
POINTS = ((10.0, 10.0), (30.0, 20.0), (50.0, 40.0))


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close()


@pytest.fixture
def session(tmp_path, runner):
    """The second of three images on screen; all landmarks of the first are placed."""
    session = Session(runner, "ann")
    session.open(a_project(tmp_path, splits=("train", "pool", "test")))
    drain(runner)
    for point in POINTS:
        session.editing.place(point)
    session.paging.go_next()
    drain(runner)
    yield session
    session.close()


@pytest.fixture
def copying(session, runner):
    return Copying(session, runner)


def a_run(project, name, *, teachers=(), says=None, image_id=2):
    project.runs.create(name, recipe=load_recipe("kd"), labels=None, seed=0, device="cpu", teachers=teachers)
    project.runs.update(name, steps_done=1)
    if says is not None:
        project.predictions.save(name, image_id, Landmarks.placed(NAMES, np.array(says, dtype=float)))


def test_the_image_before_fills_what_is_unset_and_keeps_where_it_came_from(session, copying):
    session.editing.place((5.0, 5.0))
    told = []
    copying.copied.connect(told.append)

    copying.copy(Origin("image", "image_0.png"))

    assert_allclose(session.landmarks.points, [[5, 5], POINTS[1], POINTS[2]])
    assert session.landmarks.states == (PLACED, UNCERTAIN, UNCERTAIN)
    origins = session.project.annotations.origin_of(session.record.image_id)
    assert origins["angle"] == Origin("image", "image_0.png")
    assert [each.n_landmarks for each in told] == [2]


def test_one_undo_takes_the_whole_copy_back_also_after_reopening(session, copying, runner):
    copying.copy(Origin("image", "image_0.png"))
    path, image_id = session.project.path, session.record.image_id
    session.open(path)
    drain(runner)

    session.undo()
    drain(runner)

    assert session.record.image_id == image_id
    assert session.landmarks.n_known == 0
    session.redo()
    assert session.landmarks.states == (UNCERTAIN,) * 3
    with Project.open(path) as other:
        assert other.annotations.replay() == other.annotations.standing()


def test_what_is_set_is_replaced_only_when_asked_and_what_is_locked_never(session, copying):
    session.editing.place((5.0, 5.0))
    session.editing.place((6.0, 6.0))
    session.locking.toggle("apex")

    copying.copy(Origin("image", "image_0.png"), replaces=True)

    assert_allclose(session.landmarks.points, [[5, 5], POINTS[1], POINTS[2]])


def test_a_copied_point_is_the_readers_own_once_it_is_moved(session, copying):
    copying.copy(Origin("image", "image_0.png"))

    session.editing.move("apex", (12.0, 12.0))
    session.editing.set_state("angle", PLACED)

    assert session.landmarks.states == (PLACED, PLACED, UNCERTAIN)
    origins = session.project.annotations.origin_of(session.record.image_id)
    assert origins["apex"] == origins["angle"] == Origin("reader", "ann")


def test_a_readers_own_uncertain_point_stays_so_when_it_is_moved(session):
    session.editing.place((5.0, 5.0))
    session.editing.set_state("apex", UNCERTAIN)

    session.editing.move("apex", (6.0, 6.0))

    assert session.landmarks.state_of("apex") is UNCERTAIN


def test_the_mean_shape_is_laid_over_what_is_placed(session, copying):
    session.editing.place((12.0, 11.0))
    session.editing.place((32.0, 21.0))

    copying.copy(MEAN_SHAPE)

    assert_allclose(session.landmarks["border"], [52, 41], atol=1e-6)
    assert session.current is None


def test_without_labels_there_is_no_mean_shape(session, copying):
    session.paging.go_previous()

    with pytest.raises(AnnotationError, match="no mean shape yet"):
        copying.copy(MEAN_SHAPE)


def test_a_runs_prediction_is_copied_under_its_name(session, copying):
    a_run(session.project, "big", says=[[1, 1], [2, 2], [np.nan, np.nan]])

    copying.copy(Origin("teacher", "big"))

    assert session.landmarks.states == (UNCERTAIN, UNCERTAIN, NOT_YET)
    assert session.project.annotations.origin_of(2)["apex"] == Origin("teacher", "big")


def test_a_run_that_cannot_be_asked_says_why(session, copying, runner):
    a_run(session.project, "big")
    said = []
    copying.refused.connect(said.append)

    copying.copy(Origin("teacher", "big"))
    drain(runner)

    assert len(said) == 1
    assert "big" in said[0]
    assert session.landmarks.n_known == 0


def test_images_that_judge_runs_take_none_of_their_points(session, copying, runner):
    a_run(session.project, "big", says=POINTS, image_id=3)
    session.paging.go_next()
    drain(runner)

    with pytest.raises(AnnotationError, match="is in test, whose labels judge runs"):
        copying.copy(Origin("teacher", "big"))


def test_sources_are_the_image_before_the_mean_shape_teachers_and_students(session, copying):
    a_run(session.project, "small", teachers=("big",))
    a_run(session.project, "big")
    session.project.runs.create("empty", recipe=load_recipe("kd"), labels=None, seed=0, device="cpu")

    assert [(each.kind, each.name) for each in copying.sources()] == [
        ("image", "image_0.png"),
        ("shape", "mean shape"),
        ("teacher", "big"),
        ("student", "small"),
    ]


def test_an_image_without_landmarks_has_nothing_to_copy(session, copying, runner):
    session.paging.go_next()
    drain(runner)

    with pytest.raises(AnnotationError, match=r"Nothing to copy: image_1\.png"):
        copying.copy(Origin("image", "image_1.png"))


def test_where_all_is_set_there_is_nothing_to_fill(session, copying):
    for point in POINTS:
        session.editing.place(point)

    with pytest.raises(AnnotationError, match="Nothing to fill from image_0"):
        copying.copy(Origin("image", "image_0.png"))


def test_points_of_a_larger_image_are_scaled_to_this_one(session, copying, tmp_path):
    import imageio.v3 as iio

    from napari_kdland import images

    path = tmp_path / "image_1b.png"
    iio.imwrite(path, np.random.default_rng(9).integers(0, 255, (120, 100), dtype=np.uint8))
    larger = session.project.records.add(images.read(path), path)
    session.project.annotations.edit(larger.image_id, "apex", PLACED, (20.5, 41.5), reader="ann")

    copying.copy(Origin("image", "image_1b.png"))

    assert_allclose(session.landmarks["apex"], [10.0, 20.5])
