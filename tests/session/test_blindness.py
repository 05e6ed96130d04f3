import pytest

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError
from napari_kdland.project import Project
from napari_kdland.project.image_filters import Marks
from napari_kdland.session.companions import Companions
from napari_kdland.session.copying import MEAN_SHAPE, Copying
from napari_kdland.session.forecasts import Forecast, Forecasts
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.listing import Listing
from napari_kdland.session.painting import Painting
from napari_kdland.session.session import Session
from tests.session.factories import a_project, a_scheme_of_regions, drain, some_regions


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close(), "a job did not end"


@pytest.fixture
def session(runner, tmp_path):
    """Bob reads, on the first of three images; ann has read all of the first two."""
    path = a_project(tmp_path, scheme=a_scheme_of_regions())
    with Project.open(path) as project:
        for image_id in (1, 2):
            for name in project.scheme.landmark_names:
                project.annotations.edit(image_id, name, LandmarkState.PLACED, (5.0, 6.0), reader="ann")
        project.masks.save(1, some_regions(), reader="ann")
    session = Session(runner, "bob")
    session.open(path)
    drain(runner)
    yield session
    session.close()


def test_a_blind_reader_begins_with_an_empty_image(session):
    assert session.landmarks.n_known == 3

    session.blind.set(True)

    assert session.landmarks.n_known == 0
    session.editing.place((7.0, 8.0))
    assert session.landmarks.n_known == 1


def test_what_a_blind_reader_places_is_the_own_word_beside_the_first_readers(session):
    session.blind.set(True)
    session.choose("apex")
    session.editing.place((7.0, 8.0))

    annotations = session.project.annotations
    assert annotations.current(1, reader="ann")["apex"].tolist() == [5, 6]
    assert annotations.current(1, reader="bob")["apex"].tolist() == [7, 8]


def test_all_is_seen_again_when_the_reading_is_not_blind_any_more(session):
    session.blind.set(True)
    session.blind.set(False)

    assert session.landmarks.n_known == 3


def test_the_next_image_is_blind_too(session, runner):
    session.blind.set(True)

    session.paging.go_next()
    drain(runner)

    assert session.landmarks.n_known == 0


def test_the_next_unlabelled_image_is_the_next_that_the_blind_reader_has_not_read(session, runner):
    session.blind.set(True)
    session.paging.go_next(unlabelled=True)
    drain(runner)
    assert session.record.image_id == 2

    session.editing.place((7.0, 8.0))
    session.paging.go_to(1)
    session.paging.go_next(unlabelled=True)
    drain(runner)
    assert session.record.image_id == 3


def test_masks_of_others_are_hidden_and_a_blind_canvas_is_empty(session, runner):
    companions, painting = Companions(session, runner), Painting(session)
    session.image_changed.emit()
    drain(runner)
    assert companions.masks is not None
    painting.start("lung")
    assert painting.canvas().any()

    session.blind.set(True)
    drain(runner)

    assert companions.masks is None
    assert not painting.canvas().any()
    painting.close()
    companions.close()


def test_what_a_blind_reader_paints_takes_nothing_over_from_the_hidden_mask(session):
    painting = Painting(session)
    session.blind.set(True)
    painting.start("lung")
    canvas = painting.canvas()
    canvas[:3, :4] = 1
    painting.take(canvas)

    assert session.project.masks.load(1, reader="bob").area_px.tolist() == [12, 0]
    painting.close()


def test_nothing_is_copied_into_a_blind_reading(session, runner):
    copying = Copying(session, runner)
    session.blind.set(True)

    assert copying.sources() == []
    with pytest.raises(AnnotationError, match="blind reading begins with nothing"):
        copying.copy(MEAN_SHAPE)


def test_predictions_are_hidden_while_they_are_told_to_be(runner):
    forecasts = Forecasts(runner)
    forecasts._kept["kd", 1] = object.__new__(Forecast)

    forecasts.hide(True)
    assert forecasts.get("kd", 1) is None

    forecasts.hide(False)
    assert forecasts.get("kd", 1) is not None


def test_reading_again_takes_the_next_free_name(session):
    session.reader = "ann"
    assert session.blind.read_again() == "ann, reading 2"
    assert session.landmarks.n_known == 0

    session.choose("apex")
    session.editing.place((7.0, 8.0))
    assert session.blind.read_again() == "ann, reading 3"


