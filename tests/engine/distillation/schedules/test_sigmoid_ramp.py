import math

import pytest

from napari_kdland.engine.distillation.schedules.sigmoid_ramp import sigmoid_ramp
from napari_kdland.recipes.model import SchedulePart

PART = SchedulePart(ramp=0.3)


def test_the_ramp_begins_at_e_to_the_minus_five():
    assert sigmoid_ramp(0, PART) == pytest.approx(math.exp(-5))


def test_half_way_the_ramp_stands_at_e_to_the_minus_five_quarters():
    assert sigmoid_ramp(0.15, PART) == pytest.approx(math.exp(-1.25))


def test_the_ramp_ends_at_one():
    assert sigmoid_ramp(0.3, PART) == 1


def test_a_start_cuts_the_ramp_off_and_does_not_move_it():
    late = SchedulePart(ramp=0.3, start=0.15)

    assert sigmoid_ramp(0.149, late) == 0
    assert sigmoid_ramp(0.15, late) == sigmoid_ramp(0.15, PART)
