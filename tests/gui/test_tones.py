"""Labels in a colour: it can be read on a dark and on a light ground, and follows napari's theme."""

import pytest
from napari.utils.theme import get_theme
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_kdland.gui.tones import Tone, TonedLabel

pytestmark = pytest.mark.gui


def luminance(colour: QColor) -> float:
    """Relative luminance of WCAG 2."""
    parts = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in colour.getRgbF()[:3])
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(first: QColor, second: QColor) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


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
