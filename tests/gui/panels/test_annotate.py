"""The Annotate panel."""

import numpy as np
import pytest

from napari_kdland.anatomy import LandmarkState
from napari_kdland.anatomy.regions import Regions
from napari_kdland.gui.landmark_table import PLACE
from napari_kdland.gui.panels import annotate
from napari_kdland.gui.panels.annotate import AnnotatePanel
from tests.session.factories import REGIONS, a_project, a_scheme, drain, some_regions

pytestmark = pytest.mark.gui


@pytest.fixture
def panel(open_desk, qtbot):
    panel = AnnotatePanel(open_desk)
    qtbot.addWidget(panel)
    yield panel
    panel.release()


def states(panel):
    return [panel.table.item(row, 2).text() for row in range(panel.table.rowCount())]


def test_the_schemes_landmarks_stand_in_the_table_with_keys_and_states(panel):
    assert [panel.table.item(row, 1).text() for row in range(3)] == ["apex", "angle", "border"]
    assert [panel.table.item(row, 0).text() for row in range(3)] == ["1", "2", "3"]
    assert states(panel) == ["not yet"] * 3


def test_the_table_follows_every_edit(panel, open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    open_desk.session.editing.set_state("angle", LandmarkState.ABSENT)

    assert states(panel) == ["placed", "absent", "not yet"]
    assert panel.table.item(0, PLACE).text() == "10.0, 20.0"
    assert panel.table.horizontalHeaderItem(PLACE).text() == "y, x px"
    assert panel.table.item(1, PLACE).text() == ""


def test_the_current_landmark_is_written_large(panel, open_desk):
    open_desk.session.choose("angle")

    assert panel._chip.text() == "2  angle"
    assert panel.table.selectedItems()[0].row() == 1


def test_a_click_in_the_table_chooses(panel, open_desk):
    panel.table.cellClicked.emit(2, 0)

    assert open_desk.session.current == "border"


def test_when_all_are_set_it_says_what_comes_next(panel, open_desk):
    for point in ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)):
        open_desk.session.editing.place(point)

    assert panel._chip.text() == "All landmarks are set"
    assert "next image" in panel._hint.text()


def test_the_time_of_saving_is_shown(panel, open_desk):
    assert panel.saved.text() == ""

    open_desk.session.editing.place((10.0, 20.0))

    assert panel.saved.text().startswith("saved ")
    assert panel.saved.text().count(":") == 2


def test_the_time_of_the_last_edit_is_shown_on_opening_a_project(open_desk, qtbot, tmp_path, runner):
    open_desk.session.editing.place((10.0, 20.0))
    path = open_desk.session.project.path
    (tmp_path / "other").mkdir()
    open_desk.session.open(a_project(tmp_path / "other"))
    panel = AnnotatePanel(open_desk)
    qtbot.addWidget(panel)
    assert panel.saved.text() == ""

    open_desk.session.open(path)
    drain(runner)

    assert panel.saved.text().startswith("saved ")
    assert panel.saved.text().count(":") == 2
    panel.release()


def test_a_state_by_button_without_a_point_is_refused_in_words(panel, open_desk):
    open_desk.actions.set_state(LandmarkState.OCCLUDED)

    assert "has no point" in open_desk.messages[-1]
    assert states(panel) == ["not yet"] * 3


def test_the_mode_of_placing_is_chosen_and_follows_the_key(panel, open_desk):
    panel.mode.setCurrentIndex(2)
    panel.mode.activated.emit(2)
    assert open_desk.session.placing.goes_on_to_next_image

    open_desk.actions.next_mode()
    assert panel.mode.currentText() == "in sequence"


def test_the_end_of_the_list_is_told(panel, open_desk, runner):
    for _ in range(3):
        open_desk.actions.step_image(1)
        drain(runner)

    assert open_desk.messages[-1] == "This is the last image of the list."
    assert "image_2.png" in panel._image.text()


def test_nothing_to_undo_is_told(panel, open_desk):
    open_desk.actions.undo()

    assert open_desk.messages[-1] == "There is nothing to undo."
    assert states(panel) == ["not yet"] * 3


