"""A restless user in a real napari window: random actions, seeded; what the window shows stays what the journal says.

The usual run makes some; `pytest -m gui tests/stories/test_window_soak.py --actions 2000` makes many.
"""

import threading
from collections import Counter
from itertools import groupby

import numpy as np
import pytest

from napari_kdland.anatomy import LandmarkState
from napari_kdland.events import run
from napari_kdland.jobs import TrainingOrder, check_project, rank_images, train_run
from napari_kdland.project import Project
from tests import makers
from tests.stories.hands import Hands

pytestmark = [
    pytest.mark.gui,
    pytest.mark.slow,
]

KEYS = (
    ("Z", "Control"),
    ("Z", "Control", "Shift"),
    ("Q",),
    ("Q", "Shift"),
    ("O",),
    ("R",),
    ("P",),
    ("Up",),
    ("Down",),
    ("N",),
    ("B",),
    ("N", "Shift"),
    ("1",),
    ("2",),
    ("3",),
    ("I",),
    ("L",),
    ("G",),
    ("T",),
    ("M",),
    ("Left", "Shift"),
    ("Up", "Control", "Shift"),
    ("W",),
    ("X",),
    ("Return",),
    ("Return", "Shift"),
    ("Return", "Control"),
    ("R", "Shift"),
    ("V",),
    ("U",),
)
# How often each kind of action is taken, relative to the others.
WEIGHTS = {
    "click": 24,
    "drag": 16,
    "key": 40,
    "go_to": 8,
    "turn_to_panel": 5,
    "compare": 4,
    "look": 4,
    "proofread": 3,
    "predict": 2,
    "train": 2,
    "delete_layer": 1,
    "close_and_reopen": 0.4,
}
PATIENCE = 60_000


class RestlessUser:
    """Takes one random action after the other in a window on a project."""

    def __init__(self, viewer, path, qtbot, seed):
        self.viewer, self.path, self.qtbot = viewer, path, qtbot
        self.rng = np.random.default_rng(seed)
        self.done = Counter()
        self.n_placed = 0
        self.open()

    def open(self):
        from napari_kdland.gui.main_widget import KdlandWidget

        self.widget = KdlandWidget(self.viewer)
        self.dock = self.viewer.window.add_dock_widget(self.widget, name="KDLand", area="right")
        self.widget.session.reader = "A"  # who has read the images already: one reader's last word stands
        self.widget.session.open(self.path)
        self.qtbot.waitUntil(lambda: self.widget.session.record is not None, timeout=PATIENCE)
        self.hands = Hands(self.viewer, self.widget, self.qtbot)

    def act(self):
        kinds, weights = list(WEIGHTS), np.array(list(WEIGHTS.values()), dtype=float)
        kind = str(self.rng.choice(kinds, p=weights / weights.sum()))
        getattr(self, kind)()
        self.done[kind] += 1
        self.qtbot.wait(1)

    def place(self):
        height, width = self.widget.session.record.size
        return self.rng.uniform([2, 2], [height - 3, width - 3])

    def click(self):
        """Click, and see that it changes one landmark at most; an image that was still coming may come in between."""
        session = self.widget.session
        place, record, before = self.place(), session.record, told(session.landmarks)
        self.hands.click(place)
        if session.record != record:
            return
        changed = [name for name, said in told(session.landmarks).items() if before.get(name) != said]
        assert len(changed) <= 1
        self.n_placed += len(changed)

    def drag(self):
        """Press on a landmark where there is one, else anywhere; let go inside the image or far outside."""
        landmarks = self.widget.session.landmarks
        placed = landmarks.points[landmarks.has_point]
        start = placed[self.rng.integers(len(placed))] if len(placed) else self.place()
        end = self.place() if self.rng.random() < 0.9 else np.array(self.widget.session.record.size) + 20.0
        self.hands.press(start)
        self.hands.move((start + end) / 2)
        if self.rng.random() < 0.1:
            self.hands.key("Escape")
        self.hands.move(end)
        self.hands.release(end)

    def key(self):
        self.hands.key(*KEYS[self.rng.integers(len(KEYS))])

    def go_to(self):
        records = self.widget.session.project.records.page()
        self.widget.session.paging.go_to(records[self.rng.integers(len(records))].image_id)

    def turn_to_panel(self):
        from napari_kdland.gui.panels import PANELS

        self.widget.bring_to_front(PANELS[self.rng.integers(len(PANELS))].name)

    def compare(self):
        runs = [run.name for run in self.widget.session.project.runs.all() if run.status == "done"]
        chosen = [name for name in runs if self.rng.random() < 0.5]
        self.widget.panel("Compare").choose(chosen)

    def look(self):
        """Change how the sources are shown, and what is drawn of them."""
        bar = self.widget.panel("Compare").view
        for box in (bar.view, bar.heatmap, bar.spread, bar.first, bar.second):
            if box.count() and self.rng.random() < 0.4:
                box.setCurrentIndex(self.rng.integers(box.count()))
        bar.errors.setChecked(self.rng.random() < 0.5)

    def proofread(self):
        """Open the queue of the two runs, where it is not open; go to one of its images."""
        panel, proofreading = self.widget.panel("Proofread"), self.widget.desk.proofreading
        if not proofreading.is_on:
            panel.open_button.click()
        if panel.model.rowCount():
            panel.view.clicked.emit(panel.model.index(self.rng.integers(panel.model.rowCount()), 0))

    def predict(self):
        """Show what a run says of this image, or hide it."""
        panel = self.widget.panel("Predict")
        panel.run.setCurrentIndex(self.rng.integers(panel.run.count()))
        panel.shows.setChecked(self.rng.random() < 0.5)
        panel.heatmap.setChecked(self.rng.random() < 0.5)

    def train(self):
        """Start an endless training, or stop the one that runs."""
        train = self.widget.panel("Train")
        if train.jobs.is_busy:
            train.stop()
            self.qtbot.waitUntil(lambda: not train.jobs.is_busy, timeout=PATIENCE)
            return
        train.setup.choose("supervised")
        form = train.setup.form
        form.widget_at("student", "backbone").value = "tiny"
        form.widget_at("input", "size").value = 64
        form.widget_at("training", "steps").value = 20_000
        train.start()

    def delete_layer(self):
        layers = [layer for layer in self.viewer.layers if layer in self.widget.desk.pool]
        self.viewer.layers.remove(layers[self.rng.integers(len(layers))])
        self.go_to()

    def close_and_reopen(self):
        self.leave()
        self.open()

    def leave(self):
        self.widget.shut_down()
        self.viewer.window.remove_dock_widget(self.dock)
        self.viewer.layers.clear()


