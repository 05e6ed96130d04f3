"""What must hold of judgements, verdicts and groups whatever the errors are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from napari_kdland.anatomy import Group, Measures
from napari_kdland.evaluation.groups import by_group
from napari_kdland.evaluation.judging import PairTest, judge_values
from napari_kdland.evaluation.power import minimum_detectable
from napari_kdland.evaluation.scoring import evaluate, only_landmarks
from napari_kdland.evaluation.verdicts import in_words
from tests.evaluation.factories import a_prediction, a_truth

RUNS = ("plain", "good", "fair")
# A judgement draws thousands of resamples, so a few examples of each law must do.
FEW = settings(max_examples=6, deadline=None)
SEEDS = st.integers(0, 10_000)


def errors_of(seed, n=9, n_landmarks=3):
    """Errors (1, N, L) of three runs, none of them equal."""
    rng = np.random.default_rng(seed)
    return {run: rng.gamma(2.0, 3.0 - place / 2, (1, n, n_landmarks)) for place, run in enumerate(RUNS)}


def judged(errors, baseline="plain", unit="px", **options):
    return judge_values(errors, baseline, unit, **options)


def exact(test):
    """All of a test that no resampling is in."""
    of = (test.mean, test.median, test.rank_biserial, test.p_value, test.p_holm, test.detectable)
    return np.array(of, dtype=float)


@FEW
@given(SEEDS)
def test_a_judgement_is_what_scipy_and_holm_by_hand_say(seed):
    errors = errors_of(seed)

    tests = judged(errors).against_baseline

    means = {run: of[0].mean(axis=1) for run, of in errors.items()}
    p_values = [stats.wilcoxon(means[test.name], means["plain"]).pvalue for test in tests]
    smaller, larger = sorted(p_values)
    adjusted = {smaller: min(1, 2 * smaller), larger: max(min(1, 2 * smaller), larger)}
    for test, p in zip(tests, p_values, strict=True):
        assert test.mean == pytest.approx((means[test.name] - means["plain"]).mean())
        assert (test.p_value, test.p_holm) == (pytest.approx(p), pytest.approx(adjusted[p]))


@FEW
@given(SEEDS, st.permutations(range(9)))
def test_the_order_of_images_says_nothing(seed, order):
    errors = errors_of(seed)
    mixed = {run: of[:, list(order)] for run, of in errors.items()}

    one, other = judged(errors), judged(mixed)

    assert one.best == other.best
    for first, second in zip(one.against_baseline, other.against_baseline, strict=True):
        assert exact(first) == pytest.approx(exact(second))
        width = np.ptp(first.mean_interval)
        assert second.mean_interval == pytest.approx(first.mean_interval, abs=0.1 * width)
    assert one.ranking.mean_ranks == pytest.approx(other.ranking.mean_ranks)


@FEW
@given(SEEDS, st.permutations(RUNS))
def test_the_order_of_runs_says_nothing(seed, order):
    errors = errors_of(seed)

    one, other = judged(errors), judged({run: errors[run] for run in order})

    assert one.best == other.best
    assert {test.name: test for test in one.against_baseline} == {test.name: test for test in other.against_baseline}
    assert dict(zip(one.ranking.names, one.ranking.mean_ranks, strict=True)) == pytest.approx(
        dict(zip(other.ranking.names, other.ranking.mean_ranks, strict=True))
    )


@FEW
@given(SEEDS, st.sampled_from([0.0625, 0.25, 2.0]))
def test_millimetres_change_the_size_of_a_difference_and_nothing_else(seed, spacing):
    errors = errors_of(seed)

    px, mm = judged(errors), judged({run: of * spacing for run, of in errors.items()}, unit="mm")

    for in_px, in_mm in zip(px.against_baseline, mm.against_baseline, strict=True):
        assert (in_mm.mean, in_mm.median) == pytest.approx((spacing * in_px.mean, spacing * in_px.median))
        assert in_mm.mean_interval == pytest.approx(np.multiply(spacing, in_px.mean_interval))
        assert in_mm.detectable == pytest.approx(spacing * in_px.detectable)
        assert (in_mm.p_holm, in_mm.rank_biserial) == pytest.approx((in_px.p_holm, in_px.rank_biserial))
        assert in_mm.is_shown == in_px.is_shown


@FEW
@given(SEEDS)
def test_figures_of_which_more_is_better_mirror_errors(seed):
    errors = errors_of(seed)
    scores = {run: -of for run, of in errors.items()}

    one, other = judged(errors), judged(scores, unit="points", higher_is_better=True)

    assert one.best == other.best
    assert one.ranking.mean_ranks == pytest.approx(other.ranking.mean_ranks)
    for first, second in zip(one.against_baseline, other.against_baseline, strict=True):
        assert second.mean == pytest.approx(-first.mean)
        assert second.p_holm == pytest.approx(first.p_holm)
        assert in_words(second).split(" by ")[0] == in_words(first).split(" by ")[0]


@FEW
@given(SEEDS)
def test_equal_runs_are_equal_whatever_their_errors(seed):
    of = errors_of(seed)["plain"]

    (test,) = judged({"plain": of, "twin": of.copy()}).against_baseline

    assert (test.mean, test.median, test.rank_biserial, test.p_value, test.p_holm) == (0, 0, 0, 1, 1)
    assert (test.mean_interval, test.detectable) == ((0, 0), None)
    assert not test.is_shown


@FEW
@given(SEEDS, st.integers(0, 9))
def test_an_image_that_one_run_has_no_error_for_counts_as_left_out_and_changes_nothing(seed, place):
    errors = errors_of(seed)
    wider = {run: np.insert(of, place, 7.0, axis=1) for run, of in errors.items()}
    wider["good"][:, place] = np.nan

    one = {test.name: test for test in judged(errors).against_baseline}
    other = {test.name: test for test in judged(wider).against_baseline}

    unadjusted = replace(one["good"], n_left_out=1, p_holm=None)
    assert replace(other["good"], p_holm=None) == unadjusted
    assert (other["fair"].n_images, other["fair"].n_left_out) == (10, 0)


@FEW
@given(SEEDS)
def test_a_landmark_that_only_one_run_has_is_in_neither_ones_favour(seed):
    errors = errors_of(seed)
    lost = {run: of.copy() for run, of in errors.items()}
    lost["good"][:, :, 0] = np.nan

    test = judged(lost).against_baseline[0]

    rest = [errors[run][0, :, 1:].mean(axis=1) for run in ("good", "plain")]
    assert test.mean == pytest.approx((rest[0] - rest[1]).mean())
    assert test.p_value == pytest.approx(stats.wilcoxon(*rest).pvalue)


@FEW
@given(SEEDS)
def test_held_the_other_way_round_a_test_says_the_opposite(seed):
    errors = {run: of for run, of in errors_of(seed).items() if run != "fair"}

    (there,), (back,) = judged(errors).against_baseline, judged(errors, "good").against_baseline

    assert exact(back)[:3] == pytest.approx(-exact(there)[:3])
    assert exact(back)[3:] == pytest.approx(exact(there)[3:])
    width = np.ptp(there.mean_interval)
    assert back.mean_interval == pytest.approx(there.mirrored.mean_interval, abs=0.1 * width)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-50, 50).filter(bool),
    st.floats(0, 30),
    st.floats(0, 30),
    st.floats(0, 1),
    st.integers(2, 40),
    st.booleans(),
)
def test_better_and_worse_are_said_only_where_interval_test_and_images_all_allow_it(
    mean, below, above, p_holm, n_images, higher
):
    test = PairTest("run", "X", "px", n_images, (1, 1), 0, mean, mean, 0.0, (mean - below, mean + above), p_holm=p_holm)
    test = replace(test, higher_is_better=higher)

    words = in_words(test)

    is_shown = n_images >= 6 and p_holm < 0.05 and (mean - below > 0 or mean + above < 0)
    direction = "better" if (mean > 0) == higher else "worse"
    assert words.startswith(f"{direction} than X by" if is_shown else f"no difference shown from X: {direction} by")


@settings(max_examples=20, deadline=None)
@given(arrays.arrays(float, st.integers(6, 40), elements=st.floats(-100, 100)), st.randoms(use_true_random=False))
def test_what_can_be_seen_does_not_depend_on_the_order_or_on_the_sign(differences, random):
    mixed = list(differences)
    random.shuffle(mixed)

    seen = minimum_detectable(differences)

    assert (seen is None) == (minimum_detectable(mixed) is None)
    if seen is not None:
        assert minimum_detectable(mixed) == pytest.approx(seen)
        assert minimum_detectable(-differences) == pytest.approx(seen)


def in_groups(seed, order=range(4), scale=1.0):
    names = [f"landmark_{place}" for place in range(4)]
    groups = (
        Group(name="all", title="All", landmarks=("landmark_*",)),
        Group(name="two", title="Two", landmarks=("landmark_1", "landmark_3")),
    )
    truth = a_truth(7, 4, seed=seed)
    found = {image: one.reordered([names[i] for i in order]) for image, one in a_prediction(truth, 3.0, seed).items()}
    spacing = dict.fromkeys(truth, (scale, scale))
    return evaluate(found, truth, measures=Measures(groups=groups), spacing_mm=spacing)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.permutations(range(4)), st.floats(0.05, 3))
def test_groups_follow_the_names_of_landmarks_and_the_unit(seed, order, scale):
    evaluation = in_groups(seed, order, scale)

    whole, two = (group.summary for group in by_group(evaluation))

    assert whole.mean_radial_error_px == pytest.approx(evaluation.errors_px.mean())
    assert whole.sd_radial_error_px == pytest.approx(evaluation.summary.sd_radial_error_px)
    pair = evaluation.errors_px[:, [1, 3]]
    assert two.mean_radial_error_px == pytest.approx(pair.mean())
    assert two.mean_radial_error_mm == pytest.approx(scale * pair.mean())
    assert (two.p95_radial_error_px, two.worst_radial_error_px) == pytest.approx((np.percentile(pair, 95), pair.max()))
    assert (two.n_landmarks, two.n_images) == (14, 7)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_landmarks_taken_apart_add_up_to_all_of_them(seed):
    evaluation = in_groups(seed)

    apart = [only_landmarks(evaluation, (name,)) for name in evaluation.names]

    assert sum(one.summary.n_landmarks for one in apart) == evaluation.summary.n_landmarks
    assert np.mean([one.summary.mean_radial_error_px for one in apart]) == pytest.approx(evaluation.errors_px.mean())
    assert max(one.summary.worst_radial_error_px for one in apart) == evaluation.summary.worst_radial_error_px
    assert sum(one.presence.n_found for one in apart) == evaluation.presence.n_found
