"""A reader proofreads a student in a real napari window, by keys and mouse, and finds it all again after reopening."""

import csv

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland import events
from napari_kdland.anatomy import Origin
from napari_kdland.anatomy.scheme import load_scheme
from napari_kdland.jobs import TrainingOrder, import_annotations, import_images, rank_images, train_run
from napari_kdland.phantom import sample_folder
from napari_kdland.project import Project
from tests.makers import a_tiny_recipe
from tests.stories.hands import Hands

pytestmark = [
    pytest.mark.gui,
    pytest.mark.slow,
]

PATIENCE = 180_000
SHORT = ("training.steps=2", "training.validate_every=2")
LABELLED, POOL = ("002.dcm", "007.dcm"), ("001.dcm", "003.dcm", "004.dcm")


@pytest.fixture
def path(tmp_path):
    """Five radiographs of the sample, two of them labelled, three in the pool, and a teacher with its student."""
    path, sample = tmp_path / "trial.kdland", sample_folder()
    Project.create(path, load_scheme("chest-10")).close()
    events.run(import_images(path, [sample / name for name in (*LABELLED, *POOL)]))
    with (sample / "landmarks.csv").open() as file:
        rows = [row for row in csv.reader(file) if row[0] in ("image", *LABELLED)]
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    events.run(import_annotations(path, tmp_path / "labels.csv", reader="bob"))
    with Project.open(path) as project:
        for record in project.records.page():
            project.splits.assign(record.image_id, "train" if record.name in LABELLED else "pool")
    events.run(train_run(path, TrainingOrder(a_tiny_recipe("supervised", *SHORT), name="teacher", device="cpu")))
    taught = TrainingOrder(a_tiny_recipe("kd", *SHORT), name="student", teachers=("teacher",), device="cpu")
    events.run(train_run(path, taught))
    events.run(rank_images(path, "disagreement", ["teacher", "student"], device="cpu"))
    return path


@pytest.fixture
def hands(make_napari_viewer, qtbot, path):
    from napari_kdland.gui.window import show

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1300, 900)
    widget = show(viewer, path)
    widget.session.reader = "ann"
    widget.bring_to_front("Proofread")
    qtbot.waitUntil(lambda: widget.session.record is not None, timeout=PATIENCE)
    hands = Proof(viewer, widget, qtbot)
    yield hands
    widget.shut_down()
    vars(hands).clear()  # napari counts whoever holds on to its window


def farthest_apart(points, may_be):
    """The point that is easiest to hit, among some: the one whose nearest neighbour is farthest away."""
    points = np.where(np.array(may_be)[:, None], points, np.nan)
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.fill_diagonal(distances, np.nan)
    nearest = np.nanmin(np.where(np.isnan(distances), np.inf, distances), axis=1)
    return int(np.argmax(np.where(np.isinf(nearest), 0, nearest)))


class Proof(Hands):
    """Hands that proofread."""

    @property
    def panel(self):
        return self.widget.panel("Proofread")

    @property
    def session(self):
        return self.widget.session

    @property
    def names(self):
        return self.session.project.scheme.landmark_names

    @property
    def proofreading(self):
        return self.widget.desk.proofreading

    @property
    def verdicts(self):
        return {name: self.proofreading.verdict(name).value for name in self.names}

    @property
    def outside(self):
        """Two steps of training put landmarks anywhere: those outside the image stay open."""
        size = np.array(self.session.record.size)
        return {name for name, _, point in self.proofreading.prediction if (point > size - 0.5).any()}

    def wait(self, is_so):
        self.qtbot.waitUntil(is_so, timeout=PATIENCE)

    def drag_to_the_middle(self, landmark):
        """Drag a prediction a part of the way to the image's middle; gives where to."""
        start = self.proofreading.prediction[landmark]
        end = start + 0.15 * (np.array(self.session.record.size) / 2 - start) + [20, 20]
        self.press(start)
        self.move((start + end) / 2)
        self.move(end)
        self.release(end)
        return end


def test_a_queue_is_made_gone_through_undone_and_found_again(hands, path):
    hands.panel.setup.split.setCurrentIndex(hands.panel.setup.split.findData("pool"))
    hands.panel.open_button.click()
    hands.wait(lambda: hands.proofreading.place == 0)
    hands.viewer.reset_view()
    first = hands.session.record.image_id
    predicted, points = hands.proofreading.prediction, hands.widget.desk.pool.reader.prediction.data
    assert (hands.panel.model.rowCount(), len(points)) == (3, predicted.has_point.sum())

    outside = hands.outside
    dragged = hands.names[farthest_apart(predicted.points, [name not in outside for name in hands.names])]
    end = hands.drag_to_the_middle(dragged)
    assert_allclose(hands.session.landmarks[dragged], end, atol=4)

    accepted, rejected = [name for name in hands.names if name != dragged and name not in outside][:2]
    hands.session.choose(accepted)
    hands.key("Return")
    hands.session.choose(rejected)
    hands.key("R")
    hands.key("Return", "Shift")
    assert hands.session.landmarks.n_known == len(hands.names) - 1 - len(outside)

    hands.key("Z", "Control")
    assert hands.session.landmarks.n_known == 2
    hands.key("Return", "Shift")
    expected = dict.fromkeys(hands.names, "accepted") | dict.fromkeys(outside, "open")
    expected |= {dragged: "labelled", rejected: "rejected"}
    assert hands.verdicts == expected
    label = hands.session.landmarks

    hands.key("V")
    hands.wait(lambda: hands.session.record.image_id != first)
    assert hands.panel.progress.format() == "1 of 3 reviewed"

    hands.session.open(path)
    hands.wait(lambda: hands.session.record is not None)
    assert hands.proofreading.queue is None
    hands.panel.open_button.click()
    hands.wait(lambda: hands.proofreading.is_on)
    hands.session.paging.go_to(first)
    hands.wait(lambda: hands.session.record.image_id == first)
    assert hands.verdicts == expected
    assert hands.session.landmarks == label
    assert hands.panel.progress.format() == "1 of 3 reviewed"
    origins = hands.session.project.annotations.origin_of(first)
    assert (origins[dragged], origins[accepted]) == (Origin("reader", "ann"), Origin("student", "student"))
