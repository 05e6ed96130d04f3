from pathlib import Path

import pytest

from napari_kdland.anatomy import LandmarkState, Origin
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.project import Annotation, Project
from tests.project.factories import a_project, place, placed, x_of

S = LandmarkState
FILE = Origin("file", "landmarks.csv")


@pytest.mark.parametrize("state", list(LandmarkState))
def test_every_state_is_kept_with_its_point(tmp_path: Path, state: LandmarkState):
    point = (0.1 + 0.2, 1 / 3) if state.has_point else None
    with a_project(tmp_path, images=1) as project:
        project.annotations.edit(1, "angle", state, point, reader="ada")

        landmarks = project.annotations.current(1)
        assert landmarks.state_of("angle") is state
        assert not state.has_point or tuple(landmarks["angle"]) == point
        assert landmarks.names == ("apex", "angle", "wall")


def test_an_edit_says_what_was_before_and_what_is_now(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.annotations.edit(1, "apex", S.PLACED, (1, 2), reader="ada")
        edit = project.annotations.edit(1, "apex", S.ABSENT, None, reader="ada", note="cut off")

    assert (edit.old_state, edit.old_point) == (S.PLACED, (1, 2))
    assert (edit.state, edit.point, edit.note) == (S.ABSENT, None, "cut off")
    assert (edit.reader, edit.origin, edit.kind) == ("ada", Origin("reader", "ada"), "edit")
    assert edit.time.endswith("+00:00")


@pytest.mark.parametrize(
    ("landmark", "state", "point", "message"),
    [
        ("aepx", S.PLACED, (1.0, 2.0), r"Image image1\.png: the scheme has no landmark 'aepx' \(close to it: apex\)"),
        ("hilum", S.ABSENT, None, r"no landmark 'hilum' \(there are: apex, angle, wall\)"),
        ("apex", S.PLACED, None, "apex is placed, but has no coordinates"),
        ("apex", S.ABSENT, (1.0, 2.0), "apex is absent, but has coordinates"),
        ("apex", S.PLACED, (float("nan"), 2.0), "apex is placed, but its coordinates are x 2.0, y nan"),
        ("apex", S.PLACED, (19.6, 2.0), r"x 2, y 19\.6 lies outside the image of 30 x 20 pixels"),
        ("apex", S.PLACED, (2.0, -0.6), r"x -0\.6, y 2 lies outside"),
        ("apex", S.PLACED, (2.0, 29.51), "lies outside"),
    ],
)
def test_an_edit_that_cannot_be_true_is_refused(
    tmp_path: Path, landmark: str, state: LandmarkState, point: tuple[float, float] | None, message: str
):
    with a_project(tmp_path, images=1) as project:
        with pytest.raises(AnnotationError, match=message):
            project.annotations.edit(1, landmark, state, point, reader="ada")
        assert project.annotations.last_edit_id() == 0


@pytest.mark.parametrize("point", [(-0.5, -0.5), (19.5, 29.5)])
def test_the_rim_of_the_outermost_pixels_belongs_to_the_image(tmp_path: Path, point: tuple[float, float]):
    with a_project(tmp_path, images=1) as project:
        assert project.annotations.edit(1, "apex", S.PLACED, point, reader="ada").point == point


def test_an_edit_of_an_unknown_image_is_refused(tmp_path: Path):
    with a_project(tmp_path) as project, pytest.raises(UsageError, match="no image number 1"):
        place(project)


def test_an_edit_without_a_reader_is_refused(tmp_path: Path):
    with a_project(tmp_path, images=1) as project, pytest.raises(UsageError, match="needs a reader"):
        place(project, reader=" ")


def test_of_two_readers_the_later_counts_and_each_keeps_the_own_word(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1, reader="ada")
        place(project, x=2, reader="bob")

        assert x_of(project) == 2
        assert (x_of(project, reader="ada"), x_of(project, reader="bob")) == (1, 2)
        assert project.annotations.readers() == ("ada", "bob")


def test_a_file_never_hides_what_a_person_did(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1, reader="ada")
        project.annotations.edit_many([placed(1, x=2)], reader="import", origin=FILE)

        assert x_of(project) == 1
        assert x_of(project, reader="import") == 2


def test_a_person_corrects_what_a_file_said(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.annotations.edit_many([placed(1, x=2)], reader="import", origin=FILE)
        place(project, x=1, reader="ada")

        assert x_of(project) == 1
        assert project.annotations.origin_of(1) == {"apex": Origin("reader", "ada")}


def test_a_point_taken_from_a_teacher_keeps_that_origin(tmp_path: Path):
    teacher = Origin("teacher", "kd-k10-s0")
    with a_project(tmp_path, images=1) as project:
        project.annotations.edit(1, "apex", S.PLACED, (1, 2), reader="ada", origin=teacher)

        assert project.annotations.details(1)["apex"].origin == teacher


def test_resetting_takes_back_what_was_said_before_and_not_what_is_said_after(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1, reader="ada")
        project.annotations.edit(1, "apex", S.NOT_YET, None, reader="bob")
        assert x_of(project) is None

        project.annotations.edit_many([placed(1, x=2)], reader="import", origin=FILE)
        assert x_of(project) == 2


def test_a_file_cannot_reset_what_a_person_did(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1, reader="ada")
        project.annotations.edit_many([Annotation(1, "apex", S.NOT_YET, None)], reader="import", origin=FILE)
        project.annotations.edit(1, "apex", S.NOT_YET, None, reader="import", origin=FILE)

        assert x_of(project) == 1


def test_many_edits_are_written_together_or_not_at_all(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        with pytest.raises(AnnotationError, match=r"image2\.png: the scheme has no landmark 'hilum'"):
            project.annotations.edit_many([placed(1), placed(2, "hilum")], reader="import")

        assert project.annotations.last_edit_id() == 0


def test_reading_the_same_annotations_twice_writes_nothing_the_second_time(tmp_path: Path):
    rows = [placed(1), Annotation(1, "angle", S.ABSENT, None), Annotation(1, "wall", S.NOT_YET, None)]
    with a_project(tmp_path, images=1) as project:
        assert len(project.annotations.edit_many(rows, reader="import")) == 2
        assert project.annotations.edit_many(rows, reader="import") == []


def test_no_edits_at_all_are_no_step(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        assert project.annotations.edit_many([], reader="import") == []
        assert project.annotations.undo("import") is None


def test_an_annotations_own_reader_and_origin_count_before_those_of_the_import(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.annotations.edit_many([Annotation(1, "apex", S.ABSENT, None, "bob", FILE)], reader="import")

        edit = project.annotations.details(1)["apex"]
        assert (edit.reader, edit.origin) == ("bob", FILE)


def test_the_labels_of_many_images_come_at_once(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        place(project, 3, x=3)
        labels = project.annotations.labels([3, 1])

    assert list(labels) == [3, 1]
    assert (labels[3].n_known, labels[1].n_known) == (1, 0)


def test_labelled_images_are_those_with_enough_known_landmarks(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        project.annotations.edit(1, "apex", S.ABSENT, None, reader="ada")
        place(project, 2, "apex")
        place(project, 2, "wall")
        project.splits.assign(2, "train")

        assert project.annotations.labelled_ids() == [1, 2]
        assert project.annotations.labelled_ids(min_known=2) == [2]
        assert project.annotations.labelled_ids("train") == [2]
        with pytest.raises(UsageError, match="no split 'tarin'"):
            project.annotations.labelled_ids("tarin")


def test_a_window_learns_what_another_has_done_since(tmp_path: Path):
    with a_project(tmp_path, images=1) as one, Project.open(one.path) as other:
        place(one)
        seen = one.annotations.last_edit_id()
        place(other, landmark="wall", reader="bob")
        other.annotations.undo("bob")

        changes = one.annotations.changes_since(seen)
        assert [(edit.landmark, edit.kind) for edit in changes] == [("wall", "edit"), ("wall", "undo")]


def test_everything_that_was_ever_said_of_a_landmark_can_be_told(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1)
        place(project, landmark="wall")
        place(project, x=2)

        assert [edit.point for edit in project.annotations.edits_of(1, "apex")] == [(5, 1), (5, 2)]
        assert len(project.annotations.edits_of(1)) == 3


def test_more_images_than_one_statement_takes_are_no_matter(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        place(project, 2)

        assert project.annotations.labels(range(1, 2001))[2].n_known == 1


STUDENT = Origin("student", "small")


def accept(project: Project, *, reader: str, x: float) -> None:
    project.annotations.edit(1, "apex", S.PLACED, (5.0, x), reader=reader, origin=STUDENT)


def test_what_a_reader_placed_beats_what_another_accepted_from_a_model_whichever_came_first(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        accept(project, reader="bob", x=9)
        assert x_of(project) == 9

        place(project, x=1, reader="ada")
        accept(project, reader="bob", x=8)

        assert x_of(project) == 1
        assert x_of(project, reader="bob") == 8


def test_an_accepted_prediction_beats_a_file_and_a_reader_may_replace_the_own_point(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.annotations.edit(1, "apex", S.PLACED, (5.0, 2.0), reader="file", origin=FILE)
        accept(project, reader="ada", x=9)
        assert x_of(project) == 9

        place(project, x=1, reader="ada")
        accept(project, reader="ada", x=7)
        assert x_of(project) == 7
        assert project.annotations.origin_of(1) == {"apex": STUDENT}


def test_rejecting_a_prediction_takes_back_accepted_ones_and_nothing_else(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.annotations.edit(1, "apex", S.PLACED, (5.0, 2.0), reader="file", origin=FILE)
        accept(project, reader="ada", x=9)
        project.annotations.edit(1, "apex", S.NOT_YET, None, reader="bob", origin=STUDENT)
        assert x_of(project) == 2

        place(project, x=1, reader="ada")
        project.annotations.edit(1, "apex", S.NOT_YET, None, reader="bob", origin=STUDENT)
        assert x_of(project) == 1


def test_only_landmarks_of_which_nothing_is_known_are_set_where_that_is_asked(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1, reader="ada")
        project.annotations.edit(1, "wall", S.ABSENT, None, reader="bob")
        said = [placed(1, name, x=9.0) for name in ("apex", "angle", "wall")]

        edits = project.annotations.edit_many(said, reader="ada", origin=STUDENT, only_unset=True)

        assert [edit.landmark for edit in edits] == ["angle"]
        assert x_of(project) == 1


def test_labels_can_be_read_without_accepted_predictions(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, landmark="wall", x=1, reader="ada")
        accept(project, reader="ada", x=9)

        assert project.annotations.labels([1])[1].n_known == 2
        own = project.annotations.labels([1], with_accepted=False)[1]
        assert (own.n_known, own.state_of("apex")) == (1, S.NOT_YET)
