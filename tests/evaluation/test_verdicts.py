import pytest

from napari_kdland.evaluation.judging import PairTest
from napari_kdland.evaluation.verdicts import in_words, verdict

NAN = float("nan")


def a_test(mean, interval, p_holm, n_images=12, *, median=None, against="X", unit="px"):
    median = 0.9 * mean if median is None else median
    return PairTest("run", against, unit, n_images, (1, 1), 0, mean, median, 0.0, interval, p_holm=p_holm)


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (
            a_test(-2.1, (-3.4, -0.9), 0.012),
            "better than X by 2.1 px (95 % CI 0.9 to 3.4, median 1.9, Holm's p = 0.012, 12 images)",
        ),
        (
            a_test(2.1, (0.9, 3.4), 0.0002, unit="mm"),
            "worse than X by 2.1 mm (95 % CI 0.9 to 3.4, median 1.9, Holm's p < 0.001, 12 images)",
        ),
        (
            a_test(-0.3, (-1.0, 0.4), 0.6, median=0.1),
            "no difference shown from X: better by 0.30 px "
            "(95 % CI -0.40 to 1.00, median -0.10, Holm's p = 0.600, 12 images)",
        ),
        (
            a_test(-2.0, (-3.0, -1.0), 0.125, 4),
            "no difference shown from X: better by 2.0 px "
            "(95 % CI 1.0 to 3.0, median 1.8, Holm's p = 0.125, 4 images); too few images to conclude from",
        ),
        (
            a_test(1.0, None, None, 1),
            "no difference shown from X: worse by 1.0 px on the only image; one image gives no confidence interval",
        ),
        (a_test(0.0, (0.0, 0.0), 1.0, 7), "no difference shown from X: the mean errors of all 7 images are equal"),
        (a_test(NAN, None, None, 0), "cannot be compared with X: no landmark was predicted by both"),
    ],
)
def test_a_difference_is_said_in_words(test, words):
    assert in_words(test) == words


def test_an_interval_that_the_test_contradicts_shows_no_difference():
    words = in_words(a_test(-2.1, (-3.4, -0.9), 0.08))

    assert words.startswith("no difference shown from X: better by 2.1 px (95 % CI 0.9 to 3.4, ")
    assert "Holm's p = 0.080" in words
    assert words.endswith("; the interval leaves out zero, but the adjusted p is not below 0.05")


def test_a_test_that_the_interval_contradicts_shows_no_difference():
    words = in_words(a_test(-2.1, (-4.5, 0.3), 0.02))

    assert words.startswith("no difference shown from X: better by 2.1 px (95 % CI -0.3 to 4.5, ")
    assert "Holm's p = 0.020" in words
    assert words.endswith("; the adjusted p is below 0.05, but the interval holds zero")


def test_five_images_are_too_few_to_show_a_difference():
    assert a_test(-2.0, (-3.0, -1.0), 0.01, 6).is_shown
    assert not a_test(-2.0, (-3.0, -1.0), 0.01, 5).is_shown


def test_the_floor_is_told_unless_the_baseline_is_shown_to_be_beaten():
    beaten, unclear = a_test(-2.1, (-3.4, -0.9), 0.012), a_test(-2.1, (-3.4, -0.9), 0.08)
    from_floor = a_test(-9.0, (-10.0, -8.0), 0.001, against="mean shape")

    assert "the floor" not in verdict(beaten, from_floor, "the floor")
    assert "; better than the floor by 9.0 px" in verdict(unclear, from_floor, "the floor")
    assert verdict(None, from_floor, "the floor").startswith("better than the floor")


def test_a_mirrored_test_says_the_opposite():
    there = a_test(-2.1, (-3.4, -0.9), 0.012)

    back = there.mirrored

    assert (back.name, back.against, back.mean, back.mean_interval) == ("X", "run", 2.1, (0.9, 3.4))
    assert back.mirrored == there
