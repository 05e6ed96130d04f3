"""Live through the whole story in a real window, by mouse and keys, and take a picture at each station.

    python scripts/on_virtual_screen.py python scripts/story.py PICTURES [--steps 150]

Opens the sample as a newcomer does, annotates an image, trains a teacher and its student in the background, proofreads,
compares. Mouse and keys are real ones (xdotool) on a screen of 1600x1000 pixels. A station that does not come within
minutes ends the script with an error. QT_API chooses the binding. `--docs docs/pictures` renews those of the docs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
from PIL import Image
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QAbstractButton, QApplication, QDockWidget, QWidget

from napari_kdland.anatomy import LandmarkState
from napari_kdland.gui.compat import camera_of
from napari_kdland.gui.window import show
from napari_kdland.project.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE = (1600, 1000)
_LONGEST_S = 900.0
_QUIET_S = 1.5
# So many are curves; there are six in a training.
_VALIDATIONS = 3
_IN_DOCS = {
    "first-page": "first-page.jpg",
    "sample-with-tour": "sample.jpg",
    "tour-teacher-beside-student": "compare.jpg",
    "annotating": "annotating.jpg",
    "annotated": "annotate.jpg",
    "training-my-student": "train.jpg",
    "proofreading": "queue.jpg",
    "proofread": "proofread.jpg",
    "next-of-the-queue": "next.jpg",
    "compare": "measure.jpg",
}


class Person:
    """Somebody at the window: moves the mouse, clicks, presses keys, waits, looks."""

    def __init__(self, viewer: Any, widget: Any, folder: Path, docs: Path | None = None) -> None:
        self.viewer, self.widget, self.folder, self.docs = viewer, widget, folder, docs
        self._pictures = 0

    def wait(self, is_so: Callable[[], bool], what: str, seconds: float = _LONGEST_S) -> None:
        """Let the window work until something is so."""
        ends = time.monotonic() + seconds
        while not is_so():
            QApplication.processEvents()
            time.sleep(0.005)
            if time.monotonic() > ends:
                raise TimeoutError(f"waited {seconds:.0f} s in vain: {what}")

    def settle(self) -> None:
        """Let the window work until nothing runs any more and everything is drawn."""
        quiet_since = time.monotonic()
        ends = quiet_since + _LONGEST_S
        while time.monotonic() - quiet_since < _QUIET_S:
            QApplication.processEvents()
            time.sleep(0.005)
            if self.widget.runner.running:
                quiet_since = time.monotonic()
            if time.monotonic() > ends:
                raise TimeoutError("the window did not come to rest")

    def look(self, name: str) -> None:
        """Take a picture of the whole window."""
        for notice in self.widget.window().findChildren(QWidget):
            if type(notice).__name__ == "NapariQtNotification":  # napari's own, of PyQt5's end
                notice.close()
        self._let_go(0.5)
        self._pictures += 1
        path = self.folder / f"{self._pictures:02d}-{name}.png"
        pixels = self.viewer.screenshot(canvas_only=False, flash=False)
        picture = Image.fromarray(pixels).convert("RGB")
        picture.save(path)
        if self.docs is not None and name in _IN_DOCS:
            picture.save(self.docs / _IN_DOCS[name], quality=85)
        print(f"{path.name}: {pixels.shape[1]} x {pixels.shape[0]}", flush=True)

    def point_at(self, place: QPoint, *, click: bool = True) -> None:
        """Move the mouse to a place on the screen, and click."""
        more = ["click", "1"] if click else []
        self._do("mousemove", str(place.x()), str(place.y()), *more)

    def press(self, key: str) -> None:
        """Press a key or several at once, such as ``shift+q``."""
        self._do("key", key)

    def click_button(self, text: str, within: QWidget | None = None) -> None:
        """Click the visible button that bears a text."""
        found = [
            each
            for each in (within or self.widget).findChildren(QAbstractButton)
            if each.isVisible() and each.text().replace("&", "") == text
        ]
        if not found:
            raise LookupError(f"there is no button {text!r} to click")
        self.point_at(found[0].mapToGlobal(found[0].rect().center()))

    def click_image(self, point: tuple[float, float]) -> None:
        """Click (y, x) in pixels of the image on screen."""
        self.point_at(self._on_screen(point))

    def drag_image(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one (y, x) in pixels of the image on screen to another."""
        self.point_at(self._on_screen(start), click=False)
        self._do("mousedown", "1")
        for share in (0.3, 0.6, 1.0):
            y, x = (a + share * (b - a) for a, b in zip(start, end, strict=True))
            self.point_at(self._on_screen((y, x)), click=False)
        self._do("mouseup", "1")

    def _on_screen(self, point: tuple[float, float]) -> QPoint:
        canvas = next(
            each
            for each in self.widget.window().findChildren(QWidget)
            if type(each).__name__.startswith("CanvasBackend")
        )
        camera = camera_of(self.viewer)
        world = np.array(point) * self.widget.desk.pool.frame.scale
        size = np.array([canvas.height(), canvas.width()])
        y, x = (world - np.array(camera.center)[-2:]) * camera.zoom + size / 2
        return canvas.mapToGlobal(QPoint(round(x), round(y)))

    def _do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], check=True)
        self._let_go(0.15)

    def _let_go(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            QApplication.processEvents()
            time.sleep(0.002)


def open_sample(person: Person, home: Path) -> None:
    """From nothing to the sample, and through the tour."""
    widget = person.widget
    widget.panel("Project").tasks._sample_home = home  # noqa: SLF001 - not into the home of whoever runs this
    person.look("first-page")
    person.click_button("Try the sample")
    person.wait(lambda: widget.tour.isVisible(), "the tour of the sample")
    person.settle()
    person.look("sample-with-tour")
    for _ in range(5):
        person.click_button("Next")
        person.settle()
    person.look("tour-teacher-beside-student")
    person.click_button("Done")


def annotate(person: Person) -> None:
    """Place ten landmarks with the mouse, mark one absent, nudge one, undo and redo."""
    session = person.widget.session
    project = session.the_project()
    person.widget.bring_to_front("Annotate")
    person.widget.panel("Compare").choose([])
    record = project.records.page(2, 1, split="pool")[0]
    session.paging.go_to(record.image_id)
    person.wait(lambda: session.record is not None and session.record.name == record.name, "the image to annotate")
    person.settle()
    teacher = project.runs.all()[0].name
    guide = project.predictions.load(teacher, record.image_id) or _asked(person, teacher, record.image_id)
    began = time.monotonic()
    for place, name in enumerate(session.landmarks.names):
        y, x = guide[name]
        person.click_image((float(y), float(x)))
        if place == 5:
            person.look("annotating")
    took = time.monotonic() - began
    person.wait(lambda: session.landmarks.n_known == len(session.landmarks), "all landmarks placed", 20)
    print(f"{len(session.landmarks)} landmarks placed in {took:.1f} s, the picture included", flush=True)
    person.press("1")
    person.press("shift+Right")
    person.press("3")
    person.press("o")
    person.wait(lambda: LandmarkState.OCCLUDED in session.landmarks.states, "a landmark marked occluded", 20)
    person.press("ctrl+z")
    person.press("ctrl+shift+z")
    person.wait(lambda: LandmarkState.OCCLUDED in session.landmarks.states, "the mark done again", 20)
    person.press("4")
    person.look("annotated")


def _asked(person: Person, run: str, image_id: int) -> Any:
    """Give what a run says of an image."""
    from napari_kdland import jobs

    handle = person.widget.runner.start(
        "Predict",
        lambda: jobs.predict_run(
            person.widget.session.the_project().path, run, jobs.ChosenImages(image_ids=(image_id,)), device="cpu"
        ),
    )
    person.wait(lambda: handle.status.is_final, "a prediction to place landmarks by")
    return next(iter(handle.result.landmarks.values()))


def train(person: Person, steps: int) -> None:
    """Train a teacher and then its student; look on while they learn."""
    widget = person.widget
    widget.bring_to_front("Train")
    panel = widget.panel("Train")
    trainings = (("supervised", "my-teacher", "light", steps), ("kd", "my-student", "tiny", 4 * steps))
    for recipe, name, backbone, n_steps in trainings:
        panel.setup.choose(recipe)
        panel.setup.name.setText(name)
        form = panel.setup.form
        form.widget_at("student", "backbone").value = backbone
        form.widget_at("input", "size").value = 128
        form.widget_at("training", "steps").value = n_steps
        form.widget_at("training", "validate_every").value = max(n_steps // 6, 1)
        person.click_button("Start", panel)
        run = name

        def has_measured(run: str = run) -> bool:
            runs = {each.name: each for each in widget.session.the_project().runs.all()}
            n_validations = len(panel.curves.points_of("val_radial_error_px")[0])
            # The watched images are shown a moment after the validation, once they have been read.
            probes = widget.desk.probes
            is_shown = bool(probes.seen) and probes.seen.keys() <= probes.pictures.keys()
            return run in runs and runs[run].best_error_px is not None and n_validations >= _VALIDATIONS and is_shown

        person.wait(has_measured, f"curves of {name}")
        person.look(f"training-{name}")
        person.wait(lambda: not panel.jobs.is_busy, f"the end of {name}")
        person.settle()


def proofread(person: Person) -> None:
    """Take what teacher and student disagree on most: drag one landmark right, accept and reject others, go on."""
    widget = person.widget
    session, queue = widget.session, widget.desk.proofreading
    widget.bring_to_front("Proofread")
    panel = widget.panel("Proofread")
    person.settle()
    if not panel.make_button.isVisible():
        person.click_button("▸  Queue", panel)
    panel.setup.choose("disagreement", ["my-teacher", "my-student"])
    panel.setup.split.setCurrentText("pool alone")
    person.click_button("Make the queue", panel)
    person.wait(lambda: queue.is_on, "the queue")
    person.settle()
    person.look("proofreading")
    image = session.record.image_id
    first, second, third = queue.open_landmarks[:3]
    session.choose(first)
    y, x = queue.prediction[first]
    person.drag_image((float(y), float(x)), (float(y) + 25, float(x) + 15))
    person.wait(lambda: session.landmarks.state_of(first) is LandmarkState.PLACED, "a prediction dragged", 20)
    session.choose(second)
    person.press("Return")
    person.wait(lambda: queue.verdict(second) is Verdict.ACCEPTED, "a prediction accepted", 20)
    session.choose(third)
    person.press("r")
    person.wait(lambda: queue.verdict(third) is Verdict.REJECTED, "a prediction rejected", 20)
    n_open = len(queue.open_landmarks)
    person.press("shift+Return")
    # A prediction outside the image stays open.
    person.wait(lambda: len(queue.open_landmarks) < n_open, "all others accepted", 20)
    person.look("proofread")
    person.press("v")
    person.wait(lambda: session.record.image_id != image, "the next image of the queue", 60)
    person.settle()
    person.look("next-of-the-queue")


def compare(person: Person) -> None:
    """Hold teacher and student against the truth."""
    widget = person.widget
    widget.bring_to_front("Compare")
    session = widget.session
    session.paging.go_to(session.the_project().records.page(2, 1, split="test")[0].image_id)
    widget.panel("Compare").choose(["my-teacher", "my-student"])
    person.settle()
    widget.panel("Compare").measure()
    person.settle()
    person.look("compare")


def main() -> int:
    """Live through the story."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--steps", type=int, default=150, help="of the teacher; the student trains four times as long")
    parser.add_argument("--docs", type=Path, metavar="FOLDER", help="write the pictures of the docs there, too")
    options = parser.parse_args()
    if shutil.which("xdotool") is None:
        sys.stderr.write("xdotool is missing. Run: sudo apt-get install -y xdotool\n")
        return 2
    for folder in (options.pictures, options.docs):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        viewer = napari.Viewer(title="KDLand")
        viewer.window.resize(*_SIZE)
        widget = show(viewer, None)
        widget.session.reader = "reader A"
        for dock in widget.window().findChildren(QDockWidget):
            if dock.windowTitle() in {"layer list", "layer controls"}:
                dock.setVisible(False)
        person = Person(viewer, widget, options.pictures, options.docs)
        person.settle()
        open_sample(person, Path(home))
        annotate(person)
        train(person, options.steps)
        proofread(person)
        compare(person)
        viewer.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
