"""One job in a panel."""

import imageio.v3 as iio
import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from napari_kdland import images
from napari_kdland.events import Advanced, Started, Warned
from napari_kdland.gui.error_dialog import ErrorDialog
from napari_kdland.gui.job_row import JobRow
from tests.session.factories import drain, endless, refusing, three_steps, wait_for

pytestmark = pytest.mark.gui


@pytest.fixture
def row(qtbot, runner):
    row = JobRow(runner, tuple)
    qtbot.addWidget(row)
    row.show()
    return row


def test_progress_and_title_follow_the_events(row, runner):
    def job():
        yield Started("Counting sheep", 4)
        yield Advanced(3)
        yield from endless([])

    row.start("Count", job)
    wait_for(runner, lambda: len(row.handle.events) > 1)

    assert row._text.text() == "Counting sheep"
    assert row._bar.maximum() == 4


def test_a_long_title_is_read_to_its_end(row, runner):
    row.resize(200, 100)
    row.start("Count", lambda: endless([]))

    row.head("Takes about 39 min (9.5 s a step) on the processor, up to 41 MiB of 16.9 GiB free memory")

    assert row._text.heightForWidth(200) > 2 * row._text.fontMetrics().height()
    row.stop()
    drain(runner)


def test_the_result_is_handed_on_at_the_end(row, runner):
    results = []

    row.start("Count", three_steps, on_done=results.append)
    drain(runner)

    assert results == ["counted"]
    assert not row.is_busy
    assert not row._bar.isVisible()


def test_one_job_at_a_time(row, runner):
    assert row.start("first", lambda: endless([]))
    assert not row.start("second", three_steps)

    row.stop()
    drain(runner)
    assert row.start("third", three_steps)


def test_a_failure_is_shown_in_words_with_details_to_copy(row, runner):
    row.start("Train", refusing)
    drain(runner)

    assert "No labelled image" in row._said.text()
    assert row._copy.isVisible()
    row.copy_details()
    assert "refusing" in QApplication.clipboard().text()


def test_a_failure_opens_a_dialog_that_holds_nothing_up(row, runner):
    row.start("Train", refusing)
    drain(runner)

    (dialog,) = row.findChildren(ErrorDialog)
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert "No labelled image" in dialog.message.text()


def test_a_bug_is_called_one_and_the_window_lives(row, runner):
    def job():
        yield Started("Train")
        raise ZeroDivisionError("oh")

    row.start("Train", job)
    drain(runner)

    assert "unexpected" in row._said.text()
    assert row.start("again", three_steps)


def test_warnings_stay_readable_while_the_job_goes_on(row, runner):
    def job():
        yield Warned("2 files were left out")
        yield from endless([])

    row.start("Import", job)
    wait_for(runner, lambda: row._said.text())

    assert row._said.text() == "2 files were left out"


def test_details_leave_out_events_that_name_images(row, runner):
    def job():
        yield Advanced(1, "Mustermann_Erika.dcm")
        raise ZeroDivisionError("oh")

    row.start("Import", job)
    drain(runner)
    row.copy_details()

    assert "Mustermann" not in QApplication.clipboard().text()


def test_neither_dialog_nor_details_of_a_failed_job_name_an_image(open_desk, runner, qtbot, tmp_path):
    """Nor one of a project that was closed since, nor one that only the traceback names."""
    a_radiograph_called(open_desk.session.project, tmp_path / "Doe John.dcm", tmp_path / "DOE0001")
    row = JobRow(runner, open_desk.names.all)
    qtbot.addWidget(row)

    def job():
        yield Started("Reading DOE0001")
        raise ValueError(f"Doe John has no pixels: Doe John.dcm, DOE0001, {tmp_path / 'Doe John.dcm'}")

    row.start("Train", job)
    open_desk.session.close()
    drain(runner)
    row.copy_details()

    (dialog,) = row.findChildren(ErrorDialog)
    for text in (QApplication.clipboard().text(), dialog.text.toPlainText()):
        assert "has no pixels" in text
        assert not [name for name in ("Doe", "John", "DOE0001", str(tmp_path)) if name in text]


def a_radiograph_called(project, *paths):
    for number, path in enumerate(paths):
        iio.imwrite(path, np.eye(40, k=number, dtype=np.uint8), extension=".png")
        project.records.add(images.read(path), path)