def test_a_first_reading_keeps_the_name(session):
    assert session.blind.read_again() == "bob"


def test_another_reader_of_a_blind_window_sees_the_own_word(session):
    session.blind.set(True)

    session.reader = "ann"

    assert session.landmarks.n_known == 3


def test_another_project_is_not_read_blind(session, tmp_path, runner):
    session.blind.set(True)
    (tmp_path / "other").mkdir()

    session.open(a_project(tmp_path / "other"))
    drain(runner)

    assert not session.blind.is_on


def listed(session, **choice):
    return Listing(**choice).ids(session.project.records, reader=session.blind.only)


def test_a_blind_reader_finds_the_own_readings_in_the_list_and_not_those_of_others(session):
    assert listed(session, known="all") == [1, 2]
    session.blind.set(True)
    assert listed(session, known="none") == [1, 2, 3]

    session.paging.go_to(3)
    session.project.annotations.edit(3, "apex", LandmarkState.PLACED, (7.0, 8.0), reader="bob")

    assert listed(session, known="some") == [3]
    assert listed(session, order="known") == [1, 2, 3]
    assert [record.n_known for record in session.project.records.some([1, 3], reader="bob")] == [0, 1]


def test_a_blind_readers_filters_go_by_the_own_reviews_and_flags(session):
    session.project.reviews.mark([1], reader="ann")
    session.project.reviews.mark([2], reader="bob")
    session.project.flags.put(1, "apex is wrong", reader="ann")
    session.project.flags.put(3, "", reader="bob")
    session.blind.set(True)

    assert listed(session, marks=Marks(reviewed=True)) == [2]
    assert listed(session, marks=Marks(flagged=True)) == [3]


def test_what_a_reader_took_back_does_not_count_as_read(session):
    session.blind.set(True)
    session.choose("apex")
    session.editing.place((7.0, 8.0))
    session.editing.set_state("apex", LandmarkState.NOT_YET)

    assert listed(session, known="none") == [1, 2, 3]


def test_the_next_and_previous_image_are_those_of_the_blind_readers_list(session, runner):
    session.blind.set(True)
    session.choose("apex")
    session.editing.place((7.0, 8.0))
    session.listing = Listing(known="none")

    assert session.paging.go_next()
    drain(runner)
    assert session.record.image_id == 2
    assert not session.paging.go_previous()


def test_a_lock_of_another_reader_does_not_hold_a_blind_one_and_keeps_the_other_reading(session):
    session.project.locks.lock(1, ["apex"], reader="ann")
    session.locking.refresh()
    assert session.locking.holds("apex")

    session.blind.set(True)
    assert not session.locking.holds("apex")
    session.choose("apex")
    session.editing.place((7.0, 8.0))
    session.undo()
    session.redo()

    annotations = session.project.annotations
    assert annotations.current(1, reader="bob")["apex"].tolist() == [7, 8]
    assert annotations.current(1, reader="ann")["apex"].tolist() == [5, 6]
    session.blind.set(False)
    with pytest.raises(AnnotationError, match="locked by ann"):
        session.editing.move("apex", (9.0, 9.0))


def test_a_blind_readers_own_lock_holds(session):
    session.blind.set(True)
    session.choose("apex")
    session.editing.place((7.0, 8.0))
    session.locking.toggle("apex")

    assert session.locking.holds("apex")
    with pytest.raises(AnnotationError, match="locked by bob"):
        session.editing.move("apex", (9.0, 9.0))


def test_a_blind_reader_locks_the_own_reading_beside_another_that_is_locked(session):
    session.project.locks.lock(1, ["apex"], reader="ann")
    session.blind.set(True)
    session.choose("apex")
    session.editing.place((7.0, 8.0))

    session.locking.toggle("apex")
    with pytest.raises(AnnotationError, match="locked by bob"):
        session.editing.move("apex", (9.0, 9.0))
    session.locking.toggle("apex")
    session.editing.move("apex", (9.0, 9.0))

    assert not session.locking.holds("apex")
    assert session.project.locks.of_image(1)["apex"].reader == "ann"


def test_without_blindness_the_locks_of_all_readings_go_one_after_the_other(session):
    for reader in ("ann", "bob"):
        session.project.locks.lock(1, ["apex"], reader=reader)
    session.locking.refresh()

    session.locking.toggle("apex")
    assert session.locking.locks["apex"].reader == "bob"
    session.locking.toggle("apex")

    assert not session.locking.holds("apex")