def replayed(project):
    """Derive from the journal alone what stands for each image and landmark."""
    edits = sorted(project.annotations.changes_since(0), key=lambda edit: edit.edit_id)
    stands = {(edit.image_id, edit.landmark): (edit.state, edit.point) for edit in edits}
    by_image = groupby(sorted(stands.items()), key=lambda item: item[0][0])
    return {image: {landmark: said for (_, landmark), said in items} for image, items in by_image}


def told(landmarks):
    """Give (state, point) of each landmark that anything is known of."""
    return {
        name: (state, (float(point[0]), float(point[1])) if state.has_point else None)
        for name, state, point in landmarks
        if state is not LandmarkState.NOT_YET
    }


def known(said):
    return {name: each for name, each in said.items() if each[0] is not LandmarkState.NOT_YET}


@pytest.fixture
def path(tmp_path):
    """Ten dotted pictures, a teacher with its student, and a queue of what the two make of them."""
    path = makers.a_project(tmp_path)
    run(train_run(path, TrainingOrder(makers.a_tiny_recipe("supervised"), name="teacher", device="cpu")))
    taught = TrainingOrder(makers.a_tiny_recipe("kd"), name="student", teachers=("teacher",), device="cpu")
    run(train_run(path, taught))
    run(rank_images(path, "disagreement", ["teacher", "student"], device="cpu"))
    return path


def settle(user):
    session = user.widget.session
    train = user.widget.panel("Train")
    if train.jobs.is_busy:
        train.stop()
    user.qtbot.waitUntil(lambda: not user.widget.runner.running, timeout=PATIENCE)
    user.qtbot.waitUntil(lambda: session.record is not None, timeout=PATIENCE)


def test_after_many_actions_the_window_shows_what_the_journal_says(make_napari_viewer, qtbot, path, pytestconfig):
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1200, 800)
    threads = {thread.name for thread in threading.enumerate()}
    user = RestlessUser(viewer, path, qtbot, seed=7)

    for _ in range(pytestconfig.getoption("--actions")):
        user.act()
    settle(user)
    assert user.n_placed > user.done["click"] / 10

    session, pool = user.widget.session, user.widget.desk.pool
    journal = replayed(session.project)
    for record in session.project.records.page():
        assert told(session.project.annotations.current(record.image_id)) == known(journal.get(record.image_id, {}))
    shown = known(journal.get(session.record.image_id, {}))
    assert told(session.landmarks) == shown
    points = sorted(point for _, point in shown.values() if point is not None)
    assert sorted(map(tuple, pool.reader.landmarks.data.tolist())) == points
    names = [layer.name for layer in viewer.layers]
    assert len(set(names)) == len(names) == len(list(pool))
    user.leave()
    assert {thread.name for thread in threading.enumerate()} <= threads
    with Project.open(path) as project:
        assert not project.runs.training_now()
    assert run(check_project(path)) == ()
    vars(user.hands).clear()  # napari counts whoever holds on to its window
    vars(user).clear()
