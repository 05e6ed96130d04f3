"""Shapes outside the viewer."""

import pytest
from qtpy.QtGui import QTextDocument

from napari_kdland.gui.layers.style import BASELINE, HUMAN, READERS, STUDENTS, TEACHERS
from napari_kdland.gui.symbols import SYMBOLS, html_image, icon

pytestmark = pytest.mark.gui

STYLES = [HUMAN, BASELINE, *READERS, *TEACHERS, *STUDENTS]


def test_each_source_has_a_picture_of_its_own(qapp):
    pictures = {html_image(style) for style in STYLES}

    assert len(pictures) == len(STYLES)
    assert not any(icon(style).isNull() for style in STYLES)
    assert qapp is not None


def test_only_the_hollow_and_the_full_circle_share_an_outline():
    shapes = [SYMBOLS[style.symbol] for style in STYLES]

    assert len(set(shapes)) == len(shapes) - 1


def test_the_readers_ring_is_light_between_dark_rims_so_that_it_is_seen_on_any_ground(qapp):
    image = icon(HUMAN).pixmap(16, 16).toImage()
    row = [image.pixelColor(x, image.height() // 2) for x in range(image.width())]

    lightness = [colour.lightness() for colour in row if colour.alpha() > 200]
    assert lightness[0] < 60
    assert max(lightness) > 200
    assert row[image.width() // 2].alpha() == 0
    assert qapp is not None


def test_rich_text_shows_the_picture(qapp):
    document = QTextDocument()
    document.setHtml(html_image(HUMAN))

    assert document.size().height() > 10
    assert qapp is not None
