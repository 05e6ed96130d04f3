"""The Project panel."""

import pytest
from qtpy.QtWidgets import QFileDialog

from napari_kdland.anatomy import load_scheme
from napari_kdland.errors import KdlandError
from napari_kdland.gui.panels.project import ProjectPanel
from napari_kdland.gui.recent import recent_projects
from tests.session.factories import a_scheme, drain, some_pictures

pytestmark = pytest.mark.gui


@pytest.fixture
def panel(desk, qtbot, tmp_path):
    panel = ProjectPanel(desk, tmp_path)
    qtbot.addWidget(panel)
    return panel


def shown_page(panel):
    return panel._pages.currentIndex()


def test_without_a_project_there_is_one_large_button_to_begin_with(panel):
    assert shown_page(panel) == 0


def test_opening_a_project_lists_its_images_and_remembers_it(panel, open_desk):
    assert shown_page(panel) == 1
    assert panel.browser.model.rowCount() == 3
    assert recent_projects() == [open_desk.session.project.path]


def test_an_import_shows_what_came_and_what_was_left_out(panel, desk, runner, tmp_path):
    folder = some_pictures(tmp_path / "incoming")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    desk.session.create(tmp_path / "p", a_scheme())

    panel.tasks.start_import([folder])
    drain(runner)

    assert panel.browser.model.rowCount() == 3
    assert [each.path.name for each in panel.tasks.skipped] == ["broken.png"]
    assert "1 files left out" in panel.jobs._said.text()
    assert not panel._left_out.isHidden()


def test_an_import_of_nothing_says_what_it_looked_for(panel, desk, runner, tmp_path):
    (tmp_path / "empty").mkdir()
    desk.session.create(tmp_path / "p", a_scheme())

    panel.tasks.start_import([tmp_path / "empty"])
    drain(runner)

    assert "Found no image" in panel.jobs._said.text()


def test_after_an_import_the_first_image_is_one_click_away(panel, desk, runner, tmp_path):
    desk.session.create(tmp_path / "p", a_scheme())
    panel.tasks.start_import([some_pictures(tmp_path / "incoming")])
    drain(runner)

    panel.browser._on_open(panel.browser.model.index(1))
    drain(runner)

    assert desk.session.record.name == "new_1.png"


def test_the_filter_narrows_the_list_and_what_next_means(panel, open_desk):
    panel.browser._split.setCurrentIndex(panel.browser._split.findData("val"))

    assert panel.browser.model.rowCount() == 1
    assert open_desk.session.listing.split == "val"


def test_selected_images_are_put_into_a_split(panel, open_desk):
    panel.browser.view.selectAll()

    panel.browser._assign("pool")

    assert open_desk.session.project.splits.counts()["pool"] == 3


def test_a_frozen_test_split_is_answered_in_words(panel, open_desk):
    open_desk.session.project.splits.freeze_test()
    panel.browser.view.selectAll()

    panel.browser._assign("pool")

    assert "frozen" in open_desk.messages[-1]


def test_landmarks_go_out_and_come_back(panel, open_desk, runner, tmp_path, monkeypatch):
    open_desk.session.editing.place((10.0, 20.0))
    out = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(out), ""))
    panel.tasks.export("csv", "*.csv")
    drain(runner)
    open_desk.session.undo()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(out), ""))

    panel.tasks.import_landmarks()
    drain(runner)

    assert open_desk.session.landmarks.n_known == 1
    assert "1 landmarks were read" in panel.jobs._said.text()


def test_masks_go_out_and_come_back(region_desk, qtbot, runner, tmp_path, monkeypatch):
    panel = ProjectPanel(region_desk, tmp_path)
    qtbot.addWidget(panel)
    out = tmp_path / "masks out"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(out), ""))
    panel.tasks.export_masks()
    drain(runner)
    assert "1 masks are in" in panel.jobs._said.text()
    (out / "image_0.png").rename(out / "image_1.png")
    (out / "regions.csv").unlink(missing_ok=True)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(out))

    panel.tasks.import_masks()
    drain(runner)

    assert "1 masks were read" in panel.jobs._said.text()
    assert len(region_desk.session.project.masks.labelled_ids()) == 2


def test_channels_are_read_from_a_table(panel, open_desk, runner, tmp_path, monkeypatch):
    table = tmp_path / "channels.csv"
    table.write_text("image,channel,path\nimage_0.png,bone,image_1.png\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(table), ""))

    panel.tasks.import_channels()
    drain(runner)

    assert "1 channels were read" in panel.jobs._said.text()
    assert open_desk.companions.channels == ("bone",)


@pytest.mark.usefixtures("open_desk")
def test_check_says_that_all_is_well(panel, runner):
    panel.tasks.check()
    drain(runner)

    assert panel.jobs._said.text() == "All is well."


@pytest.fixture
def small_sample(tmp_path, monkeypatch):
    """Stand in for the sample: three pictures, one annotated, one with its truth."""
    folder = some_pictures(tmp_path / "sample")
    (folder / "landmarks.csv").write_text("image,landmark,x,y\nnew_0.png,left_lung_apex,10,20\n")
    (folder / "truth.csv").write_text("image,landmark,x,y\nnew_1.png,left_lung_apex,11,21\n")
    (folder / "split.csv").write_text("image,split,label_rank\nnew_0.png,train,1\nnew_1.png,test,\nnew_2.png,pool,\n")
    monkeypatch.setattr("napari_kdland.phantom.sample_folder", lambda: folder)
    return folder


@pytest.mark.usefixtures("small_sample")
def test_the_sample_is_made_once_and_then_opened(panel, desk, runner, tmp_path):
    tours = []
    desk.tour_wanted.connect(lambda: tours.append("tour"))
    panel.tasks.try_sample()
    drain(runner)
    count = panel.browser.model.rowCount()
    desk.session.close()

    panel.tasks.try_sample()
    drain(runner)

    assert count == 3
    assert tours == ["tour"]
    assert panel.browser.model.rowCount() == count
    assert desk.session.project.path == tmp_path / "kdland-sample.kdland"
    assert desk.session.project.splits.counts() == {"train": 1, "val": 0, "test": 1, "pool": 1}
    assert desk.session.project.annotations.readers() == ("phantom", "sample reader")


@pytest.mark.usefixtures("small_sample")
def test_a_sample_that_was_stopped_before_its_first_image_is_made_again(panel, desk, runner, tmp_path):
    desk.session.create(tmp_path / "kdland-sample", load_scheme("chest-10"))
    desk.session.close()

    panel.tasks.try_sample()
    drain(runner)

    assert panel.browser.model.rowCount() == 3


def test_a_missing_sample_is_answered_in_words(panel, runner, monkeypatch):
    def absent():
        raise KdlandError("The sample radiographs are not installed.")

    monkeypatch.setattr("napari_kdland.phantom.sample_folder", absent)

    panel.tasks.try_sample()
    drain(runner)

    assert panel.jobs._said.text() == "The sample radiographs are not installed."
