import errno

import pytest
from numpy.testing import assert_array_equal

from napari_kdland.anatomy.regions import RegionState
from napari_kdland.errors import AnnotationError, ProjectError
from napari_kdland.project import Project
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.painting import Painting
from napari_kdland.session.session import Session
from tests.session.factories import a_project, a_scheme, a_scheme_of_regions, drain, some_regions

SIZE = (60, 50)


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close(), "a job did not end"


@pytest.fixture
def session(runner):
    session = Session(runner, "ann")
    yield session
    session.close()


@pytest.fixture
def painting(session, runner, tmp_path):
    """A painting of the lung on the first of three images, which has no mask."""
    session.open(a_project(tmp_path, scheme=a_scheme_of_regions()))
    drain(runner)
    painting = Painting(session)
    painting.start("lung")
    yield painting
    painting.close()


def stroke(painting, rows, columns=slice(5, 20), number=None):
    canvas = painting.canvas()
    canvas[rows, columns] = painting.number if number is None else number
    return canvas


def saved(session, image_id=1, **of):
    with Project.open(session.project.path) as other:
        return other.masks.load(image_id, **of)


def test_a_stroke_is_on_the_disk_with_its_reader_when_it_was_taken(painting, session):
    times = []
    session.saved.connect(times.append)

    assert painting.take(stroke(painting, slice(10, 20)))

    regions = saved(session, reader="ann")
    assert regions.known_names == ("lung",)
    assert regions["lung"].sum() == 150
    assert len(times) == 1


def test_a_stroke_that_changes_nothing_is_not_saved(painting, session):
    assert not painting.take(painting.canvas())

    assert session.project.masks.all_saved() == []


def test_regions_that_overlap_keep_their_own_pixels(painting, session):
    painting.take(stroke(painting, slice(10, 20)))
    painting.start("heart")
    assert not painting.canvas().any()

    painting.take(stroke(painting, slice(15, 30)))

    regions = saved(session)
    assert (regions["lung"].sum(), regions["heart"].sum()) == (150, 225)


def test_a_region_takes_pixels_from_another_where_they_exclude_each_other(session, runner, tmp_path):
    scheme = a_scheme_of_regions().model_copy(update={"regions_overlap": False})
    session.open(a_project(tmp_path, scheme=scheme))
    drain(runner)
    painting = Painting(session)
    painting.start("lung")
    painting.take(stroke(painting, slice(10, 20)))
    painting.start("heart")

    painting.take(stroke(painting, slice(15, 30)))

    regions = saved(session)
    assert (regions["lung"].sum(), regions["heart"].sum()) == (75, 225)
    painting.close()


def test_undo_takes_back_a_stroke_and_redo_paints_it_again(painting, session):
    painting.take(stroke(painting, slice(10, 20)))
    painting.take(stroke(painting, slice(20, 40)))

    assert session.undo()
    assert (painting.canvas() > 0).sum() == 150

    session.undo()
    assert not painting.canvas().any()
    assert painting.states[0] is RegionState.UNKNOWN

    session.redo()
    assert (painting.canvas() > 0).sum() == 150


def test_undo_goes_to_the_image_of_the_stroke(painting, session, runner):
    painting.take(stroke(painting, slice(10, 20)))
    session.paging.go_next()
    drain(runner)

    session.undo()
    drain(runner)

    assert session.record.image_id == 1
    assert saved(session) is None


def test_a_region_erased_to_the_last_pixel_is_unknown_again(painting, session):
    painting.take(stroke(painting, slice(10, 20)))

    painting.take(stroke(painting, slice(0, 60), slice(0, 50), number=0))

    assert saved(session).known_names == ()


def test_a_region_said_to_be_absent_stays_so_while_another_is_painted(painting, session):
    painting.set_state(RegionState.ABSENT)
    painting.start("heart")
    painting.take(stroke(painting, slice(10, 20)))

    assert painting.states == (RegionState.ABSENT, RegionState.DRAWN)
    assert saved(session).states == (RegionState.ABSENT, RegionState.DRAWN)


def test_a_region_can_be_said_to_be_unknown_again(painting):
    painting.take(stroke(painting, slice(10, 20)))

    painting.set_state(RegionState.UNKNOWN)

    assert painting.states[0] is RegionState.UNKNOWN
    assert not painting.canvas().any()


def test_an_unfinished_stroke_is_saved_before_another_image_is_shown(painting, session, runner):
    held = stroke(painting, slice(10, 20))
    painting.holds = lambda: held

    session.paging.go_next()
    drain(runner)

    assert saved(session, 1)["lung"].sum() == 150
    assert saved(session, 2) is None


def test_an_unfinished_stroke_is_saved_before_the_project_closes(painting, session):
    held = stroke(painting, slice(10, 20))
    painting.holds = lambda: held
    path = session.project.path

    session.close()

    with Project.open(path) as project:
        assert project.masks.load(1)["lung"].sum() == 150


def test_strokes_of_two_windows_on_one_image_are_both_kept(painting, session):
    mine = stroke(painting, slice(10, 20))
    with Project.open(session.project.path) as other:
        other.masks.save(1, some_regions(), reader="bob")

    painting.take(mine)

    regions, theirs = saved(session), some_regions()
    assert regions.known_names == ("lung", "heart")
    assert_array_equal(regions["lung"], theirs["lung"] | (mine == 1))
    assert_array_equal(regions["heart"], theirs["heart"])


def test_what_another_window_saves_is_shown(painting, session):
    with Project.open(session.project.path) as other:
        other.masks.save(1, some_regions(), reader="bob")

    painting.refresh()

    assert_array_equal(painting.canvas() > 0, some_regions()["lung"])


def test_a_full_disk_leaves_the_mask_before_and_says_so(painting, session, monkeypatch):
    painting.take(stroke(painting, slice(10, 20)))
    shown = []
    painting.canvas_changed.connect(lambda: shown.append(int((painting.canvas() > 0).sum())))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(ProjectError, match=r"Cannot write the mask .*No space left .*Nothing is changed"):
            painting.take(stroke(painting, slice(20, 40)))

    assert shown == [150]
    assert saved(session)["lung"].sum() == 150
    assert not list(session.project.layout.masks_folder.glob("*.part"))


def test_a_scheme_without_regions_has_nothing_to_paint(session, runner, tmp_path):
    session.open(a_project(tmp_path, scheme=a_scheme()))
    drain(runner)

    with pytest.raises(AnnotationError, match="has no regions to paint"):
        Painting(session).start()


def test_a_region_that_the_scheme_lacks_is_refused(painting):
    with pytest.raises(AnnotationError, match=r"no region 'liver' \(there are: lung, heart\)"):
        painting.start("liver")


def test_a_mask_that_is_lost_ends_the_painting_with_a_message(painting, session):
    refusals = []
    painting.refused.connect(refusals.append)
    with Project.open(session.project.path) as other:
        other.masks.save(1, some_regions(), reader="bob").path.unlink()

    painting.refresh()

    assert not painting.is_on
    assert "cannot be read" in refusals[0]
