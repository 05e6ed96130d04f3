import json

import numpy as np
import pytest

from napari_kdland.evaluation.judging import judge
from napari_kdland.evaluation.scoring import evaluate
from tests.evaluation.factories import a_prediction, a_truth, some_landmarks

TRUTH = a_truth(12)
SPACING = dict.fromkeys(TRUTH, (0.5, 0.5))


def trained(sd, seeds=(1,), truth=TRUTH, **given_):
    return [evaluate(a_prediction(truth, sd, seed=seed), truth, **given_) for seed in seeds]


def three():
    return {"plain": trained(9.0, (1, 2)), "good": trained(1.0, (3, 4)), "fair": trained(4.0, (5, 6))}


def test_each_run_is_held_against_the_baseline_and_against_the_best():
    judgement = judge(three(), "plain")

    assert judgement.best == "good"
    assert [(one.name, one.against) for one in judgement.against_baseline] == [("good", "plain"), ("fair", "plain")]
    assert [(one.name, one.against) for one in judgement.against_best] == [("plain", "good"), ("fair", "good")]


def test_a_better_run_has_a_negative_difference_and_effect():
    good = judge(three(), "plain").against_baseline[0]

    assert good.mean_interval[1] < 0
    assert good.median_interval[1] < 0
    assert good.rank_biserial == -1
    assert good.p_value < good.p_holm < 0.01
    assert good.n_seeds == (2, 2)


def test_ranks_are_taken_of_three_runs_and_not_of_two():
    runs = three()

    assert judge(runs, "plain").ranking.mean_ranks[1] == min(judge(runs, "plain").ranking.mean_ranks)
    assert judge({name: runs[name] for name in ("plain", "good")}, "plain").ranking is None


def test_differences_are_in_millimetres_only_where_every_image_has_a_spacing():
    runs = {"a": trained(5.0, spacing_mm=SPACING), "b": trained(2.0, (2,), spacing_mm=SPACING)}
    half = dict(list(SPACING.items())[:6])
    mixed = {"a": trained(5.0, spacing_mm=half), "b": trained(2.0, (2,), spacing_mm=half)}

    in_mm, in_px = judge(runs, "a"), judge(mixed, "a")

    assert (in_mm.unit, in_px.unit) == ("mm", "px")
    assert in_mm.against_baseline[0].mean == pytest.approx(in_px.against_baseline[0].mean / 2)


def test_equal_runs_are_said_to_be_equal():
    same = judge({"a": trained(3.0), "b": trained(3.0)}, "a").against_baseline[0]

    assert (same.mean, same.median, same.rank_biserial, same.p_value) == (0, 0, 0, 1)
    assert same.median_interval == (0, 0)
    assert "the differences of all 12 images are equal" in same.power_in_words


def test_what_could_be_seen_is_said_in_words():
    first = judge(three(), "plain").sentences[0]

    assert "with 12 images" in first
    assert "px would be found in four of five such comparisons at 5 % divided by the 2 comparisons made" in first


def test_what_many_comparisons_could_have_seen_is_said_in_one_sentence():
    runs = {"plain": trained(9.0), **{f"run {sd}": trained(float(sd), (sd,)) for sd in (1, 2, 3, 4)}}
    judgement = judge(runs, "plain")
    by_name = {one.name: round(one.detectable, 1) for one in judgement.against_baseline}
    first, last = min(by_name, key=by_name.get), max(by_name, key=by_name.get)

    (powers,) = [sentence for sentence in judgement.sentences if "mostly go unseen" in sentence]

    assert powers.startswith("4 methods against plain: with 12 images")
    assert f"true differences of {by_name[first]} px ({first}) to {by_name[last]} px ({last}) would be found" in powers


def test_a_reference_is_held_against_and_is_neither_best_nor_ranked():
    judgement = judge(three(), "plain", references={"teacher": trained(0.1, (9,))})

    assert judgement.best == "good"
    assert "teacher" not in judgement.ranking.names
    assert [(one.name, one.against) for one in judgement.against_references] == [
        (name, "teacher") for name in ("plain", "good", "fair")
    ]


def test_one_image_gives_a_difference_and_no_test():
    truth = a_truth(1)

    test = judge({"a": trained(3.0, truth=truth), "b": trained(1.0, (2,), truth=truth)}, "a").against_baseline[0]

    assert (test.p_value, test.mean_interval, test.detectable) == (None, None, None)
    assert "1 image is too few" in test.power_in_words


def test_an_image_that_a_run_left_out_is_counted():
    found = a_prediction(TRUTH, 1.0)
    del found["003.png"]

    test = judge({"a": trained(3.0), "b": [evaluate(found, TRUTH)]}, "a").against_baseline[0]

    assert (test.n_images, test.n_left_out) == (11, 1)


def test_a_run_without_any_point_cannot_be_tested():
    nothing = {image: some_landmarks(None, None, None, names=one.names) for image, one in TRUTH.items()}

    judgement = judge({"a": trained(3.0), "b": [evaluate(nothing, TRUTH)]}, "a")

    assert judgement.best == "a"
    assert judgement.against_baseline[0].n_images == 0
    assert np.isnan(judgement.against_baseline[0].mean)
    json.dumps(judgement.to_json(), allow_nan=False)
