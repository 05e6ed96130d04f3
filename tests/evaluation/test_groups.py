import numpy as np
import pytest

from napari_kdland.anatomy import Group, Landmarks, LandmarkState, Measures
from napari_kdland.evaluation.groups import by_group, presence_by_landmark
from napari_kdland.evaluation.scoring import evaluate
from tests.evaluation.factories import NAMES, a_truth, shifted, some_landmarks

TWO = Measures(
    groups=(
        Group(name="top", title="Top", landmarks=("apex",)),
        Group(name="rest", title="Rest", landmarks=("angle", "border")),
    )
)


def test_a_group_holds_the_errors_of_its_own_landmarks():
    truth = {"a.png": some_landmarks((0, 0), (10, 10), (20, 20))}
    found = {"a.png": some_landmarks((3, 4), (10, 11), None)}

    top, rest = by_group(evaluate(found, truth, measures=TWO))

    assert (top.summary.mean_radial_error_px, rest.summary.mean_radial_error_px) == (5, 1)
    assert (top.summary.n_missing, rest.summary.n_missing) == (0, 1)


def test_a_group_has_millimetres_where_every_image_has_a_spacing():
    truth = {"a.png": some_landmarks((0, 0), (10, 10), (20, 20))}
    found = shifted(truth, (3, 4))

    spaced = by_group(evaluate(found, truth, measures=TWO, spacing_mm={"a.png": (0.5, 0.5)}))

    assert [group.summary.mean_radial_error_mm for group in spaced] == [2.5, 2.5]
    assert by_group(evaluate(found, truth, measures=TWO))[0].summary.mean_radial_error_mm is None


def test_presence_is_told_landmark_by_landmark():
    states = (LandmarkState.PLACED, LandmarkState.ABSENT, LandmarkState.ABSENT)
    truth = {"a.png": Landmarks(NAMES, [[1, 1], [np.nan] * 2, [np.nan] * 2], states)}
    found = {"a.png": some_landmarks(None, (5, 5), None)}

    told = presence_by_landmark(evaluate(found, truth))

    assert [told[name].n_missing for name in NAMES] == [1, 0, 0]
    assert [told[name].n_invented for name in NAMES] == [0, 1, 0]
    assert [told[name].n_rightly_absent for name in NAMES] == [0, 0, 1]


@pytest.mark.parametrize("field", ["n_found", "n_missing", "n_invented", "n_rightly_absent", "n_unknown"])
def test_the_landmarks_counts_add_up_to_those_of_all(field):
    truth = a_truth(5)
    evaluation = evaluate({image: truth[image] for image in list(truth)[:3]}, truth)

    total = sum(getattr(one, field) for one in presence_by_landmark(evaluation).values())

    assert total == getattr(evaluation.presence, field)
