"""What the reader says of the predictions that are proofread: accepted as labels, or rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.anatomy import LandmarkState, Origin
from napari_kdland.errors import AnnotationError
from napari_kdland.project import Annotation, Verdict
from napari_kdland.project.annotation import problem_with

if TYPE_CHECKING:
    from napari_kdland.anatomy import Landmarks
    from napari_kdland.project import Edit
    from napari_kdland.session.proofreading import Proofreading
    from napari_kdland.session.session import Session

# Where labels judge runs, they must not come from one.
_JUDGING = ("val", "test")


class Judging:
    """The reader's word on the predictions of the image on screen; it is in the journal before anything returns.

    Parameters
    ----------
    session
        Whose reader and journal these are.
    proofreading
        What is on screen.
    """

    def __init__(self, session: Session, proofreading: Proofreading) -> None:
        self._session = session
        self._proofreading = proofreading

    def accept(self, landmark: str | None = None, *, replaces: bool = False) -> None:
        """Make a prediction the label of its landmark, the current one by default, and go on to the next open one.

        Parameters
        ----------
        landmark
            Which.
        replaces
            Whether a label that is there may go; another reader's own point never does.

        Raises
        ------
        AnnotationError
            If there is no prediction, the landmark has a label that may not go, or labels of the image judge runs.
        """
        name = self._named(landmark)
        annotation = self._annotation(name)
        self._refuse_to_replace(name, replaces=replaces)
        problem = self._problem(annotation)
        if problem:
            raise AnnotationError(f"The prediction cannot be a label: {problem}.")
        self._write([annotation], only_unset=not replaces)
        self._choose_next(name)

    def accept_all(self) -> int:
        """Make all open predictions of the image labels, as one step for `undo`; gives how many.

        Those outside the image and locked ones stay open. What anybody has said of a landmark stays.

        Raises
        ------
        AnnotationError
            If no prediction is open, or labels of the image judge runs.
        """
        said = [self._annotation(name) for name in self._some_open()]
        return self._write([each for each in said if not self._problem(each)], only_unset=True)

    def reject(self, landmark: str | None = None) -> None:
        """Say that a prediction is wrong, the current landmark's by default, and go on to the next open one.

        The label that it may be already is taken back.

        Raises
        ------
        AnnotationError
            If there is no prediction, or the landmark has a label from elsewhere.
        """
        name = self._named(landmark)
        self._predicted(name)
        verdict = self._proofreading.verdict(name)
        if verdict is Verdict.LABELLED:
            raise AnnotationError(f"{self._title(name)} has a label already, {self._whose(name)}; that stays.")
        if verdict is not Verdict.REJECTED:
            self._session.take_in([self._reject(name, None)])
        self._choose_next(name)

    def reject_all(self) -> int:
        """Say that all open predictions of the image are wrong, as one step for `undo`; gives how many.

        Raises
        ------
        AnnotationError
            If no prediction is open.
        """
        edits: list[Edit] = []
        for name in self._some_open():
            edits.append(self._reject(name, edits[-1].edit_id if edits else None))
        self._session.take_in(edits)
        return len(edits)

    def can_reject(self, landmark: str | None) -> bool:
        """Say whether a landmark has a prediction that is open or accepted."""
        proofreading = self._proofreading
        if proofreading.prediction is None or landmark is None:
            return False
        has_one = proofreading.prediction.state_of(landmark) is not LandmarkState.NOT_YET
        return has_one and proofreading.verdict(landmark) in (Verdict.OPEN, Verdict.ACCEPTED)

    def origin(self) -> Origin:
        """Give where accepted predictions come from: a run that teaches, or that nobody taught, is a teacher."""
        runs = self._session.the_project().runs
        run = runs.get(self._proofreading.run)
        teaches = any(run.name in other.teachers for other in runs.all())
        return Origin("teacher" if teaches or not run.teachers else "student", run.name)

    def _write(self, said: list[Annotation], *, only_unset: bool) -> int:
        annotations, reader = self._session.the_project().annotations, self._session.reader
        edits = annotations.edit_many(said, reader=reader, origin=self.origin(), only_unset=only_unset)
        self._session.take_in(edits)
        return len(edits)

    def _reject(self, name: str, joins: int | None) -> Edit:
        annotations, reader = self._session.the_project().annotations, self._session.reader
        words = (self._session.the_record().image_id, name, LandmarkState.NOT_YET, None)
        return annotations.edit(*words, reader=reader, origin=self.origin(), note="rejected", joins=joins)

    def _annotation(self, name: str) -> Annotation:
        record, prediction = self._session.the_record(), self._predicted(name)
        if record.split in _JUDGING:
            raise AnnotationError(
                f"{record.name} is in {record.split}, whose labels judge runs, so none may come from a run. "
                "Place the landmark by hand, or drag the prediction to where it belongs."
            )
        state, point = prediction.state_of(name), prediction[name]
        place = (float(point[0]), float(point[1])) if state.has_point else None
        return Annotation(record.image_id, name, state, place)

    def _refuse_to_replace(self, name: str, *, replaces: bool) -> None:
        proofreading = self._proofreading
        if proofreading.verdict(name) is not Verdict.LABELLED:
            return
        judged = proofreading.judged[name]
        if judged.source_kind == "reader" and judged.reader != self._session.reader:
            raise AnnotationError(
                f"{self._title(name)} was placed by {judged.reader}, and a reader's point beats a prediction. "
                "Drag it to where it belongs if it is wrong."
            )
        if not replaces:
            raise AnnotationError(
                f"{self._title(name)} has a label already, {self._whose(name)}; that stays. "
                "To put the prediction in its place, choose Replace (Ctrl+Enter)."
            )

    def _choose_next(self, name: str) -> None:
        names = self._session.the_project().scheme.landmark_names
        start = names.index(name) + 1
        still_open = self._proofreading.open_landmarks
        following = next((each for each in (*names[start:], *names[:start]) if each in still_open), None)
        if following is not None:
            self._session.choose(following)

    def _some_open(self) -> tuple[str, ...]:
        self._shown()
        locked = self._session.the_project().locks.of_image(self._session.the_record().image_id)
        found = tuple(name for name in self._proofreading.open_landmarks if name not in locked)
        if not found:
            raise AnnotationError(
                "No prediction of this image is open: each landmark is accepted, rejected, labelled or locked."
            )
        return found

    def _named(self, landmark: str | None) -> str:
        self._shown()
        name = landmark or self._session.current
        if name is None:
            raise AnnotationError("Choose a landmark first: click it, or press its number.")
        return name

    def _predicted(self, name: str) -> Landmarks:
        prediction = self._shown()
        if prediction.state_of(name) is LandmarkState.NOT_YET:
            raise AnnotationError(f"{self._proofreading.run} predicts nothing of {self._title(name)}.")
        return prediction

    def _shown(self) -> Landmarks:
        if self._proofreading.prediction is None:
            is_without_run = self._proofreading.queue is not None and not self._proofreading.run
            what = "choose a run beside the queue" if is_without_run else "make a queue and choose an image"
            raise AnnotationError(f"No prediction is on screen. In the Proofread panel, {what}.")
        return self._proofreading.prediction

    def _problem(self, annotation: Annotation) -> str:
        return problem_with(annotation, (annotation.landmark,), self._session.the_record().size)

    def _whose(self, name: str) -> str:
        judged = self._proofreading.judged[name]
        return f"placed by {judged.reader}" if judged.source_kind == "reader" else f"from {judged.source}"

    def _title(self, name: str) -> str:
        return self._session.the_project().scheme.title_of(name)
