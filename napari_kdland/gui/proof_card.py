"""The image that is proofread: what became of its predictions, the buttons to judge them, its review and its flag."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout

from napari_kdland.gui.positions import moment_text
from napari_kdland.gui.shortcuts import shown
from napari_kdland.gui.tones import Themed, Tone, ink
from napari_kdland.gui.widgets import button, row, words
from napari_kdland.project import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QPushButton

    from napari_kdland.gui.desk import Desk

_COLOURS = {
    Verdict.OPEN: "#E69F00",
    Verdict.ACCEPTED: "#4fc79b",
    Verdict.REJECTED: "#CC79A7",
    Verdict.LABELLED: "#56B4E9",
}


class ProofCard(Themed):
    """Shows the image on screen as far as proofreading goes, and says the reader's word on it.

    Parameters
    ----------
    desk
        What it works on.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._session, self._proofreading = desk.session, desk.proofreading
        self.chip, self.about, self.marks = words(), words(), words()
        self.chip.set_tone(Tone.PLAIN, sheet="font-size: 15px; font-weight: bold;")
        proof = desk.actions.proof
        self.back_button = button(
            "Not reviewed", proof.take_review_back, "Take your review of the image back", keeps_focus=True
        )
        self.unflag_button = button("Clear flag", proof.clear_flag, "Take the flag from the image", keeps_focus=True)
        self._counts = ""
        self._build()
        self._session.image_changed.connect(self._on_marks)
        self._session.reader_changed.connect(self._on_marks)
        self._session.current_changed.connect(self._on_current)
        self._proofreading.shown_changed.connect(self._on_shown)
        self._proofreading.marking.changed.connect(self._on_marks)

    def look(self) -> None:
        """Show everything anew."""
        self._on_shown()
        self._on_marks()

    def follow_theme(self) -> None:
        """Choose the colours of the verdicts anew."""
        self._on_shown()

    def _build(self) -> None:
        proof, actions = self._desk.actions.proof, self._desk.actions
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.chip)
        layout.addWidget(self.about)
        self.judging = (
            _button("Accept", proof.accept, "accept", "The current landmark's prediction becomes its label"),
            _button("Accept all", proof.accept_all, "accept_all", "All open predictions of the image"),
            _button("Reject", proof.reject, "not_yet", "The current landmark's prediction is wrong"),
            _button("Reject all", proof.reject_all, "reject_all", "All open predictions of the image are wrong"),
            _button("Replace", proof.replace, "replace", "The prediction in the place of your own label"),
        )
        layout.addLayout(row(*self.judging[:4]))
        layout.addLayout(
            row(
                self.judging[4],
                _button("Undo", actions.undo, "undo", "Takes back the last step, an accept-all as a whole"),
                _button("Reviewed, next", proof.review_and_go_on, "reviewed", "Mark the image reviewed and go on"),
                _button("Next", proof.go_on, "next_suggested", "Leave it, and go to the next that is not reviewed"),
            )
        )
        flag = _button("Flag ...", proof.flag, "flag", "Say why somebody should look at the image")
        layout.addLayout(row(flag, self.unflag_button, self.back_button))
        layout.addWidget(self.marks)

    def _on_shown(self) -> None:
        proofreading = self._proofreading
        for each in self.judging:  # without a prediction, as beside doubts that no run was asked of
            each.setEnabled(proofreading.is_on)
        counts = dict.fromkeys(Verdict, 0)
        for judged in proofreading.judged.values():
            counts[judged.verdict] += 1
        counts[Verdict.OPEN] = len(proofreading.open_landmarks)
        told = [f'<span style="color: {self._ink(each)};">{n} {each.value}</span>' for each, n in counts.items() if n]
        self._counts = " · ".join(told)
        self._on_current()

    def _on_current(self) -> None:
        proofreading, current, project = self._proofreading, self._session.current, self._session.project
        if proofreading.queue is None or project is None:
            return
        if proofreading.run and self._session.blind.is_on:
            self.chip.setText("You read blind: no run's prediction is shown")
        elif proofreading.run and not proofreading.is_on:
            self.chip.setText(f"{proofreading.run} was not asked of this image")
        elif current is None:
            self.chip.setText("All landmarks are set")
        else:
            verdict = proofreading.verdict(current)
            number = project.scheme.landmark_names.index(current) + 1
            colour = f': <span style="color: {self._ink(verdict)};">{verdict.value}</span>'
            self.chip.setText(f"{number}  {project.scheme.title_of(current)}{colour if proofreading.run else ''}")
        self.about.setText(" · ".join(part for part in (self._whose(current), self._counts) if part))

    def _ink(self, verdict: Verdict) -> str:
        return str(ink(_COLOURS[verdict], self).name())

    def _whose(self, landmark: str | None) -> str:
        judged = self._proofreading.judged.get(landmark or "")
        if judged is None or judged.verdict is Verdict.OPEN:
            return ""
        if judged.verdict is Verdict.LABELLED:
            return f"placed by {judged.source}" if judged.source_kind == "reader" else f"from {judged.source}"
        return f"{judged.verdict.value} by {judged.reader}"

    def _on_marks(self) -> None:
        if self._proofreading.queue is None:
            return
        marking = self._proofreading.marking
        reviews, flag = marking.reviews, marking.flag
        told = [f"Reviewed by {each.reader} on {moment_text(each.time)}." for each in reviews]
        told += [] if flag is None else [f"Flagged by {flag.reader} on {moment_text(flag.time)}: {flag.note}"]
        self.marks.setText("\n".join(told))
        self.marks.setVisible(bool(told))
        self.back_button.setEnabled(any(each.reader == self._session.reader for each in reviews))
        self.unflag_button.setEnabled(flag is not None)


def _button(text: str, action: Callable[[], None], name: str, tooltip: str) -> QPushButton:
    return button(text, action, f"{tooltip} ({shown(name)})", keeps_focus=True)
