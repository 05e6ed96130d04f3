"""Every control of every panel and dialog tells what it does when the mouse rests on it."""

from pathlib import Path

import pytest
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QFormLayout,
    QHeaderView,
    QLineEdit,
    QListView,
    QTableView,
    QWidget,
)

from napari_kdland.gui.dialogs import DrawSplitsDialog, ImportDialog, NewProjectDialog, SkippedDialog
from napari_kdland.gui.panels import PANELS
from napari_kdland.gui.scheme_editor import SchemeEditor

pytestmark = pytest.mark.gui

CONTROLS = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)
# What Qt makes inside of other widgets.
INNER = (QAbstractSpinBox, QComboBox, QHeaderView, QTableView, QListView)


def is_inner(control):
    parent = control.parentWidget()
    while parent is not None:
        if isinstance(parent, INNER) or parent.objectName().startswith("qt_"):
            return True
        parent = parent.parentWidget()
    return False


def is_told(control):
    """A tooltip of its own, of what holds it, or of its name in a form."""
    if control.toolTip() or (control.parentWidget() is not None and control.parentWidget().toolTip()):
        return True
    forms = control.window().findChildren(QFormLayout)
    fields = [each for each in (control, control.parentWidget()) if each is not None]
    names = [form.labelForField(field) for form in forms for field in fields]
    return any(name is not None and name.toolTip() for name in names)


def untold(widget):
    return [
        f"{type(control).__name__} {getattr(control, 'text', control.objectName)()} in {control.parentWidget()}"
        for control in widget.findChildren(QWidget)
        if isinstance(control, CONTROLS) and not is_inner(control) and not is_told(control)
    ]


@pytest.mark.parametrize("entry", PANELS, ids=lambda entry: entry.name)
def test_every_control_of_a_panel_has_a_tooltip(open_desk, qtbot, entry):
    panel = entry.resolve()(open_desk)
    qtbot.addWidget(panel)

    assert untold(panel) == []


DIALOGS = {
    "new project": lambda _desk: NewProjectDialog(),
    "import": lambda _desk: ImportDialog([Path("a.png")]),
    "draw splits": lambda _desk: DrawSplitsDialog(),
    "left out": lambda _desk: SkippedDialog([]),
    "scheme": SchemeEditor,
}


@pytest.mark.parametrize("dialog", DIALOGS)
def test_every_control_of_a_dialog_has_a_tooltip(open_desk, qtbot, dialog):
    shown = DIALOGS[dialog](open_desk)
    qtbot.addWidget(shown)

    assert untold(shown) == []


def test_the_boxes_of_partners_in_the_scheme_have_a_tooltip(open_desk, qtbot):
    editor = SchemeEditor(open_desk)
    qtbot.addWidget(editor)

    assert all(box.toolTip() for box in editor.landmarks.findChildren(QComboBox))