def test_undo_that_finds_nothing_of_this_reader_says_whose_the_edits_are(panel, open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    open_desk.session.reader = "bob"

    open_desk.actions.undo()

    assert "nothing of bob to undo" in open_desk.messages[-1]
    assert "by ann:" in open_desk.messages[-1]
    assert states(panel)[0] == "placed"


def test_without_an_image_it_points_to_the_project_panel(desk, qtbot):
    panel = AnnotatePanel(desk)
    qtbot.addWidget(panel)

    assert panel._pages.currentIndex() == 0
    panel.release()


def test_a_project_without_images_is_led_to_the_import(desk, qtbot, tmp_path):
    panel = AnnotatePanel(desk)
    qtbot.addWidget(panel)
    wanted = []
    desk.wanted.connect(wanted.append)

    desk.session.create(tmp_path / "p", a_scheme())
    assert panel._no_image.text().startswith("The project has no images yet.")
    panel._no_image.button.click()

    assert wanted == ["Project"]
    panel.release()


def test_a_scheme_without_landmarks_says_so_and_can_be_edited(mask_desk, qtbot, monkeypatch):
    edited = []
    monkeypatch.setattr(annotate, "edit_scheme", lambda desk, _parent: edited.append(desk))
    panel = AnnotatePanel(mask_desk)
    qtbot.addWidget(panel)

    assert not panel._no_landmarks.isHidden()
    panel._no_landmarks.button.click()

    assert edited == [mask_desk]
    panel.release()


def of_regions(desk, qtbot):
    panel = AnnotatePanel(desk)
    qtbot.addWidget(panel)
    return panel


def test_regions_stand_in_their_colours_with_what_is_known(region_desk, qtbot, runner):
    panel = of_regions(region_desk, qtbot)
    assert "color:#123456" in panel.companions.legend.text()
    assert "HEART" in panel.companions.legend.text()

    region_desk.session.paging.go_next()
    drain(runner)

    assert panel.companions.legend.text() == "nothing is known of them in this image"
    panel.release()


def test_a_region_that_is_absent_is_called_so(region_desk, qtbot, runner):
    regions = Regions(REGIONS, np.stack([some_regions().masks[0], np.zeros((60, 50), bool)]))
    region_desk.session.project.masks.save(region_desk.session.record.image_id, regions, reader="ann")
    region_desk.session.reload_images()
    drain(runner)

    panel = of_regions(region_desk, qtbot)

    assert "HEART (absent)" in panel.companions.legend.text()
    panel.release()


def test_the_switch_of_regions_and_the_key_agree(region_desk, qtbot):
    panel = of_regions(region_desk, qtbot)

    region_desk.companions.show_masks(False)
    assert not panel.companions.shows.isChecked()

    panel.companions.shows.setChecked(True)
    assert region_desk.pool.reader.masks.visible
    panel.release()


def test_a_scheme_without_regions_has_no_row_for_them(panel):
    assert panel.companions._region_row.isHidden()
    assert panel.companions._channel_row.isHidden()


def test_a_further_channel_is_chosen_from_a_list(open_desk, qtbot, runner, tmp_path):
    image_id = open_desk.session.record.image_id
    open_desk.session.project.channels.set_many({image_id: {"soft_tissue": (tmp_path / "image_1.png", None)}})
    open_desk.session.reload_images()
    panel = of_regions(open_desk, qtbot)
    box = panel.companions.channel
    assert [box.itemText(place) for place in range(box.count())] == ["nothing", "soft tissue"]

    box.setCurrentIndex(1)
    box.activated.emit(1)
    drain(runner)

    assert open_desk.viewer.layers["soft_tissue"].visible
    panel.release()


def test_without_landmarks_only_regions_are_shown(mask_desk, qtbot):
    panel = of_regions(mask_desk, qtbot)

    assert panel._landmark_part.isHidden()
    assert "LUNG" in panel.companions.legend.text()
    panel.release()


def test_a_long_readers_name_can_be_read_in_a_narrow_panel(panel, open_desk):
    panel.resize(440, 700)
    panel.show()

    open_desk.session.reader = "Dr. Katharina Winter, reading 2"

    field = panel.reader.field
    assert field.fontMetrics().horizontalAdvance(field.text()) < field.width() - 12
