"""The dialogs of the Project panel."""

from pathlib import Path

import pytest

from napari_kdland.gui.dialogs import DrawSplitsDialog, ImportDialog, NewProjectDialog, SkippedDialog
from napari_kdland.jobs import Skipped

pytestmark = pytest.mark.gui


def test_a_new_project_needs_a_name_and_a_scheme(qtbot, tmp_path):
    dialog = NewProjectDialog()
    qtbot.addWidget(dialog)
    accept = dialog.buttons.buttons()[0]
    assert not accept.isEnabled()

    dialog.folder.edit.setText(str(tmp_path))
    dialog.name.setText("chest")
    assert accept.isEnabled()
    assert dialog.path == tmp_path / "chest"
    assert dialog.scheme().name == "chest-10"

    dialog.scheme_choice.setCurrentIndex(dialog.scheme_choice.count() - 1)
    assert not accept.isEnabled()


def test_the_import_dialog_gives_what_comes_along(qtbot, tmp_path):
    dialog = ImportDialog([tmp_path])
    qtbot.addWidget(dialog)

    dialog.landmarks.edit.setText("/data/landmarks.csv")
    dialog.masks.edit.setText("/data/masks")
    dialog.channels.edit.setText("/data/channels.csv")

    assert dialog.into.currentData() == "pool"
    assert dialog.side_files().landmarks == Path("/data/landmarks.csv")
    assert dialog.side_files().masks == Path("/data/masks")
    assert dialog.side_files().channels == Path("/data/channels.csv")
    assert dialog.side_files().split is None


def test_channels_can_be_known_by_their_names_instead(qtbot, tmp_path):
    dialog = ImportDialog([tmp_path])
    qtbot.addWidget(dialog)

    dialog.by_name.setChecked(True)

    assert dialog.side_files().channels == "auto"
    assert not dialog.channels.isEnabled()


def test_shares_above_a_hundred_percent_cannot_be_drawn(qtbot):
    dialog = DrawSplitsDialog()
    qtbot.addWidget(dialog)
    assert dialog.fractions() == {"train": 0.1, "val": 0.1, "test": 0.2}

    dialog._shares["train"].setValue(90)

    assert not dialog.buttons.buttons()[0].isEnabled()


def test_what_was_left_out_is_listed_with_its_reason(qtbot, tmp_path):
    dialog = SkippedDialog([Skipped(tmp_path / "a.dcm", "a.dcm is cut short.")])
    qtbot.addWidget(dialog)

    assert dialog.table.item(0, 0).text() == "a.dcm"
    assert dialog.table.item(0, 1).text() == "a.dcm is cut short."
