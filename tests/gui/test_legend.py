"""The legend of Compare."""

import pytest
from qtpy.QtWidgets import QLabel

from napari_kdland.gui.layers.style import Style
from napari_kdland.gui.legend import Legend

pytestmark = pytest.mark.gui

STYLES = {f"run-number-{number}": Style("disc", "#D55E00", "student") for number in range(5)}


def lines_of(legend):
    return {label.y() for label in legend.findChildren(QLabel)}


def test_each_name_stands_beside_its_shape_however_narrow_the_panel_is(qtbot):
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_styles(STYLES)
    legend.resize(1200, legend.heightForWidth(1200))
    legend.show()
    assert len(lines_of(legend)) == 1

    legend.resize(300, legend.heightForWidth(300))

    qtbot.waitUntil(lambda: len(lines_of(legend)) > 1)
    for label in legend.findChildren(QLabel):
        assert label.text().count("<img") == 1
        assert label.height() < 2 * label.fontMetrics().lineSpacing()
        assert label.geometry().right() <= 300


def test_a_name_is_text_whatever_it_holds(qtbot):
    legend = Legend()
    qtbot.addWidget(legend)

    legend.show_styles({"<b>bold</b>": Style("disc", "#D55E00", "student")})

    assert "&lt;b&gt;bold" in legend.findChildren(QLabel)[-1].text()


def test_who_is_named_no_more_is_gone_at_once(qtbot):
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_styles(STYLES)
    legend.show()

    legend.show_styles({"one": Style("disc", "#D55E00", "student")})

    def seen():
        return [label.accessibleName() for label in legend.findChildren(QLabel) if label.isVisible()]

    assert not any(name.startswith("run-number") for name in seen())
    qtbot.waitUntil(lambda: seen() == ["Reader", "one"])
