"""The Proofread panel: a queue of images that need a look, and the run's predictions to accept, reject or correct."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QCheckBox, QComboBox, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.gui.empty_state import EmptyState
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.panels.base import Panel
from napari_kdland.gui.positions import moment_text
from napari_kdland.gui.proof_card import ProofCard
from napari_kdland.gui.queue_setup import QueueSetup
from napari_kdland.gui.queue_table import QueueModel, QueueView
from napari_kdland.gui.reader_name import ReaderName
from napari_kdland.gui.reasons import Reasons
from napari_kdland.gui.widgets import Section, button, row, words
from napari_kdland.session import next_round
from napari_kdland.session.queues import Queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtCore import QEvent, QModelIndex

    from napari_kdland.gui.desk import Desk
    from napari_kdland.project import Ranking

_BLIND = "You read blind: scores, reasons, and what others have flagged or reviewed are not shown."


class ProofreadPanel(Panel):
    """Makes review queues and goes through them.

    Parameters
    ----------
    desk
        What every panel works on.
    """

    without_project = "Here what its runs say is accepted, rejected or corrected, the images that need it most first."

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._proofreading = desk.proofreading
        self.setup = QueueSetup()
        self.jobs = JobRow(desk.runner, desk.names.all)
        self.model = QueueModel(desk.session, desk.proofreading)
        self.view = QueueView(self.model)
        self.card = ProofCard(desk)
        self.reader = ReaderName(desk)
        self.run = QComboBox()
        self.run.setToolTip("Whose predictions are on the image and can be accepted")
        self.progress = QProgressBar()
        self.progress.setToolTip("Images of the queue that anybody has reviewed")
        self._hint, self.age, self.why = EmptyState(), words(), Reasons()
        self.make_button = button("Make the queue", self.make, "Score all images, predicting those that are not yet")
        self.open_button = button("Open the last one", self._open_last, "The queue that was made of this last")
        self.joins = QCheckBox()
        self.joins.setChecked(True)
        self.joins.setToolTip(
            "A training learns from labels of train; from images of the pool it learns without theirs"
        )
        self.next_button = button(
            "Train the next round", self.next_round, "Start a training like the run's, with the labels there are now"
        )
        self._build()
        self._connect()
        self._on_project()

    def showEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Let the predictions be seen, whatever else is compared."""
        super().showEvent(event)
        self.desk.proof_layer.come_forward(True)

    def hideEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the image to what is compared."""
        super().hideEvent(event)
        if not self.desk.is_closing:
            self.desk.proof_layer.come_forward(False)

    def make(self) -> None:
        """Score images as it is set up, and open the queue."""
        problem = self.setup.problem()
        if problem:
            self.desk.refuse(problem)
        else:
            self.desk.attempt(self._make)

    def open(self, ranking: Ranking) -> None:
        """Open the queue of a ranking."""
        of_landmarks, split = bool(self.setup.lines.currentData()), self.setup.split.currentData()
        # The last run is the youngest: of teacher and student the one that is to be proofread.
        run = next(iter((ranking.runs or self.setup.chosen())[::-1]), "")
        wanted = {"of_landmarks": of_landmarks, "split": split}
        is_open = self.desk.attempt(self._proofreading.open, ranking, run=run, **wanted)
        if not is_open and not Queue.read(self.session.the_project(), ranking, **wanted).lines:
            self._say_there_is_nothing(ranking, split)

    def next_round(self) -> None:
        """Start a training like that of the proofread run, with the labels that there are now."""
        self.desk.attempt(self._next_round)

    def _next_round(self) -> None:
        wanted = next_round.prepare(self.session, self._proofreading.run, joins=self.joins.isChecked())
        # The panel is made when it comes to the front, and hears what is wanted afterwards.
        self.desk.wanted.emit("Train")
        self.desk.training_wanted.emit(wanted)

    def _make(self) -> None:
        path, kind, runs = self.session.the_project().path, self.setup.kind.currentData(), self.setup.chosen()
        job = self.desk.apart(partial(jobs.rank_images, path, kind, runs, wish=self.setup.options.wish()))
        self.jobs.start("Make the queue", job, on_done=partial(self._made, path))

    def _made(self, path: object, ranking: Ranking) -> None:
        project = self.session.project
        if project is not None and project.path == path:
            self.open(ranking)

    def _connect(self) -> None:
        proofreading, session = self._proofreading, self.session
        session.project_changed.connect(self._on_project)
        session.runs_changed.connect(self._on_project)
        session.current_changed.connect(self._on_place)
        session.saved.connect(self._on_age)
        proofreading.changed.connect(self._on_queue)
        proofreading.shown_changed.connect(self._on_place)
        proofreading.marking.changed.connect(self._on_marks)
        self.setup.changed.connect(self._on_setup)
        self.setup.lines.currentIndexChanged.connect(self._on_choice)
        self.setup.split.currentIndexChanged.connect(self._on_choice)
        self.view.clicked.connect(self._on_click)
        self.run.activated.connect(lambda _: proofreading.show_run(self.run.currentData()))

    def _build(self) -> None:
        setup, self._work = QWidget(), QWidget()
        upper = QVBoxLayout(setup)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.addWidget(self.setup)
        upper.addLayout(row(self.make_button, self.open_button))
        upper.addWidget(self._hint)
        self._section = Section("Queue", setup)
        self.progress.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        close = button("Close", self._proofreading.close, "Close the queue; everything said is kept", keeps_focus=True)
        lower = QVBoxLayout(self._work)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(4)
        lower.addLayout(row(self.progress, close, stretch=0))
        lower.addWidget(self.view, 1)
        lower.addWidget(self.why)
        lower.addWidget(self.age)
        lower.addLayout(row(QLabel("Prediction of"), self.run, stretch=1))
        lower.addWidget(self.reader)
        lower.addWidget(self.card)
        lower.addWidget(self.joins)
        lower.addLayout(row(self.next_button))
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 4)
        layout.addWidget(self._section)
        layout.addWidget(self.jobs)
        layout.addWidget(self._work, 1)
        layout.addStretch(0)

    def _say_there_is_nothing(self, ranking: Ranking, split: str | None) -> None:
        self._section.set_open(True)
        sorting = self.setup.kind.currentText()
        sorting = sorting[:1].lower() + sorting[1:]
        if split is None:
            self._hint.offer("Choose what to review", self.setup.kind.showPopup, "What a queue can be sorted by")
            self._hint.say(f"No image is in the queue of {sorting}.")
        else:
            self._hint.offer(
                "Review all splits", partial(self._open_all_splits, ranking), "Open the queue of all splits"
            )
            self._hint.say(f"No image of {split} is in the queue of {sorting}.")

    def _open_all_splits(self, ranking: Ranking) -> None:
        self.setup.split.setCurrentIndex(0)
        if self._proofreading.queue is None:
            self.open(ranking)

    def _open_last(self) -> None:
        ranking = self._last()
        if ranking is not None:
            self.open(ranking)

    def _last(self) -> Ranking | None:
        """Give the ranking that was made of what is chosen before."""
        project = self.session.project
        return None if project is None else self.setup.last(project)

    def _on_project(self) -> None:
        self.setup.look_at(self.session.project)
        self._on_queue()

    def _on_setup(self) -> None:
        is_open = self.session.project is not None
        problem = self.setup.problem() if is_open else "No project is open. Open one in the Project panel."
        to_train = None if not is_open or self.setup.trained else partial(self.desk.wanted.emit, "Train")
        self._hint.offer("To the Train panel", to_train, "Train a run, whose predictions can be reviewed then")
        self._hint.say(problem)
        self.make_button.setEnabled(not problem)
        last = self._last()
        self.open_button.setVisible(last is not None)
        if last is not None:
            of_what = f"of {', '.join(last.runs)}" if last.runs else "without a run"
            self.open_button.setToolTip(f"Made {of_what} on {moment_text(last.time)}")

    def _on_choice(self) -> None:
        """Show the open queue by images or landmarks, or of another split."""
        if self._proofreading.queue is not None:
            self.open(self._proofreading.queue.ranking)

    def _on_queue(self) -> None:
        queue = self._proofreading.queue
        self.model.reload()
        self._work.setVisible(queue is not None)
        self._section.set_open(queue is None)
        # What the form does not need is left free below it.
        self._layout.setStretch(self._layout.count() - 1, 1 if queue is None else 0)
        self._on_setup()
        self.run.clear()
        if queue is not None:
            self._offer_runs(queue.ranking.runs)
            self.card.look()
            self._on_marks()
            self._on_age()
            self._on_place()

    def _offer_runs(self, runs: Sequence[str]) -> None:
        """Offer the queue's runs; beside a queue of none all that are trained, or no predictions at all."""
        for name in runs or ("", *self.setup.trained):
            self.run.addItem(name or "no run", name)
        self.run.setCurrentIndex(max(0, self.run.findData(self._proofreading.run)))
        self.next_button.setEnabled(bool(self._proofreading.run))

    def _on_place(self) -> None:
        queue = self._proofreading.queue
        if queue is not None:
            self.view.look_at(self._proofreading.place, of_landmarks=queue.of_landmarks)
            project = self.session.project
            titles = {} if project is None else project.scheme.landmark_titles
            self.why.tell([_BLIND] if self.session.blind.is_on else self._proofreading.reasons, titles)

    def _on_marks(self) -> None:
        if self._proofreading.queue is None:
            return
        done, count = self._proofreading.progress
        self.progress.setRange(0, max(1, count))
        self.progress.setValue(done)
        self.progress.setFormat(f"{done} of {count} reviewed")
        self.model.refresh()

    def _on_age(self, _time: object = None) -> None:
        queue = self._proofreading.queue
        if queue is not None:
            since = self._proofreading.edits_since
            later = f" Edits since: {since}. Make it again to score them." if since else ""
            joining = len(next_round.joining(self.session))
            self.joins.setText(f"Put the labelled images of the pool into train ({joining})")
            self.joins.setEnabled(joining > 0)
            self.age.setText(f"Made on {moment_text(queue.ranking.time)}.{later}")

    def _on_click(self, index: QModelIndex) -> None:
        self.desk.attempt(self._proofreading.go_to, index.row())
