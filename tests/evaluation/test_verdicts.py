import pytest

from napari_kdland.evaluation.statistics import PairedDifference
from napari_kdland.evaluation.verdicts import in_words

NAN = float("nan")


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        ((-2.1, -3.4, -0.9, 0.01, 12), "better than X by 2.1 px (95 % CI 0.9 to 3.4, 12 images)"),
        ((2.1, 0.9, 3.4, 0.01, 12), "worse than X by 2.1 px (95 % CI 0.9 to 3.4, 12 images)"),
        (
            (-0.3, -1.0, 0.4, 0.6, 12),
            "no difference shown from X: better by 0.30 px (95 % CI -0.40 to 1.00, 12 images)",
        ),
        (
            (-2.0, -3.0, -1.0, 0.1, 4),
            "better than X by 2.0 px on these images (95 % CI 1.0 to 3.0, 4 images); too few images to conclude from",
        ),
        (
            (1.0, None, None, None, 1),
            "worse than X by 1.0 px on the only image; one image gives no confidence interval",
        ),
        ((0.0, 0.0, 0.0, 1.0, 7), "no difference shown from X: the mean errors of all 7 images are equal"),
        ((NAN, None, None, None, 0), "cannot be compared with X: no landmark was predicted by both"),
    ],
)
def test_a_difference_is_said_in_words(difference, words):
    assert in_words(PairedDifference(*difference), "X") == words


def test_a_test_that_contradicts_the_interval_is_mentioned():
    words = in_words(PairedDifference(-2.1, -3.4, -0.9, 0.08, 12), "X", p_value=0.08)

    assert words.endswith("; the Wilcoxon test does not confirm it (p = 0.08)")
