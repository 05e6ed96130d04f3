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
    curves = labelling_curves([*measured("random", 20, 16, 12), *measured("core-set", 20, 14, 12)])

    assert curves[1].saved.tolist() == pytest.approx([0, 2.5, 0])
    assert curves[0].saved.tolist() == [0, 0, 0]
    assert curves[1].saving is not None
    assert curves[1].saving.mean == pytest.approx(1.25)


def test_what_random_reached_with_fewer_labels_stays_reached():
    curves = labelling_curves([*measured("random", 20, 12, 14), *measured("core-set", 20, 13, 12)])

    assert curves[1].saved[1] == pytest.approx(9.375 - 10)


def test_better_than_random_ever_is_counts_as_its_last_and_worse_than_ever_as_its_first():
    curves = labelling_curves([*measured("random", 20, 16, 12), *measured("core-set", 20, 8, 25)])

    assert curves[1].saved.tolist() == pytest.approx([0, 5, -10])


def test_a_saving_is_claimed_only_beyond_the_spread_of_its_seeds():
    random = [row for seed in range(3) for row in measured("random", 20, 16, 12, seed=seed)]
    always = [row for seed in range(3) for row in measured("core-set", 20, 12 + 0.1 * seed, 12, seed=seed)]
    at_times = [row for seed, error in enumerate((12, 16, 19)) for row in measured("hybrid", 20, error, 12, seed=seed)]

    curves = labelling_curves([*random, *always, *at_times])

    assert verdict(curves).startswith("Labels saved against random at equal error: core-set saves 2.4 labels (95 % ")
    assert "hybrid" not in verdict(curves)
    assert verdict(labelling_curves([*random, *at_times])).startswith("No strategy is shown to save labels")


def test_intervals_are_wider_the_more_strategies_are_tried():
    rows = [
        row
        for seed in range(3)
        for name, error in (("random", 16), ("a", 12 + seed), ("b", 12 + seed))
        for row in measured(name, 20, error, 12, seed=seed)
    ]
    together = labelling_curves(rows)[1].saving
    alone = labelling_curves([row for row in rows if row.strategy != "b"])[1].saving

    assert together is not None
    assert alone is not None
    assert together.high - together.low > alone.high - alone.low


def test_seeds_are_held_against_randoms_chain_of_the_same_seed():
    easy = [*measured("random", 10, 8, 6), *measured("core-set", 10, 8, 6)]
    hard = [*measured("random", 30, 20, 15, seed=1), *measured("core-set", 30, 20, 15, seed=1)]

    assert labelling_curves([*easy, *hard])[1].saved.tolist() == [0, 0, 0]


def test_one_seed_saves_nothing_for_sure():
    curves = labelling_curves([*measured("random", 20, 12, 8), *measured("hybrid", 20, 16, 12)])

    assert verdict(curves) == (
        "No strategy is shown to save labels against random; closest is hybrid: -3.8 labels (one seed: how far chance "
        "reaches is not known)."
    )


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
