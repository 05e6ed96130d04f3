"""Proofreading: the queue, what is shown, marks, and the reader's word on predictions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, LandmarkState, Origin
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.project import ImageScore, Project, Verdict
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.judging import Judging
from napari_kdland.session.proofreading import Proofreading
from napari_kdland.session.session import Session
from tests.session.factories import NAMES, a_project, drain
from tests.session.proofread import POINTS, predict, rank

PLACED, ABSENT, NOT_YET = LandmarkState.PLACED, LandmarkState.ABSENT, LandmarkState.NOT_YET
STUDENT = Origin("student", "student")


class Desk:
    """A session with its proofreading, as the window has it."""

    def __init__(self, path, runner):
        self.runner = runner
        self.session = Session(runner, "ann")
        self.proofreading = Proofreading(self.session)
        self.judging = Judging(self.session, self.proofreading)
        self.session.open(path)
        drain(runner)

    @property
    def project(self):
        return self.session.project

    def open(self, **kwargs):
        self.proofreading.open(rank(self.project), **kwargs)
        drain(self.runner)

    @property
    def verdicts(self):
        return [self.proofreading.verdict(name).value for name in NAMES]

    def says(self, reader, name, point=(5.0, 5.0), origin=None):
        image_id = self.session.record.image_id
        self.project.annotations.edit(image_id, name, PLACED, point, reader=reader, origin=origin)
        self.session.refresh()


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close()


@pytest.fixture
def desk(tmp_path, runner):
    desk = Desk(a_project(tmp_path, splits=("train", "pool", "val")), runner)
    predict(desk.project)
    yield desk
    desk.session.close()


def test_a_queue_opens_at_its_most_urgent_image_and_landmark_with_the_prediction(desk):
    desk.open(run="student")

    assert [line.image_id for line in desk.proofreading.queue.lines] == [2, 3, 1]
    assert desk.session.record.image_id == 2
    assert desk.session.current == "angle"
    assert_allclose(desk.proofreading.prediction.points, POINTS)
    assert desk.proofreading.open_landmarks == NAMES


def test_who_reads_blind_sees_no_prediction_and_judges_none(desk):
    desk.open(run="student")

    desk.session.blind.set(True)
    assert desk.proofreading.prediction is None
    assert desk.proofreading.open_landmarks == ()

    desk.session.blind.set(False)
    assert desk.proofreading.open_landmarks == NAMES


def test_who_reads_blind_is_told_no_reason_no_landmark_and_nobody_elses_marks(desk):
    why = {"angle": "angle lies 30 px above where the other landmarks expect it."}
    scores = {image_id: ImageScore(5.0 - image_id, {"angle": 3.0}, why) for image_id in (1, 2)}
    ranking, marking = desk.project.scores.save("doubtful-labels", (), scores), desk.proofreading.marking
    for reader in ("ben", "ann"):
        desk.project.reviews.mark([2], reader=reader)
    desk.project.flags.put(1, "angle 30 px off", reader="ben")
    desk.session.blind.set(True)

    desk.proofreading.open(ranking)
    drain(desk.runner)
    assert (desk.session.record.image_id, desk.session.current) == (1, "apex")
    assert (desk.proofreading.reasons, marking.flag) == ((), None)
    assert marking.reviewed_ids() == {2}
    desk.proofreading.go_to(1)
    drain(desk.runner)
    assert [review.reader for review in marking.reviews] == ["ann"]

    desk.session.blind.set(False)
    assert len(marking.reviews) == 2
    desk.proofreading.go_to(0)
    drain(desk.runner)
    assert desk.session.current == "angle"
    assert desk.proofreading.reasons == tuple(why.values())
    assert marking.flag.note == "angle 30 px off"


def test_without_a_queue_nothing_is_shown_or_can_be_accepted(desk):
    assert not desk.proofreading.is_on
    with pytest.raises(AnnotationError, match="No prediction is on screen"):
        desk.judging.accept()
    with pytest.raises(UsageError, match="No queue is open"):
        desk.proofreading.go_on()


def test_an_accepted_prediction_is_a_label_that_says_where_it_comes_from(desk):
    desk.open(run="student")

    desk.judging.accept()

    assert desk.verdicts == ["open", "accepted", "open"]
    assert tuple(desk.session.landmarks["angle"]) == (20.0, 30.0)
    edit = desk.project.annotations.details(2)["angle"]
    assert (edit.reader, edit.origin) == ("ann", STUDENT)
    assert desk.session.current == "border"


def test_a_run_that_nobody_taught_is_a_teacher(desk):
    desk.open(run="teacher")
    desk.judging.accept()

    assert desk.project.annotations.origin_of(2) == {"angle": Origin("teacher", "teacher")}


def test_a_locked_landmark_is_passed_over_by_accepting_all_and_refused_alone(desk):
    desk.open(run="student")
    desk.project.locks.lock(2, ["apex"], reader="bob")

    assert desk.judging.accept_all() == 2
    assert desk.verdicts == ["open", "accepted", "accepted"]
    with pytest.raises(AnnotationError, match="locked"):
        desk.judging.accept("apex")


def test_a_point_that_was_copied_as_a_start_is_not_accepted_yet(desk):
    desk.open(run="student")
    desk.project.annotations.edit(2, "apex", LandmarkState.UNCERTAIN, (10.0, 12.0), reader="ann", origin=STUDENT)
    desk.session.refresh()
    assert desk.verdicts[0] == "labelled"

    desk.judging.accept("apex", replaces=True)
    assert desk.session.landmarks.state_of("apex") is PLACED


def test_a_predicted_absence_is_accepted_as_absent(desk):
    points = np.array([[np.nan, np.nan], *POINTS[1:]])
    desk.project.predictions.save("student", 2, Landmarks(NAMES, points, (ABSENT, PLACED, PLACED)))
    desk.open(run="student")

    desk.judging.accept("apex")

    assert desk.session.landmarks.state_of("apex") is ABSENT


def test_accepting_all_leaves_what_readers_said_and_is_taken_back_by_one_undo(desk):
    desk.open(run="student")
    desk.session.choose("apex")
    desk.session.editing.place((1.0, 2.0))
    before = desk.session.landmarks

    assert desk.judging.accept_all() == 2
    assert desk.verdicts == ["labelled", "accepted", "accepted"]
    assert tuple(desk.session.landmarks["apex"]) == (1.0, 2.0)

    desk.session.undo()
    assert desk.session.landmarks == before
    assert desk.verdicts == ["labelled", "open", "open"]

    desk.session.redo()
    assert desk.verdicts == ["labelled", "accepted", "accepted"]


def test_what_another_window_placed_a_moment_ago_is_not_overwritten(desk):
    desk.open(run="student")
    desk.project.annotations.edit(2, "apex", PLACED, (5.0, 5.0), reader="ann")

    assert desk.judging.accept_all() == 2
    assert tuple(desk.session.landmarks["apex"]) == (5.0, 5.0)


def test_a_single_prediction_gives_way_to_what_another_window_placed_a_moment_ago(desk):
    desk.open(run="student")
    desk.project.annotations.edit(2, "apex", PLACED, (5.0, 5.0), reader="ann")

    desk.judging.accept("apex")

    assert tuple(desk.session.landmarks["apex"]) == (5.0, 5.0)


def test_the_readers_own_point_goes_only_where_the_reader_says_so(desk):
    desk.open(run="student")
    desk.session.editing.move("apex", (1.0, 2.0))

    with pytest.raises(AnnotationError, match=r"apex has a label already, placed by ann; that stays\. .*Replace"):
        desk.judging.accept("apex")
    assert tuple(desk.session.landmarks["apex"]) == (1.0, 2.0)

    desk.judging.accept("apex", replaces=True)
    assert tuple(desk.session.landmarks["apex"]) == (10.0, 12.0)
    assert desk.verdicts[0] == "accepted"


def test_another_readers_point_beats_a_prediction_whatever_is_said(desk):
    desk.open(run="student")
    desk.says("bob", "apex")

    with pytest.raises(AnnotationError, match="was placed by bob, and a reader's point beats a prediction"):
        desk.judging.accept("apex", replaces=True)


def test_a_label_of_a_file_may_be_replaced(desk):
    desk.open(run="student")
    desk.says("bob", "apex", origin=Origin("file", "labels.csv"))
    with pytest.raises(AnnotationError, match=r"from labels\.csv; that stays"):
        desk.judging.accept("apex")

    desk.judging.accept("apex", replaces=True)
    assert tuple(desk.session.landmarks["apex"]) == (10.0, 12.0)


def test_a_rejected_prediction_is_no_label_and_can_be_undone_or_accepted_after_all(desk):
    desk.open(run="student")

    desk.judging.reject("apex")
    assert desk.verdicts[0] == "rejected"
    assert desk.session.landmarks.state_of("apex") is NOT_YET

    desk.session.undo()
    assert desk.verdicts[0] == "open"

    desk.judging.reject("apex")
    desk.judging.accept("apex")
    assert desk.verdicts[0] == "accepted"


def test_rejecting_takes_an_accepted_prediction_back_and_leaves_labels_from_elsewhere(desk):
    desk.open(run="student")
    desk.judging.accept("apex")
    desk.judging.reject("apex")
    assert desk.verdicts[0] == "rejected"

    desk.session.editing.move("border", (3.0, 3.0))
    with pytest.raises(AnnotationError, match="border has a label already, placed by ann; that stays"):
        desk.judging.reject("border")


def test_rejecting_all_is_one_step(desk):
    desk.open(run="student")
    desk.judging.accept("apex")

    assert desk.judging.reject_all() == 2
    assert desk.verdicts == ["accepted", "rejected", "rejected"]
    with pytest.raises(AnnotationError, match="No prediction of this image is open"):
        desk.judging.reject_all()

    desk.session.undo()
    assert desk.verdicts == ["accepted", "open", "open"]


def test_a_corrected_prediction_is_the_readers(desk):
    desk.open(run="student")
    desk.judging.accept("apex")
    desk.session.editing.move("apex", (11.0, 13.0))

    assert desk.verdicts[0] == "labelled"
    assert desk.project.annotations.origin_of(2)["apex"] == Origin("reader", "ann")


def test_labels_that_judge_runs_come_from_no_run(desk):
    desk.open(run="student", split="val")
    assert desk.session.record.split == "val"

    with pytest.raises(AnnotationError, match=r"is in val, whose labels judge runs"):
        desk.judging.accept_all()
    desk.judging.reject("apex")
    assert desk.project.annotations.current(3).n_known == 0


def test_a_prediction_outside_the_image_stays_open(desk):
    predict(desk.project, points=np.array([[10.0, 12.0], [20.0, 30.0], [99.0, 20.0]]))
    desk.open(run="student")

    assert desk.judging.accept_all() == 2
    with pytest.raises(AnnotationError, match=r"cannot be a label: border at x 20, y 99 lies outside"):
        desk.judging.accept("border")


def test_reviewing_goes_through_the_queue_and_is_counted(desk):
    desk.open()
    visited = []
    for _ in range(3):
        visited.append(desk.session.record.image_id)
        desk.proofreading.marking.mark_reviewed()
        is_left = desk.proofreading.go_on()
        drain(desk.runner)

    assert visited == [2, 3, 1]
    assert not is_left
    assert desk.proofreading.progress == (3, 3)


def test_a_queue_of_landmarks_leads_to_the_landmark_also_on_the_same_image(desk):
    desk.open(of_landmarks=True)
    assert (desk.session.record.image_id, desk.session.current) == (2, "angle")

    place = next(
        place
        for place, line in enumerate(desk.proofreading.queue.lines)
        if (line.image_id, line.landmark) == (2, "apex")
    )
    desk.proofreading.go_to(place)
    assert desk.session.current == "apex"
    assert desk.proofreading.place == place


def test_everything_is_as_it_was_left_after_reopening(desk):
    desk.open(run="student")
    desk.judging.accept("apex")
    desk.judging.reject("angle")
    desk.proofreading.marking.put_flag("look at the angle")
    desk.proofreading.marking.mark_reviewed()
    path = desk.project.path
    desk.session.close()
    assert desk.proofreading.queue is None

    desk.session.open(path)
    drain(desk.runner)
    (ranking,) = desk.project.scores.all()
    desk.proofreading.open(ranking, run="student")
    drain(desk.runner)
    assert desk.session.record.image_id == 3
    assert desk.proofreading.progress == (1, 3)

    desk.session.paging.go_to(2)
    drain(desk.runner)
    assert desk.verdicts == ["accepted", "rejected", "open"]
    assert desk.proofreading.marking.flag.note == "look at the angle"
    assert [review.reader for review in desk.proofreading.marking.reviews] == ["ann"]


def test_a_flag_can_be_cleared_and_a_review_taken_back(desk):
    marking = desk.proofreading.marking
    marking.put_flag("rotated")
    marking.mark_reviewed()

    marking.clear_flag()
    marking.mark_reviewed(is_reviewed=False)

    assert marking.flag is None
    assert marking.reviews == ()


def test_a_renamed_run_is_followed_and_a_deleted_one_closes_its_queue(desk):
    desk.open(run="student")
    desk.project.runs.rename("student", "small")
    desk.session.runs_changed.emit()
    assert desk.proofreading.run == "small"
    assert desk.proofreading.is_on

    desk.project.runs.delete("small")
    desk.session.runs_changed.emit()
    assert desk.proofreading.queue is None
    assert not desk.proofreading.is_on


def test_an_image_that_the_run_was_not_asked_of_shows_nothing(desk):
    desk.project.predictions.clear("student")
    predict(desk.project, images=(1, 3), runs=("student",))
    desk.open(run="student")

    assert desk.session.record.image_id == 2
    assert not desk.proofreading.is_on


def test_a_queue_of_a_split_without_images_is_refused(desk):
    with pytest.raises(UsageError, match="no images of test in this queue"):
        desk.open(split="test")
    assert desk.proofreading.queue is None


def test_scores_know_how_many_edits_came_after_them(desk):
    desk.open(run="student")
    assert desk.proofreading.edits_since == 0
    desk.judging.accept_all()
    assert desk.proofreading.edits_since == 3


def test_other_runs_predictions_can_be_shown_in_the_same_queue(desk):
    predict(desk.project, points=POINTS + 2, runs=("teacher",))
    desk.open(run="student")
    desk.judging.accept("apex")

    desk.proofreading.show_run("teacher")

    assert_allclose(desk.proofreading.prediction.points, POINTS + 2)
    assert desk.proofreading.verdict("apex") is Verdict.LABELLED


def test_what_one_reader_rejected_another_sees_rejected(desk):
    desk.open(run="student")
    desk.judging.reject("apex")
    desk.session.reader = "bob"

    with Project.open(desk.project.path, announce=False) as project:
        assert project.verdicts.of_image(2, "student")["apex"].reader == "ann"
    assert desk.verdicts[0] == "rejected"


def test_undo_takes_a_review_back_and_returns_to_its_image(desk):
    desk.open(run="student")
    first, told = desk.session.record.image_id, []
    desk.proofreading.marking.mark_reviewed()
    desk.proofreading.go_on()
    drain(desk.runner)
    assert desk.session.record.image_id != first
    desk.proofreading.marking.changed.connect(lambda: told.append(True))

    desk.session.undo()
    drain(desk.runner)

    assert desk.session.record.image_id == first
    assert desk.proofreading.marking.reviewed_ids() == set()
    assert told
