import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.distillation import SCHEDULES
from napari_kdland.recipes.model import SchedulePart

each = pytest.mark.parametrize("schedule", [entry.resolve() for entry in SCHEDULES], ids=[e.name for e in SCHEDULES])
shares = st.floats(0, 1)


@each
@given(progress=shares, ramp=st.floats(0.01, 1), start=st.floats(0, 0.99))
def test_it_is_a_share_and_nothing_before_its_start(schedule, progress: float, ramp: float, start: float):
    value = schedule(progress, SchedulePart(ramp=ramp, start=start))

    assert 0 <= value <= 1
    assert value == 0 or progress >= start


@each
@given(one=shares, other=shares, ramp=st.floats(0.01, 1))
def test_it_only_rises_or_only_falls(schedule, one: float, other: float, ramp: float):
    part = SchedulePart(ramp=ramp)
    is_rising = schedule(1.0, part) >= schedule(0.0, part)

    early, late = (schedule(progress, part) for progress in sorted((one, other)))

    assert early <= late if is_rising else early >= late


@each
@given(ramp=st.floats(0.01, 1))
def test_from_the_end_of_its_ramp_on_it_stays(schedule, ramp: float):
    part = SchedulePart(ramp=ramp)

    assert schedule(ramp, part) == pytest.approx(schedule(1.0, part), abs=1e-12)
