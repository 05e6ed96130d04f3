"""What jobs tell, in lines for people; no Qt here."""

from napari_kdland.events import Advanced, Measured, Saved, Started, Warned
from napari_kdland.gui.event_words import duration, in_words, log_tail, size


def test_figures_are_named_with_their_units():
    line = in_words(Measured(50, {"loss": 0.123456, "val_radial_error_px": 3.14159, "val_dice": 0.5}))

    assert line == "step 50: loss 0.1235, error on val 3.14 px, Dice on val 50.0 %"


def test_notes_and_files_are_lines_of_the_log():
    events = [Started("Training", 2), Warned("no val"), Saved("best", "/somewhere/best.safetensors")]

    assert log_tail(events) == "Training\nnote: no val\nbest weights saved"


def test_single_steps_are_no_news_and_the_last_lines_stay():
    events = [event for step in range(9) for event in (Advanced(step), Measured(step, {"loss": 1.0}))]

    assert log_tail(events, 2) == "step 7: loss 1\nstep 8: loss 1"


def test_sizes_and_times_have_the_unit_that_suits_them():
    assert [size(value) for value in (2048, 3 * 2**20, 5 * 2**30)] == ["2 KiB", "3.0 MiB", "5.0 GiB"]
    assert [duration(value) for value in (5, 600, 7200)] == ["5 s", "10 min", "2.0 h"]
