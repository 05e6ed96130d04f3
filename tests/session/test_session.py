"""The open project as the user sees it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland import images
from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError, ProjectError
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.session import Session
from tests.session.factories import a_project, a_scheme, a_scheme_of_regions, drain, wait_for

PLACED, ABSENT, NOT_YET = LandmarkState.PLACED, LandmarkState.ABSENT, LandmarkState.NOT_YET


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close()


@pytest.fixture
def session(tmp_path, runner):
    session = Session(runner, "ann")
    session.open(a_project(tmp_path))
    drain(runner)
    yield session
    session.close()


def heard(signal):
    calls = []
    signal.connect(lambda *args: calls.append(args))
    return calls


def test_runs_that_begin_and_end_elsewhere_are_noticed(session):
    calls = heard(session.runs_changed)
    with Project.open(session.project.path, announce=False) as other:
        other.runs.create("mine", recipe=load_recipe("supervised"))
    session.refresh()
    session.refresh()
    assert len(calls) == 1

    with Project.open(session.project.path, announce=False) as other:
        other.runs.update("mine", status="running")
    session.refresh()

    assert len(calls) == 2
    assert session.project.runs.get("mine").status == "stopped"  # nobody trains it


def test_opening_a_project_shows_its_first_image(session):
    assert session.record.name == "image_0.png"
    assert session.radiograph.size == (60, 50)
    assert session.landmarks.states == (NOT_YET,) * 3
    assert session.current == "apex"


def test_creating_a_project_opens_it_empty(tmp_path, runner):
    session = Session(runner, "ann")

    session.create(tmp_path / "new", a_scheme())

    assert session.project.path.name == "new.kdland"
    assert session.record is None
    session.close()


def test_a_project_that_cannot_be_opened_leaves_the_open_one_alone(session, tmp_path):
    before = session.project

    with pytest.raises(ProjectError, match=r"project"):
        session.open(tmp_path / "nothing.kdland")

    assert session.project is before
    assert session.record.name == "image_0.png"


def test_without_a_project_a_wish_is_answered_in_words(runner):
    with pytest.raises(ProjectError, match="No project is open"):
        Session(runner, "ann").the_project()


def test_placing_goes_on_to_the_first_unset_landmark(session):
    session.choose("angle")

    session.editing.place((10.0, 20.0))

    assert_allclose(session.landmarks["angle"], [10, 20])
    assert session.current == "apex"


def test_a_skipped_landmark_comes_back_after_the_others(session):
    session.choose("angle")
    session.editing.place((1.0, 1.0))
    session.choose("border")

    session.editing.place((2.0, 2.0))

    assert session.current == "apex"


def test_when_all_are_set_a_click_places_nothing(session):
    for point in ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)):
        session.editing.place(point)

    assert session.current is None
    with pytest.raises(AnnotationError, match="All landmarks are set"):
        session.editing.place((4.0, 4.0))


def test_a_placement_is_on_disk_at_once(session):
    session.editing.place((10.0, 20.0))

    with Project.open(session.project.path) as other:
        assert_allclose(other.annotations.current(session.record.image_id)["apex"], [10, 20])


def test_every_edit_carries_its_reader_and_is_told_as_saved(session):
    saved = heard(session.saved)

    session.editing.place((10.0, 20.0))

    assert len(saved) == 1
    assert session.project.annotations.details(session.record.image_id)["apex"].reader == "ann"


@pytest.mark.parametrize("point", [(-1.0, 5.0), (5.0, 50.0), (60.0, 5.0), (np.nan, 5.0)])
def test_a_point_outside_the_image_is_refused(session, point):
    with pytest.raises(AnnotationError, match="outside the image"):
        session.editing.place(point)

    assert session.landmarks.n_known == 0


def test_the_outermost_pixels_belong_to_the_image(session):
    session.editing.place((-0.5, 49.5))

    assert session.landmarks.n_known == 1


def test_moving_keeps_what_is_known_of_the_landmark(session):
    session.editing.place((10.0, 20.0))
    session.editing.set_state("apex", LandmarkState.UNCERTAIN)

    session.editing.move("apex", (11.0, 21.0))

    assert session.landmarks.state_of("apex") is LandmarkState.UNCERTAIN
    assert_allclose(session.landmarks["apex"], [11, 21])


def test_absent_goes_on_to_the_next_and_has_no_point(session):
    session.editing.set_state("apex", ABSENT)

    assert session.landmarks.state_of("apex") is ABSENT
    assert np.isnan(session.landmarks["apex"]).all()
    assert session.current == "angle"


def test_a_state_that_needs_a_point_is_refused_without_one(session):
    with pytest.raises(AnnotationError, match="has no point"):
        session.editing.set_state("apex", LandmarkState.OCCLUDED)


def test_undo_goes_back_to_the_image_of_the_edit(session, runner):
    session.editing.place((10.0, 20.0))
    first = session.record.image_id
    session.paging.go_next()
    drain(runner)

    assert session.undo()
    drain(runner)

    assert session.record.image_id == first
    assert session.landmarks.n_known == 0


def test_redo_places_again_what_was_undone(session):
    session.editing.place((10.0, 20.0))
    session.undo()

    assert session.redo()

    assert_allclose(session.landmarks["apex"], [10, 20])


def test_undo_of_nothing_says_so(session):
    assert not session.undo()


def test_next_and_previous_follow_the_list_to_its_ends(session, runner):
    assert session.paging.go_next()
    assert session.paging.go_next()
    assert not session.paging.go_next()
    drain(runner)
    assert session.record.name == "image_2.png"

    assert session.paging.go_previous()
    drain(runner)
    assert session.record.name == "image_1.png"


def test_hurrying_on_shows_the_last_image_asked_for(session, runner):
    shown = heard(session.image_changed)

    session.paging.go_next()
    session.paging.go_next()
    drain(runner)

    assert session.record.name == "image_2.png"
    assert 1 <= len(shown) <= 2


def test_the_next_image_is_there_before_it_is_asked_for(session, runner):
    session.paging.read_ahead()
    drain(runner)

    session.paging.go_next()

    assert session.record.name == "image_1.png"
    assert session.radiograph is not None


def test_next_unlabelled_leaves_out_what_has_landmarks(session, runner):
    second = session.project.records.find("image_1.png").image_id
    session.project.annotations.edit(second, "apex", PLACED, (1.0, 1.0), reader="ann")

    assert session.paging.go_next(unlabelled=True)
    drain(runner)

    assert session.record.name == "image_2.png"


def test_an_image_that_cannot_be_read_is_refused_and_the_old_one_stays(session, runner, tmp_path):
    drain(runner)
    session.paging._album.clear()
    (tmp_path / "image_1.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    refused = heard(session.refused)

    session.paging.go_next()
    wait_for(runner, lambda: refused)

    assert "image_1.png" in refused[0][0]
    assert session.record.name == "image_0.png"


def test_what_another_window_places_is_seen(session):
    with Project.open(session.project.path) as other:
        other.annotations.edit(session.record.image_id, "border", PLACED, (7.0, 8.0), reader="bob")
    changed = heard(session.landmarks_changed)

    session.refresh()

    assert_allclose(session.landmarks["border"], [7, 8])
    assert len(changed) == 1


def test_a_look_without_news_changes_nothing(session):
    session.editing.place((10.0, 20.0))
    session.refresh()
    changed = heard(session.landmarks_changed)

    session.refresh()

    assert changed == []


def test_stepping_through_landmarks_goes_round(session):
    session.step(-1)
    assert session.current == "border"

    session.step(1)
    assert session.current == "apex"


def test_next_leads_on_past_an_image_that_cannot_be_read(session, runner, tmp_path):
    (tmp_path / "image_1.png").unlink()
    refused = heard(session.refused)
    session.paging.go_next()
    wait_for(runner, lambda: refused)

    session.paging.go_next()
    drain(runner)

    assert session.record.name == "image_2.png"


def test_a_reader_without_a_name_is_refused(session):
    with pytest.raises(AnnotationError, match="name is empty"):
        session.reader = "  "

    assert session.reader == "ann"


def test_closing_leaves_nothing_on_screen(session):
    session.close()

    assert session.project is None
    assert session.record is None
    assert session.landmarks is None


def test_the_first_images_that_come_are_shown(tmp_path, runner):
    session = Session(runner, "ann")
    session.create(tmp_path / "new", a_scheme())
    with Project.open(session.project.path) as other, Project.open(a_project(tmp_path)) as filled:
        record = filled.records.page()[0]
        other.records.add(images.read(record.path), record.path)

    session.reload_images()
    drain(runner)

    assert session.record.name == "image_0.png"
    session.close()


def test_a_scheme_without_landmarks_has_nothing_to_place_or_to_step_to(tmp_path, runner):
    session = Session(runner, "ann")
    session.open(a_project(tmp_path, scheme=a_scheme_of_regions(landmarks=())))
    drain(runner)

    session.step(1)

    assert session.current is None
    with pytest.raises(AnnotationError, match="no landmarks to place"):
        session.editing.place((10.0, 10.0))
    session.close()
