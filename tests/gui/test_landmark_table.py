"""The table of landmarks, by mouse."""

import pytest

from napari_kdland.anatomy import LandmarkState, Origin
from napari_kdland.gui.landmark_table import LOCK, NAME, PLACE, REVIEWED, SOURCE, STATE, LandmarkTable, source_text
from napari_kdland.project import Project

pytestmark = pytest.mark.gui


@pytest.fixture
def table(open_desk, qtbot):
    table = LandmarkTable(open_desk)
    qtbot.addWidget(table)
    open_desk.session.editing.place((10.0, 20.0))
    return table


def test_a_click_on_a_row_chooses_and_changes_nothing(table, open_desk):
    table.cellClicked.emit(2, STATE)

    assert open_desk.session.current == "border"
    assert open_desk.session.landmarks.n_known == 1
    assert not open_desk.session.locking.locks


def test_a_double_click_on_a_state_goes_round_the_states_that_have_a_point(table, open_desk):
    seen = []
    for _ in range(3):
        table.cellDoubleClicked.emit(0, STATE)
        seen.append(table.item(0, STATE).text())

    assert seen == ["occluded", "uncertain", "placed"]
    table.cellDoubleClicked.emit(1, STATE)
    assert open_desk.session.landmarks.state_of("angle") is LandmarkState.ABSENT


def test_a_double_click_elsewhere_changes_nothing(table, open_desk):
    table.cellDoubleClicked.emit(0, NAME)

    assert open_desk.session.landmarks.state_of("apex") is LandmarkState.PLACED


def test_a_click_on_the_padlock_locks_and_unlocks(table, open_desk):
    table.cellClicked.emit(0, LOCK)
    assert not table.item(0, LOCK).icon().isNull()
    assert "Locked by ann" in table.item(0, LOCK).toolTip()

    table.cellDoubleClicked.emit(0, STATE)
    assert "locked by ann" in open_desk.messages[-1]
    assert table.item(0, STATE).text() == "placed"

    table.cellClicked.emit(0, LOCK)
    assert table.item(0, LOCK).icon().isNull()


def test_the_menu_offers_the_states_that_are_possible_and_the_lock(table, open_desk):
    def offered(landmark):
        actions = table.menu_of(landmark).actions()
        return {each.text().split("\t")[0]: each for each in actions if each.isEnabled() and each.text()}

    assert set(offered("angle")) == {"Absent", "Not yet", "Locked"}
    offered("apex")["Uncertain"].trigger()
    assert open_desk.session.landmarks.state_of("apex") is LandmarkState.UNCERTAIN

    offered("apex")["Locked"].trigger()
    assert open_desk.session.locking.holds("apex")


def test_the_source_is_named(table, open_desk):
    session = open_desk.session
    assert table.item(0, SOURCE).text() == "ann"
    origin = Origin("teacher", "big-net")

    session.project.annotations.edit(
        session.record.image_id, "angle", LandmarkState.PLACED, (5.0, 5.0), reader="ann", origin=origin
    )
    session.reload_images()

    assert table.item(1, SOURCE).text() == "big-net"
    assert "big-net, by ann on" in table.item(1, SOURCE).toolTip()
    assert table.item(2, SOURCE).text() == ""


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (Origin("file", "a.csv"), "file"),
        (Origin("shape", "mean shape"), "mean shape"),
        (Origin("image", "one.png"), "like one.png"),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_copied_points_say_so(origin, text):
    assert source_text(origin) == text


def test_a_landmark_counts_as_reviewed_until_it_is_changed(table, open_desk):
    session = open_desk.session
    with Project.open(session.project.path) as other:
        other.reviews.mark([session.record.image_id], reader="bob")
    session.reload_images()
    assert [table.item(row, REVIEWED).text() for row in range(3)] == ["✓", "", ""]

    session.editing.move("apex", (11.0, 21.0))

    assert table.item(0, REVIEWED).text() == ""


def test_a_click_on_the_padlock_at_the_head_locks_all_that_are_set(table, open_desk):
    open_desk.session.editing.place((20.0, 30.0))

    table.horizontalHeader().sectionClicked.emit(LOCK)

    assert sorted(open_desk.session.locking.locks) == ["angle", "apex"]


def test_places_give_way_where_a_name_would_be_cut_and_stand_in_its_tooltip(table, open_desk):
    table.resize(700, 200)
    table.show()
    assert not table.isColumnHidden(PLACE)

    table.resize(300, 200)

    assert table.isColumnHidden(PLACE)
    open_desk.session.choose("border")
    open_desk.session.editing.place((11.0, 21.0))
    assert table.isColumnHidden(PLACE)
    assert table.item(0, NAME).toolTip().endswith("y, x px: 10.0, 20.0")
