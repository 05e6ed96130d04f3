import numpy as np
import pytest
from numpy.testing import assert_allclose
from pydantic import ValidationError

from napari_kdland.anatomy import Measures, load_scheme, measures_of, ready_made_schemes
from napari_kdland.anatomy.measures import Extent, matching
from napari_kdland.anatomy.scheme import parse_scheme
from napari_kdland.errors import SchemeError

NAMES = ("right", "middle", "left")
POINTS = np.array([[[0.0, 10.0], [30.0, 20.0], [4.0, 13.0]]])
TWO = 'name = "two"\nlandmarks = [{ name = "a" }, { name = "b" }]\n'


@pytest.mark.parametrize(("measure", "length"), [("width", 10), ("height", 30)])
def test_an_extent_reaches_from_the_outermost_landmark_to_the_other(measure, length):
    assert_allclose(Extent(measure=measure, of=NAMES).length(NAMES, POINTS), [length])


def test_a_distance_is_that_of_two_landmarks():
    assert_allclose(Extent(measure="distance", of=("right", "left")).length(NAMES, POINTS), [5])


def test_an_extent_without_one_of_its_landmarks_has_no_length():
    points = POINTS.copy()
    points[0, 1] = np.nan

    assert np.isnan(Extent(measure="width", of=NAMES).length(NAMES, points)).all()


def test_names_are_chosen_by_pattern_in_the_order_of_the_scheme():
    names = ("heart_2", "lung_1", "heart_1")

    assert matching(["heart_1", "heart_*"], names) == ("heart_2", "heart_1")


@pytest.mark.parametrize(
    ("measures", "message"),
    [
        ('groups = [{ name = "g", title = "G", landmarks = ["c"] }]', "group g names c, which fits no landmark"),
        ('groups = [{ name = "g", title = "G", landmarks = ["*"], outline = "open" }]', "at least three landmarks"),
        ('reference_length = { title = "t", measure = "width", of = ["a"] }', "a width of 1 landmarks"),
        ("detection_mm = [0.0]", "greater than 0"),
        ("radii = [1.0]", "radii"),
    ],
)
def test_measures_that_cannot_be_taken_are_refused(measures, message):
    with pytest.raises(SchemeError, match=message):
        parse_scheme(f"{TWO}[measures]\n{measures}\n", where="here")


def test_two_groups_of_one_name_are_refused():
    group = {"name": "g", "title": "G", "landmarks": ["a"]}

    with pytest.raises(ValidationError, match="group names must be unique; found twice: g"):
        Measures(groups=[group, group])


@pytest.mark.parametrize("name", ["chest-10", "chest-10-regions", "jsrt-120", "jsrt-166"])
def test_schemes_with_heart_and_thorax_have_a_cardiothoracic_ratio(name):
    assert [index.name for index in load_scheme(name).measures.indices] == ["cardiothoracic_ratio"]


@pytest.mark.parametrize("name", [name for name in ready_made_schemes() if load_scheme(name).measures.groups])
def test_the_groups_of_a_ready_made_scheme_hold_every_landmark_once(name):
    scheme = load_scheme(name)

    grouped = [one for group in scheme.measures.groups for one in matching(group.landmarks, scheme.landmark_names)]

    assert sorted(grouped) == sorted(scheme.landmark_names)


def test_a_scheme_from_before_there_were_measures_has_those_of_its_name():
    ready = load_scheme("chest-10")

    assert measures_of(ready.model_copy(update={"measures": Measures()})) == ready.measures


def test_a_scheme_of_other_landmarks_does_not_borrow_measures():
    other = load_scheme("chest-8").model_copy(update={"name": "chest-10", "measures": Measures()})

    assert measures_of(other) == Measures()
