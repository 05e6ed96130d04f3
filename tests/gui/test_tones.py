"""Labels in a colour: it can be read on a dark and on a light ground, and follows napari's theme."""

import pytest
from napari.utils.theme import get_theme
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QStyleOptionViewItem, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from napari_kdland.gui.tones import InkDelegate, Tone, TonedLabel, contrast, ink

pytestmark = pytest.mark.gui


def themed(theme: str) -> str:
    found = get_theme(theme)
    return f"QWidget {{ background: {found.background.as_hex()}; color: {found.text.as_hex()}; }}"


@pytest.fixture
def stand(qtbot):
    widget = QWidget()
    QVBoxLayout(widget)
    qtbot.addWidget(widget)
    return widget


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("tone", [tone for tone in Tone if tone is not Tone.PLAIN], ids=lambda tone: tone.name)
def test_every_tone_can_be_read_on_the_grounds_of_napari(stand, theme, tone):
    stand.setStyleSheet(themed(theme))
    label = TonedLabel("text", tone)
    stand.layout().addWidget(label)
    stand.show()

    found = label.palette().color(QPalette.ColorRole.WindowText)

    assert found.name() in tone.value
    assert contrast(found, QColor(get_theme(theme).background.as_hex())) >= 4.5


def test_the_colour_follows_the_theme_and_what_is_said(stand):
    stand.setStyleSheet(themed("dark"))
    label = TonedLabel("text", Tone.ERROR, sheet="font-size: 11px;")
    stand.layout().addWidget(label)
    stand.show()
    on_dark, on_light = Tone.ERROR.value
    assert on_dark in label.styleSheet()

    stand.setStyleSheet(themed("light"))
    assert on_light in label.styleSheet()
    stand.setStyleSheet(themed("dark"))
    assert on_dark in label.styleSheet()

    label.set_tone(Tone.PLAIN)
    assert label.styleSheet() == "font-size: 11px;"


@pytest.mark.parametrize(("theme", "ground"), [("dark", "#414851"), ("light", "#c3c1bf")])
@pytest.mark.parametrize("colour", ["#4fc79b", "#56B4E9", "#E69F00", "#CC79A7", "#8a8f98", "#F0E442"])
def test_a_colour_is_made_as_dark_or_light_as_it_takes(stand, theme, ground, colour):
    stand.setStyleSheet(themed(theme))
    stand.show()

    assert contrast(ink(colour, stand), QColor(ground)) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is(stand):
    stand.setStyleSheet(themed("dark"))
    stand.show()

    assert ink("#F0E442", stand).name() == "#f0e442"


def test_contrast_is_that_of_the_guidelines():
    assert contrast(QColor("#000000"), QColor("#ffffff")) == pytest.approx(21)
    assert contrast(QColor("#767676"), QColor("#ffffff")) == pytest.approx(4.54, abs=0.01)
    assert contrast(QColor("#123456"), QColor("#123456")) == 1


def test_texts_of_a_table_are_painted_for_the_theme_that_it_has_by_then(stand):
    table = QTableWidget(1, 1)
    table.setItemDelegate(InkDelegate(table))
    item = QTableWidgetItem("placed")
    item.setForeground(QColor("#4fc79b"))
    table.setItem(0, 0, item)
    stand.layout().addWidget(table)
    stand.show()

    painted = {}
    for theme in ("dark", "light", "dark"):
        stand.setStyleSheet(themed(theme))
        option = QStyleOptionViewItem()
        option.widget = table
        table.itemDelegate().initStyleOption(option, table.model().index(0, 0))
        painted[theme] = option.palette.color(QPalette.ColorRole.Text)

    assert contrast(painted["dark"], QColor("#414851")) >= 4.5
    assert contrast(painted["light"], QColor("#c3c1bf")) >= 4.5
