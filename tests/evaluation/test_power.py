import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.evaluation.power import minimum_detectable


def spread(n, sd=2.0):
    values = np.arange(n) - (n - 1) / 2
    return sd * values / values.std(ddof=1)


def test_what_can_be_seen_is_that_of_the_t_test_on_three_pi_th_of_the_images():
    # Cohen (1988), table 2.4.1: 34 pairs find an effect of 0.5 with a power of 0.8; 34 = 35.6 * 3 / pi.
    assert minimum_detectable(spread(36)) == pytest.approx(2 * 0.5, rel=0.02)


def test_four_times_the_images_see_about_half_the_difference():
    assert minimum_detectable(spread(200)) / minimum_detectable(spread(50)) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("differences", [spread(5), np.zeros(20), np.full(20, 3.7), [np.nan] * 9])
def test_few_images_and_equal_differences_say_nothing(differences):
    assert minimum_detectable(differences) is None


@settings(max_examples=20, deadline=None)
@given(st.integers(6, 80), st.floats(0.1, 50), st.floats(-10, 10))
def test_it_grows_with_the_spread_and_does_not_depend_on_the_mean(n, sd, mean):
    assert minimum_detectable(spread(n, sd) + mean) == pytest.approx(sd * minimum_detectable(spread(n, 1)), rel=1e-6)


def test_images_without_a_difference_do_not_count():
    assert minimum_detectable([*spread(20), np.nan]) == pytest.approx(minimum_detectable(spread(20)))


def test_several_comparisons_share_the_five_per_cent_and_see_less():
    # 2.5 % two-sided and a power of 0.8: (2.2414 + 0.8416) / (1.9600 + 0.8416) as much, where images are many.
    one, two = minimum_detectable(spread(400)), minimum_detectable(spread(400), n_comparisons=2)

    assert two / one == pytest.approx(3.0830 / 2.8016, rel=0.005)
