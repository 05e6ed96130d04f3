"""Proofreading: a queue of images, and one run's predictions of the image on screen beside what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import UsageError
from napari_kdland.project import Judged, Verdict
from napari_kdland.session.marking import Marking
from napari_kdland.session.queues import Queue

if TYPE_CHECKING:
    from napari_kdland.anatomy import Landmarks
    from napari_kdland.project import Ranking
    from napari_kdland.session.session import Session


class Proofreading:
    """What is proofread; the reader's word on it is `Judging`'s.

    Parameters
    ----------
    session
        Whose image on screen this follows.

    Attributes
    ----------
    marking
        Reviews and flags.
    queue
        `None` while nothing is proofread.
    run
        The run whose predictions are shown and can be accepted; empty where a queue is made of no run and none is
        shown beside it.
    prediction
        What it predicts of the image on screen; `None` where it was not asked, or nothing is proofread.
    judged
        What became of its predictions of the image on screen, by landmark; open ones are missing.
    arrived
        Emits the landmark that a line of the queue is about, once its image is on screen and it is the current one.
    """

    # The queue or its run; the prediction on screen or what became of it.
    changed = Signal()
    shown_changed = Signal()
    arrived = Signal(str)

    def __init__(self, session: Session) -> None:
        self._session = session
        self.marking = Marking(session)
        self.queue: Queue | None = None
        self.run = ""
        self.prediction: Landmarks | None = None
        self.judged: dict[str, Judged] = {}
        self._wanted: tuple[int, str] | None = None
        session.project_changed.connect(self.close)
        session.runs_changed.connect(self._on_runs)
        session.image_changed.connect(self._on_image)
        session.landmarks_changed.connect(self._on_landmarks)
        session.blind.changed.connect(self._on_image)

    @property
    def is_on(self) -> bool:
        """Whether a queue is open and the run has predicted the image on screen."""
        return self.prediction is not None

    @property
    def progress(self) -> tuple[int, int]:
        """How many images of the queue anybody has reviewed, and how many there are."""
        if self.queue is None:
            return 0, 0
        return len(self.marking.reviewed_ids() & self.queue.image_ids), len(self.queue.image_ids)

    @property
    def edits_since(self) -> int:
        """How many edits the project has seen since the queue's scores were made."""
        if self.queue is None:
            return 0
        return self._session.the_project().annotations.last_edit_id() - self.queue.ranking.last_edit

    @property
    def open_landmarks(self) -> tuple[str, ...]:
        """The landmarks of the image on screen whose prediction is still to be judged, in the scheme's order."""
        if self.prediction is None:
            return ()
        return tuple(
            name
            for name, state, _ in self.prediction
            if state is not LandmarkState.NOT_YET and self.verdict(name) is Verdict.OPEN
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the line on screen is in the queue, the weightiest reason first; empty where its score says all.

        Who reads blind is told none: reasons say where other readers' points and runs' points lie.
        """
        place = None if self._session.blind.is_on else self.place
        return () if self.queue is None or place is None else tuple(self.queue.lines[place].reason.splitlines())

    @property
    def place(self) -> int | None:
        """The line of the queue that is on screen."""
        record = self._session.record
        if self.queue is None or record is None:
            return None
        return self.queue.place_of(record.image_id, self._session.current)

    def verdict(self, landmark: str) -> Verdict:
        """Give what became of the prediction of a landmark."""
        return self.judged[landmark].verdict if landmark in self.judged else Verdict.OPEN

    def open(
        self, ranking: Ranking, *, run: str | None = None, of_landmarks: bool = False, split: str | None = None
    ) -> None:
        """Open the queue of a ranking and go to its first image that nobody has reviewed.

        Parameters
        ----------
        ranking
            Of the open project.
        run
            Whose predictions are shown; by default the first of the ranking's runs, and none where it has none.
        of_landmarks, split
            See `Queue`.

        Raises
        ------
        UsageError
            If the queue is empty.
        """
        queue = Queue.read(self._session.the_project(), ranking, of_landmarks=of_landmarks, split=split)
        if not queue.lines:
            where = f"images of {split}" if split else "images"
            raise UsageError(f"There are no {where} in this queue. Choose another split, or make the queue anew.")
        self.queue, self.run = queue, run or next(iter(ranking.runs), "")
        self._on_image()
        self.changed.emit()
        first = queue.next_after(None, self.marking.reviewed_ids())
        self.go_to(0 if first is None else first)

    def close(self) -> None:
        """Close the queue; everything that was said stays said."""
        if self.queue is not None:
            self.queue, self.run, self._wanted = None, "", None
            self._on_image()
            self.changed.emit()

    def show_run(self, run: str) -> None:
        """Show another run's predictions; empty for none."""
        if self.queue is not None and run != self.run:
            self.run = run
            self._on_image()

    def go_to(self, place: int) -> None:
        """Show the image of a line, and make its landmark, or the image's most urgent one, the current one."""
        if self.queue is None:
            return
        line = self.queue.lines[place]
        self._wanted = (line.image_id, line.landmark)
        if self._session.record is not None and self._session.record.image_id == line.image_id:
            self._choose_wanted()
        else:
            self._session.paging.go_to(line.image_id)

    def go_on(self) -> bool:
        """Go to the next line whose image nobody has reviewed; give whether there is one.

        Raises
        ------
        UsageError
            If no queue is open.
        """
        if self.queue is None:
            raise UsageError("No queue is open. Make one in the Proofread panel.")
        following = self.queue.next_after(self.place, self.marking.reviewed_ids())
        if following is not None:
            self.go_to(following)
        return following is not None

    def _on_runs(self) -> None:
        """Close the queue where its runs are gone or have learnt more; follow them where they are renamed."""
        if self.queue is None or self._session.project is None:
            return
        here = self.queue.ranking.ranking_id
        now = {ranking.ranking_id: ranking for ranking in self._session.the_project().scores.all()}
        if here not in now:
            self.close()
        elif self.run not in self.queue.ranking.runs:
            self._follow_beside()
        elif now[here].runs != self.queue.ranking.runs:
            place = self.queue.ranking.runs.index(self.run)
            self.queue = Queue.read(
                self._session.the_project(), now[here], of_landmarks=self.queue.of_landmarks, split=self.queue.split
            )
            self.run = now[here].runs[place]
            self._on_image()
            self.changed.emit()

    def _follow_beside(self) -> None:
        """Leave a run that is only shown beside a queue where it is gone or has another name."""
        if self.run not in {run.name for run in self._session.the_project().runs.all()}:
            self.run = ""
        self._on_image()
        self.changed.emit()

    def _on_image(self) -> None:
        record, project = self._session.record, self._session.project
        self.prediction = None
        is_blind = self._session.blind.is_on  # who reads blind sees no prediction, and so judges none
        if self.queue is not None and self.run and record is not None and project is not None and not is_blind:
            self.prediction = project.predictions.load(self.run, record.image_id)
        self._on_landmarks()
        self._choose_wanted()

    def _on_landmarks(self) -> None:
        record, project = self._session.record, self._session.project
        is_known = self.prediction is not None and record is not None and project is not None
        self.judged = project.verdicts.of_image(record.image_id, self.run) if is_known else {}  # type: ignore[union-attr]
        self.shown_changed.emit()

    def _choose_wanted(self) -> None:
        record, queue = self._session.record, self.queue
        if queue is None or self._wanted is None or record is None or record.image_id != self._wanted[0]:
            return
        landmark, self._wanted = self._wanted[1], None
        if self._session.blind.is_on:  # which landmark is doubted says something of what others have placed
            return
        if not landmark:
            score = self._session.the_project().scores.of_image(queue.ranking.ranking_id, record.image_id)
            landmark = max(score.landmarks, key=score.landmarks.__getitem__) if score and score.landmarks else ""
        if landmark:
            self._session.choose(landmark)
            self.arrived.emit(landmark)
