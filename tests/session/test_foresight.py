"""A look ahead before a training."""

import pytest

from napari_kdland import events, jobs
from napari_kdland.errors import OutOfMemory
from napari_kdland.events import Advanced, Started, Warned
from napari_kdland.recipes import load_recipe
from napari_kdland.session.foresight import Concerns, foreseen, in_words

ORDER = jobs.TrainingOrder(load_recipe("supervised"))
FOUND = jobs.Foresight(7200.0, 0.25, 3 * 2**30, 8 * 2**30, 40 * 2**20, 100 * 2**30, "Big GPU", ("One.", "Two."))


def a_job():
    yield Advanced(1)
    return "trained"


def look(found):
    yield Started("Checking")
    if isinstance(found, Exception):
        raise found
    return found


def test_warnings_are_told_and_the_job_is_done(monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "foresee_training", lambda *_: look(FOUND))
    told = []

    assert events.run(foreseen(a_job, tmp_path, ORDER, is_confirmed=True), told.append) == "trained"

    assert [event.message for event in told if isinstance(event, Warned)] == ["One.", "Two."]
    assert told[-1] == Advanced(1)


def test_without_a_word_of_the_user_doubts_keep_the_job_from_beginning(monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "foresee_training", lambda *_: look(FOUND))

    assert events.run(foreseen(pytest.fail, tmp_path, ORDER)) == Concerns(("One.", "Two."))


def test_a_refusal_keeps_the_job_from_beginning(monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "foresee_training", lambda *_: look(OutOfMemory("no memory left for 8 images")))

    with pytest.raises(OutOfMemory, match="no memory left"):
        events.run(foreseen(pytest.fail, tmp_path, ORDER))


def test_a_run_that_goes_on_is_looked_at_as_one_that_starts(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(
        jobs, "foresee_resumption", lambda _path, run, device: asked.append((run, device)) or look(FOUND)
    )

    assert events.run(foreseen(pytest.fail, tmp_path, ORDER, resumes="half")) == Concerns(("One.", "Two."))
    assert asked == [("half", "auto")]


def test_a_line_has_time_memory_and_disk_with_their_units():
    assert in_words(FOUND) == (
        "Takes about 2.0 h (0.25 s a step) on Big GPU, up to 3.0 GiB of 8.0 GiB free memory, "
        "40 MiB of 100.0 GiB free disk"
    )
