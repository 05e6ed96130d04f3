"""A short tour: what each panel is for, in the order of the work, with the panel it speaks of at the front."""

# mypy: allow-subclassing-any
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFrame, QVBoxLayout

from napari_kdland.gui.widgets import button, heading, row, words

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Stop:
    """One stop of the tour: a panel of the menu, and what to do there."""

    panel: str
    title: str
    text: str


STOPS: tuple[Stop, ...] = (
    Stop(
        "Project",
        "Radiographs",
        "Everything that you do is kept in one folder, the project. The list below shows its images: green is "
        "annotated. Click one to see it; N and B go on and back.",
    ),
    Stop(
        "Annotate",
        "A few landmarks by hand",
        "Click in the image to place the landmark that stands in yellow; the next one follows by itself. Press on a "
        "landmark to drag it. Everything is on the disk at once; Ctrl+Z takes it back, ? shows all keys.",
    ),
    Stop(
        "Train",
        "A teacher on the few, a student on the many",
        "Choose supervised for a teacher, then kd with that teacher for a light student that also learns from images "
        "without landmarks. Both are here already for the sample; a new one takes minutes and runs in the background.",
    ),
    Stop(
        "Predict",
        "Ask a run",
        "A run says where the landmarks are, with a heatmap for each: on this image, on a split, or "
        "on a folder of new images.",
    ),
    Stop(
        "Proofread",
        "Where a run may be wrong",
        "Tick two runs and make the queue: the images on which they disagree come first. Enter accepts a prediction as "
        "a label, R rejects it, a drag corrects it; then train the next round.",
    ),
    Stop(
        "Compare",
        "Teacher beside student",
        "Tick the runs to see them beside the reader's landmarks. Lines lead from each prediction to the truth; the "
        "tables say who is nearer, on this image and on all test images.",
    ),
)


class Tour(QFrame):
    """The strip above the panels while the tour is on.

    Parameters
    ----------
    bring
        Brings a panel to the front by its name, ready for what the tour says of it.
    stops
        Where it leads.
    """

    def __init__(self, bring: Callable[[str], None], stops: tuple[Stop, ...] = STOPS) -> None:
        super().__init__()
        self._bring = bring
        self._stops = stops
        self._place = 0
        self.title, self.text = heading(""), words()
        self.back = button("Back", lambda: self.go(self._place - 1), "To the stop before", keeps_focus=True)
        self.on = button("Next", self.go_on, "To the next stop", keeps_focus=True)
        self.end = button("End the tour", self.finish, "The Project panel can start it again", keeps_focus=True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 6)
        layout.setSpacing(4)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addLayout(row(self.back, self.on, self.end))
        self.hide()

    def start(self) -> None:
        """Begin at the first stop."""
        self.show()
        self.go(0)

    def go_on(self) -> None:
        """Go to the next stop; after the last one the tour is over."""
        if self._place + 1 < len(self._stops):
            self.go(self._place + 1)
        else:
            self.finish()

    def go(self, place: int) -> None:
        """Go to a stop by its place, counted from 0."""
        self._place = place
        stop = self._stops[place]
        self.title.setText(f"{place + 1} of {len(self._stops)}: {stop.title}")
        self.text.setText(stop.text)
        self.back.setEnabled(place > 0)
        self.on.setText("Next" if place + 1 < len(self._stops) else "Done")
        self._bring(stop.panel)

    def finish(self) -> None:
        """Put the strip away."""
        self.hide()
