"""The current state is always what the journal says, whatever readers do, in whatever order."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from napari_kdland.anatomy import LandmarkState, Origin
from napari_kdland.project import Annotation, Project
from tests.project.factories import a_project, place

readers = st.sampled_from(["ada", "bob", "import"])
images = st.integers(1, 2)
landmarks = st.sampled_from(["apex", "wall"])
origins = st.sampled_from([None, Origin("file", "a.csv"), Origin("teacher", "kd")])
said = st.one_of(
    st.tuples(
        st.sampled_from([state for state in LandmarkState if state.has_point]),
        st.tuples(st.floats(-0.5, 19.5), st.floats(-0.5, 29.5)),
    ),
    st.tuples(st.sampled_from([state for state in LandmarkState if not state.has_point]), st.none()),
)
annotations = st.builds(lambda image, name, words: Annotation(image, name, *words), images, landmarks, said)


class Readers(RuleBasedStateMachine):
    """Readers who edit, undo and redo; what each of them should see is kept as a plain stack of states."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.project = a_project(Path(self.folder.name), images=2)
        self.done: dict[str, list[dict]] = {}
        self.undone: dict[str, list[dict]] = {}

    def words(self, reader: str) -> dict:
        details = self.project.annotations.details_of([1, 2], reader=reader)
        return {
            (image_id, name): (edit.state, edit.point)
            for image_id, edits in details.items()
            for name, edit in edits.items()
        }

    @initialize()
    def begin(self) -> None:
        for reader in ("ada", "bob", "import"):
            self.done[reader], self.undone[reader] = [{}], []

    @rule(annotation=annotations, reader=readers, origin=origins)
    def edit(self, annotation: Annotation, reader: str, origin: Origin | None) -> None:
        words = (annotation.image_id, annotation.landmark, annotation.state, annotation.point)
        self.project.annotations.edit(*words, reader=reader, origin=origin)
        self.done[reader].append(self.words(reader))
        self.undone[reader].clear()

    @rule(rows=st.lists(annotations, max_size=4), reader=readers, origin=origins)
    def edit_many(self, rows: list[Annotation], reader: str, origin: Origin | None) -> None:
        if self.project.annotations.edit_many(rows, reader=reader, origin=origin):
            self.done[reader].append(self.words(reader))
            self.undone[reader].clear()

    @rule(reader=readers)
    def undo(self, reader: str) -> None:
        edit = self.project.annotations.undo(reader)
        assert (edit is None) == (len(self.done[reader]) == 1)
        if edit is not None:
            self.undone[reader].append(self.done[reader].pop())

    @rule(reader=readers)
    def redo(self, reader: str) -> None:
        edit = self.project.annotations.redo(reader)
        assert (edit is None) == (not self.undone[reader])
        if edit is not None:
            self.done[reader].append(self.undone[reader].pop())

    @rule()
    def reopen(self) -> None:
        self.project.close()
        self.project = Project.open(self.project.path)

    @invariant()
    def the_current_state_is_what_the_journal_says(self) -> None:
        assert self.project.annotations.replay() == self.project.annotations.standing()

    @invariant()
    def every_reader_sees_what_undo_and_redo_promise(self) -> None:
        for reader, states in self.done.items():
            assert self.words(reader) == states[-1]

    def teardown(self) -> None:
        self.project.close()
        self.folder.cleanup()


Readers.TestCase.settings = settings(
    max_examples=10,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
TestReaders = Readers.TestCase


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(annotations, max_size=12))
def test_edits_one_by_one_and_together_leave_the_same_landmarks(rows: list[Annotation]):
    with (
        tempfile.TemporaryDirectory() as first,
        tempfile.TemporaryDirectory() as second,
        a_project(Path(first), images=2) as one,
        a_project(Path(second), images=2) as other,
    ):
        for row in rows:
            one.annotations.edit(row.image_id, row.landmark, row.state, row.point, reader="ada")
        other.annotations.edit_many(rows, reader="ada")

        assert one.annotations.labels([1, 2]) == other.annotations.labels([1, 2])


def test_a_current_state_that_was_tampered_with_is_noticed_and_rebuilt(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1)
        place(project, x=2)
        with project.database.writing() as connection:
            connection.exec_driver_sql("UPDATE consensus SET edit_id = 1")
        assert project.annotations.replay() != project.annotations.standing()

        project.annotations.rebuild()
        assert project.annotations.replay() == project.annotations.standing()


def test_an_empty_journal_says_nothing(tmp_path: Path):
    with a_project(tmp_path) as project:
        assert project.annotations.replay() == ({}, {})
        project.annotations.rebuild()


@pytest.mark.parametrize("count", [1, 3])
def test_edits_are_numbered_without_a_gap(tmp_path: Path, count: int):
    with a_project(tmp_path, images=1) as project:
        numbers = [place(project) for _ in range(count)]

    assert numbers == list(range(1, count + 1))
