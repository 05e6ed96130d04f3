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
        ("Doe John.dcm is damaged. Doe J. Jr.dcm is not.", "<file> is damaged. <file> is not."),
        ("It failed: Doe, John (2).dcm has no pixels", "It failed: <file> has no pixels"),
        ("open('/data/Doe John/scans 1')", "open('<place>')"),
    ],
)
def test_places_and_files_are_taken_out(text, kept):
    assert without_names(text) == kept


def test_the_image_on_screen_is_taken_out_even_without_an_ending():
    assert without_names("DOE0001 has no point yet", ("DOE0001",)) == "<image> has no point yet"


@pytest.mark.parametrize(
    "said",
    [
        "DOE0001_flip failed",
        "doe0001 failed",
        "Müller Jörg failed",
        '{"title": "M\\u00fcller J\\u00f6rg"}',
        "see Mu\u0308ller Jo\u0308rg",
    ],
)
def test_known_names_are_taken_out_however_they_are_spelt(said):
    assert "<image>" in without_names(said, ("DOE0001", "Müller Jörg"))


def test_a_short_name_is_taken_out_as_a_whole_word_only():
    assert without_names("12 failed at step 120, 0.12 s", ("12",)) == "<image> failed at step 120, 0.<image> s"


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
