"""Tests of napari_kdland.events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland import events

NUMBERS = st.dictionaries(st.text(max_size=8), st.floats(allow_nan=False))
FINITE = st.floats(allow_nan=False)
EVENTS = st.one_of(
    st.builds(events.Started, st.text(), st.none() | st.integers()),
    st.builds(events.Advanced, st.integers(), st.text()),
    st.builds(events.Measured, st.integers(), NUMBERS),
    st.builds(events.Saved, st.text(), st.text()),
    st.builds(events.Warned, st.text()),
    st.builds(events.Probed, st.integers(), st.text(), st.lists(st.tuples(FINITE, FINITE)).map(tuple), st.text()),
)


@given(EVENTS)
def test_every_event_survives_a_line_of_json(event):
    line = events.to_json(event)

    assert "\n" not in line
    assert events.from_json(line) == event


@pytest.mark.parametrize("line", ['{"event": "Exploded"}', '["Started"]', "3"])
def test_a_line_that_is_no_event_is_refused(line):
    with pytest.raises(ValueError, match="expected one of Started"):
        events.from_json(line)


def test_running_a_job_shows_every_event_and_gives_the_result():
    def job():
        yield events.Started("Counting", 1)
        yield events.Advanced(1)
        return 42

    seen = []
    result = events.run(job(), seen.append)

    assert result == 42
    assert seen == [events.Started("Counting", 1), events.Advanced(1)]
