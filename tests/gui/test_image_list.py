"""The list of images: paged, lazy, and quick with very many."""

import time

import numpy as np
import pytest
from qtpy.QtCore import Qt
from sqlalchemy import insert

from napari_kdland.gui.image_list import _MASKED, _RECORD, _SIGNS, ImageModel, ImageView
from napari_kdland.gui.panels.project import ProjectPanel
from napari_kdland.project.records import Records
from napari_kdland.project.tables import images
from napari_kdland.session.listing import Listing
from tests.session.factories import drain, wait_for

pytestmark = pytest.mark.gui


def many_more(project, count):
    """Write image rows straight into the database."""
    row = {
        "relative_path": None, "height": 10, "width": 10, "view": "", "split": "pool", "bits": 8, "applied": [],
        "added": "2026-01-01T00:00:00+00:00", "row_mm": None, "column_mm": None, "spacing_source": None,
    }  # fmt: skip
    rows = [
        {**row, "name": f"many_{i}.png", "sort_name": f"many_{i:012d}.png", "absolute_path": f"/gone/many_{i}.png",
         "content_hash": f"hash-{i}", "patient_group": f"group-{i}"}
        for i in range(count)
    ]  # fmt: skip
    with project.database.writing() as connection:
        connection.execute(insert(images), rows)


def test_the_model_lists_the_projects_images(open_desk):
    model = ImageModel(open_desk)

    model.reload()

    assert [model.data(model.index(row)) for row in range(model.rowCount())] == [f"image_{i}.png" for i in range(3)]


def test_only_the_pages_that_are_looked_at_are_read(open_desk, monkeypatch):
    many_more(open_desk.session.project, 1000)
    model, asked = ImageModel(open_desk), []
    some = Records.some
    monkeypatch.setattr(Records, "some", lambda self, ids, **whose: asked.append(ids) or some(self, ids, **whose))
    model.reload()

    model.data(model.index(950))

    assert model.rowCount() == 1003
    assert asked == [model._ids[900:1000]]


def test_ten_thousand_images_are_listed_and_scrolled_at_once(open_desk, qtbot):
    many_more(open_desk.session.project, 10_000)
    model = ImageModel(open_desk)
    view = ImageView(model, 3)
    qtbot.addWidget(view)

    started = time.perf_counter()
    model.reload()
    view.show()
    view.scrollToBottom()
    qtbot.wait(1)

    assert model.rowCount() == 10_003
    assert time.perf_counter() - started < 2.0


def test_thumbnails_come_from_the_background(open_desk, runner, qtbot):
    model = ImageModel(open_desk)
    model.reload()
    index = model.index(0)

    assert model.data(index, Qt.ItemDataRole.DecorationRole) is None
    qtbot.waitUntil(lambda: bool(runner.running), timeout=5000)
    drain(runner)

    assert not model.data(index, Qt.ItemDataRole.DecorationRole).isNull()


def test_every_row_in_view_gets_its_picture(open_desk, runner, qtbot, monkeypatch):
    monkeypatch.setattr("napari_kdland.gui.image_list._BATCH", 1)
    model = ImageModel(open_desk)
    model.reload()

    def pictures():
        return [model.data(model.index(row), Qt.ItemDataRole.DecorationRole) for row in range(3)]

    assert pictures() == [None] * 3
    wait_for(runner, lambda: qtbot.wait(1) or len(model._pictures) == 3)

    assert not any(picture.isNull() for picture in pictures())


def test_a_file_that_is_gone_is_asked_for_once(open_desk, runner, qtbot, tmp_path):
    (tmp_path / "image_0.png").unlink()
    model = ImageModel(open_desk)
    model.reload()
    index = model.index(0)

    model.data(index, Qt.ItemDataRole.DecorationRole)
    qtbot.waitUntil(lambda: bool(runner.running), timeout=5000)
    drain(runner)

    assert model.data(index, Qt.ItemDataRole.DecorationRole).isNull()
    qtbot.wait(80)
    assert not runner.running


def test_the_row_of_an_image_follows_the_filter(open_desk):
    model = ImageModel(open_desk)
    open_desk.session.listing = Listing(text="image_2")
    model.reload()
    third = open_desk.session.project.records.find("image_2.png").image_id

    assert model.row_of(third) == 0
    assert model.row_of(open_desk.session.record.image_id) is None


def test_the_list_can_be_painted(open_desk, qtbot):
    open_desk.session.editing.place((1.0, 1.0))
    model = ImageModel(open_desk)
    model.reload()
    view = ImageView(model, 3)
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()

    picture = view.grab().toImage()

    assert np.prod([picture.width(), picture.height()]) > 0


def test_images_with_masks_are_told_from_those_without(mask_desk):
    model = ImageModel(mask_desk)
    model.reload()

    assert [model.data(model.index(row), _MASKED) for row in range(3)] == [True, False, False]


@pytest.mark.parametrize("with_landmarks", [True, False])
def test_rows_are_painted_with_landmarks_and_without(mask_desk, qtbot, with_landmarks):
    view = ImageView(ImageModel(mask_desk), n_landmarks=3 if with_landmarks else 0)
    qtbot.addWidget(view)
    view.model().reload()
    view.resize(300, 200)

    assert not view.grab().isNull()


def test_reviewed_and_flagged_images_have_their_signs(open_desk):
    project = open_desk.session.project
    first, second, _ = (project.records.find(f"image_{number}.png").image_id for number in range(3))
    project.reviews.mark([first], reader="ann")
    [project.flags.put(image_id, "rotated", reader="ann") for image_id in (first, second)]
    model = ImageModel(open_desk)

    model.reload()

    assert [model.data(model.index(row), _SIGNS) for row in range(3)] == ["✓ ⚑", " ⚑", ""]
    assert "flagged: rotated" in model.data(model.index(1), Qt.ItemDataRole.ToolTipRole)


def test_an_image_that_another_window_took_out_has_an_empty_row(open_desk):
    model = ImageModel(open_desk)
    model.reload()

    open_desk.session.project.records.remove([model._ids[1]])

    assert [model.data(model.index(row)) for row in range(3)] == ["image_0.png", None, "image_2.png"]


def test_to_a_blind_reader_the_list_shows_the_own_counts_and_signs(region_desk, qtbot):
    session = region_desk.session
    project, image_id = session.project, session.record.image_id
    session.editing.place((10.0, 20.0))
    project.reviews.mark([image_id], reader="ann")
    project.flags.put(image_id, "rotated", reader="ann")
    panel = ProjectPanel(region_desk)
    qtbot.addWidget(panel)
    model = panel.browser.model
    first = model.index(0)

    def shown():
        return [model.data(first, role) for role in (_RECORD, _MASKED, _SIGNS)]

    session.reader = "bob"
    assert (shown()[0].n_known, *shown()[1:]) == (1, True, "✓ ⚑")
    session.blind.set(True)
    assert (shown()[0].n_known, *shown()[1:]) == (0, False, "")
    assert "rotated" not in model.data(first, Qt.ItemDataRole.ToolTipRole)

    session.editing.place((11.0, 21.0))
    project.reviews.mark([image_id], reader="bob")
    session.reload_images()
    assert (shown()[0].n_known, *shown()[1:]) == (1, False, "✓")
