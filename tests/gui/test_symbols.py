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


def test_rich_text_shows_the_picture(qapp):
    document = QTextDocument()
    document.setHtml(html_image(HUMAN))

    assert document.size().height() > 10
    assert qapp is not None
