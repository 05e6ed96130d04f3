"""What keys and buttons do in proofreading: accept, reject, mark reviewed, flag, go on."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QApplication, QInputDialog

from napari_kdland.anatomy import LandmarkState

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.gui.desk import Desk


class ProofActions:
    """The actions of proofreading; what is refused is said at the foot of the window.

    Parameters
    ----------
    desk
        The things the actions work on.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._judging, self._proofreading = desk.judging, desk.proofreading

    def table(self, reset: Callable[[LandmarkState], Any]) -> dict[str, Callable[[], Any]]:
        """Give the actions by their names in the table of keys; `reset` says not-yet where nothing can be rejected."""
        return {
            "not_yet": partial(self.reject_or, reset),
            "accept": self.accept,
            "accept_all": self.accept_all,
            "replace": self.replace,
            "reject_all": self.reject_all,
            "reviewed": self.review_and_go_on,
            "next_suggested": self.go_on,
            "flag": self.flag,
        }

    def accept(self) -> None:
        """Make the current landmark's prediction its label."""
        self._do(self._judging.accept)

    def replace(self) -> None:
        """Put the current landmark's prediction in the place of its label."""
        self._do(partial(self._judging.accept, replaces=True))

    def accept_all(self) -> None:
        """Make all open predictions of the image labels."""
        self._count(self._judging.accept_all, "accepted; undo takes all of them back")

    def reject(self) -> None:
        """Say that the current landmark's prediction is wrong."""
        self._do(self._judging.reject)

    def reject_or(self, reset: Callable[[LandmarkState], Any]) -> None:
        """Reject where there is a prediction that is open or accepted, else reset the landmark."""
        if self._judging.can_reject(self._desk.session.current):
            self.reject()
        else:
            reset(LandmarkState.NOT_YET)

    def reject_all(self) -> None:
        """Say that all open predictions of the image are wrong."""
        self._count(self._judging.reject_all, "rejected; undo takes all of that back")

    def review_and_go_on(self) -> None:
        """Mark the image reviewed, and go to the next one of the queue where one is open."""
        if not self._desk.attempt(self._proofreading.marking.mark_reviewed):
            return
        record = self._desk.session.record
        name = "" if record is None else record.name
        if self._proofreading.queue is None:
            self._desk.say(f"{name} is reviewed.")
        else:
            self.go_on()

    def take_review_back(self) -> None:
        """Say that the image is not reviewed after all."""
        self._do(partial(self._proofreading.marking.mark_reviewed, is_reviewed=False))

    def go_on(self) -> None:
        """Go to the next image of the queue that nobody has reviewed."""
        went: list[bool] = []
        if self._desk.attempt(lambda: went.append(self._proofreading.go_on())):
            self._desk.say("" if went[0] else "No image of the queue is left that nobody has reviewed.")

    def flag(self) -> None:
        """Ask for a note and flag the image with it."""
        self._desk.attempt(self._ask_and_flag)

    def clear_flag(self) -> None:
        """Take the flag from the image."""
        self._do(self._proofreading.marking.clear_flag)

    def _ask_and_flag(self) -> None:
        record, marking = self._desk.session.the_record(), self._proofreading.marking
        before = "" if marking.flag is None else marking.flag.note
        parent = QApplication.activeWindow()
        note, is_given = QInputDialog.getText(
            parent, f"Flag {record.name}", "Why should somebody look at it?", text=before
        )
        if is_given:
            self._do(partial(marking.put_flag, note))

    def _do(self, action: Callable[[], Any]) -> None:
        if self._desk.attempt(action):
            self._desk.say("")

    def _count(self, action: Callable[[], int], what: str) -> None:
        counts: list[int] = []
        if self._desk.attempt(lambda: counts.append(action())):
            plural = "prediction" if counts[0] == 1 else "predictions"
            self._desk.say(f"{counts[0]} {plural} {what}.{self._what_stays_open()}")

    def _what_stays_open(self) -> str:
        left = self._proofreading.open_landmarks
        if not left:
            return ""
        scheme = self._desk.session.the_project().scheme
        return f" Still open, because locked or outside the image: {', '.join(map(scheme.title_of, left))}."
