"""Tests of napari_kdland.evaluation.labelling_curves."""

import json
import math

import numpy as np
import pytest

from napari_kdland.evaluation.labelling_curves import Measurement, labelling_curves, text_of, to_json, verdict


def measured(strategy: str, *errors: float, seed: int = 0) -> list[Measurement]:
    return [Measurement(strategy, seed, 5 * (place + 1), error) for place, error in enumerate(errors)]


def test_errors_are_summed_up_over_the_seeds():
    (curve,) = labelling_curves([*measured("random", 20, 10), *measured("random", 24, 10, seed=1)])

    assert curve.labels.tolist() == [5, 10]
    assert curve.mean_px.tolist() == [22, 10]
    assert curve.sd_px.tolist() == pytest.approx([math.sqrt(8), 0])
    assert curve.n_seeds.tolist() == [2, 2]


def test_labels_are_saved_where_random_needs_more_for_the_same_error():
    curves = labelling_curves([*measured("random", 20, 16, 12), *measured("core-set", 18, 12, 8)])

    assert curves[1].saved.tolist()[:2] == pytest.approx([2.5, 5])
    assert math.isnan(curves[1].saved[2])
    assert curves[0].saved.tolist() == [0, 0, 0]
    assert verdict(curves) == "core-set saves 3.8 labels on average against random at equal error."


def test_what_random_reached_with_fewer_labels_stays_reached():
    curves = labelling_curves([*measured("random", 20, 12, 14), *measured("core-set", 21, 13, 11)])

    assert curves[1].saved[1] == pytest.approx(9.375 - 10)


def test_where_nothing_beats_random_that_is_said():
    curves = labelling_curves([*measured("random", 20, 12, 8), *measured("hybrid", 20, 16, 12)])

    assert verdict(curves) == "No strategy saves labels against random; the best, hybrid, costs 2.5 on average."


def test_without_random_nothing_can_be_said():
    curves = labelling_curves(measured("hybrid", 20, 16))

    assert np.isnan(curves[0].saved).all()
    assert verdict(curves).startswith("Nothing can be said against random")


def test_the_table_has_a_line_a_number_of_labels_and_json_is_plain():
    curves = labelling_curves([*measured("random", 20, 16), *measured("hybrid", 18)])

    lines = text_of(curves).splitlines()
    assert lines[0].split() == ["labels", "random", "hybrid"]
    assert lines[2].split() == ["10", "16.0", "(nan)", "-"]
    json.dumps(to_json(curves), allow_nan=False)
