"""What went wrong, with details to copy."""

import pytest
from qtpy.QtWidgets import QApplication

from napari_kdland.gui.error_dialog import ErrorDialog, SpokenLog, report, without_names

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/data/Doe_John/scan.dcm is damaged: no pixels.", "<place> is damaged: no pixels."),
        ("C:\\scans\\Doe.dcm is damaged", "<place> is damaged"),
        ("scans/doe/1.png has no spacing; 3 px/mm", "<file> has no spacing; 3 px/mm"),
        ('File "/a/b.py", line 3, in train', 'File "<place>", line 3, in train'),
        ("Doe^Jane.nii.gz differs", "<file> differs"),
    ],
)
def test_places_and_files_are_taken_out(text, kept):
    assert without_names(text) == kept


def test_the_image_on_screen_is_taken_out_even_without_an_ending():
    assert without_names("DOE0001 has no point yet", ("DOE0001",)) == "<image> has no point yet"


def test_the_log_keeps_the_latest_lines_and_marks_errors():
    log = SpokenLog()
    for number in range(60):
        log.hear(f"line {number}", number == 59)

    lines = log.text().splitlines()

    assert len(lines) == 50
    assert lines[-1].endswith("! line 59")


def test_a_report_names_versions_and_no_image():
    text = report("Doe.dcm is damaged", "seen in Doe.dcm", ())

    assert "Doe" not in text
    assert "napari: 0." in text


def test_copy_puts_the_report_on_the_clipboard(qtbot):
    dialog = ErrorDialog(None, "The disk is full.", "step 12")
    qtbot.addWidget(dialog)

    dialog.copy()

    assert "The disk is full." in QApplication.clipboard().text()
    assert "step 12" in QApplication.clipboard().text()
