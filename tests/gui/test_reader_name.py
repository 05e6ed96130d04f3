"""The reader's name and the menu of readings."""

import pytest

from napari_kdland.gui.reader_name import ReaderName

pytestmark = pytest.mark.gui


@pytest.fixture
def name(open_desk, qtbot):
    name = ReaderName(open_desk)
    qtbot.addWidget(name)
    return name


def test_an_empty_reader_is_refused_and_the_old_one_stays(name, open_desk):
    name.field.setText("  ")

    name.field.editingFinished.emit()

    assert name.field.text() == "ann"
    assert "name is empty" in open_desk.messages[-1]


def test_another_reader_signs_the_next_edit(name, open_desk):
    name.field.setText(" bob ")
    name.field.editingFinished.emit()

    open_desk.session.editing.place((10.0, 20.0))

    details = open_desk.session.project.annotations.details(open_desk.session.record.image_id)
    assert details["apex"].reader == "bob"
    assert name.field.text() == "bob"


def test_a_name_given_elsewhere_is_shown_here(name, open_desk):
    open_desk.session.reader = "bob"

    assert name.field.text() == "bob"


def test_leaving_the_field_as_it_is_says_nothing_anew(name, open_desk):
    told = []
    open_desk.session.reader_changed.connect(lambda: told.append(1))

    name.field.editingFinished.emit()

    assert told == []
