import math

from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.anatomy import LandmarkState
from napari_kdland.project import Annotation
from napari_kdland.project.annotation import problem_with

numbers = st.floats(-50, 50) | st.just(math.nan)


@given(st.sampled_from(list(LandmarkState)), st.none() | st.tuples(numbers, numbers))
def test_an_annotation_can_be_true_where_its_state_and_place_fit(
    state: LandmarkState, point: tuple[float, float] | None
):
    fits = point is None if not state.has_point else point is not None
    inside = point is None or (-0.5 <= point[0] <= 19.5 and -0.5 <= point[1] <= 29.5)

    problem = problem_with(Annotation(1, "apex", state, point), ("apex",), (20, 30))
    assert (problem == "") == (fits and inside)
