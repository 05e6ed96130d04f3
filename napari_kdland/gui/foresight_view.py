"""A look ahead on request: what a training would take, and what may go wrong, before anything starts."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.tones import Tone
from napari_kdland.gui.widgets import button, row, words
from napari_kdland.session.foresight import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.gui.desk import Desk
    from napari_kdland.session.training_requests import TrainingRequest

_CHECK = (
    "Look at labels per landmark, memory and disk, and time a few steps on a few of the images. "
    "Every training does so before its first step; here nothing starts."
)


class ForesightView(QWidget):
    """Looks ahead for the training that is set up.

    Parameters
    ----------
    desk
        What it works on.
    request
        Gives the training that is set up.
    """

    def __init__(self, desk: Desk, request: Callable[[], TrainingRequest]) -> None:
        super().__init__()
        self._desk = desk
        self._request = request
        self.jobs = JobRow(desk.runner, desk.names.all)
        self.found, self.warned = words(), words(tone=Tone.NOTE)
        self.check = button("Check before the start", lambda: self._desk.attempt(self._check), _CHECK)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row(self.check))
        for widget in (self.jobs, self.found, self.warned):
            layout.addWidget(widget)
        self.forget()

    def forget(self) -> None:
        """Show nothing: something else is set up now."""
        self.found.hide()
        self.warned.hide()
        if not self.jobs.is_busy:
            self.jobs.hide()

    def _check(self) -> None:
        order = self._request().order
        path = self._desk.session.the_project().path
        self.forget()
        self.jobs.show()
        self.jobs.start("Check", partial(jobs.foresee_training, path, order), on_done=self._on_found)

    def _on_found(self, found: jobs.Foresight) -> None:
        self.jobs.hide()
        self.found.setText(f"{in_words(found)}.")
        self.found.show()
        self.warned.setText("\n".join(found.warnings))
        self.warned.setVisible(bool(found.warnings))
