from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.errors import RunError
from napari_kdland.evaluation.found_by import NOT_RECORDED, FoundBy
from napari_kdland.project.predictions import Predictions, _packed
from tests.project.factories import a_project, a_run

NAMES = ("apex", "angle", "wall")
numbers = st.floats(allow_nan=True, allow_infinity=False)


def a_prediction(x: float = 2.0) -> Landmarks:
    points = np.array([[1.0, x], [np.nan, np.nan], [0.1 + 0.2, 1 / 3]])
    states = (LandmarkState.PLACED, LandmarkState.ABSENT, LandmarkState.UNCERTAIN)
    return Landmarks(NAMES, points, states, np.array([0.5, np.nan, 2.0]), np.array([0.9, np.nan, 0.1]))


def test_a_prediction_comes_back_exactly_as_it_was_saved(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        a_run(project, "kd")
        project.predictions.save("kd", 1, a_prediction())

        assert project.predictions.load("kd", 1) == a_prediction()


def test_a_radius_that_nobody_knows_comes_back_infinite(tmp_path: Path):
    said = replace(a_prediction(), radius_px=np.array([np.inf, np.nan, 7.5]))
    with a_project(tmp_path, images=1) as project:
        a_run(project, "kd")
        project.predictions.save("kd", 1, said)

        assert project.predictions.load("kd", 1) == said


def test_a_later_prediction_takes_the_place_of_an_earlier_one(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        a_run(project, "kd")
        for x in (2.0, 3.0):
            project.predictions.save("kd", 1, a_prediction(x))

        assert project.predictions.load("kd", 1) == a_prediction(3.0)


def test_an_image_that_a_run_was_not_asked_of_has_no_prediction(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        a_run(project, "kd")
        project.predictions.save_many("kd", {2: a_prediction()})

        assert project.predictions.load("kd", 1) is None
        assert project.predictions.ids("kd") == [2]
        assert list(project.predictions.load_many("kd", [1, 2])) == [2]


def test_the_predictions_of_an_image_come_by_run_oldest_first(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        for name, x in [("teacher", 1.0), ("student", 2.0), ("idle", None)]:
            a_run(project, name)
            if x is not None:
                project.predictions.save(name, 1, a_prediction(x))

        found = project.predictions.of_image(1)
    assert list(found) == ["teacher", "student"]
    assert found["student"] == a_prediction(2.0)


def test_a_run_that_has_learnt_more_is_asked_anew(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        for name in ("one", "other"):
            a_run(project, name)
            project.predictions.save(name, 1, a_prediction())

        project.predictions.clear("one")
        assert (project.predictions.ids("one"), project.predictions.ids("other")) == ([], [1])


def test_predictions_do_not_touch_the_annotations(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        a_run(project, "kd")
        project.predictions.save("kd", 1, a_prediction())

        assert project.annotations.current(1).n_known == 0


def test_predictions_of_an_unknown_run_are_refused(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        for ask in (
            lambda: project.predictions.save("kd", 1, a_prediction()),
            lambda: project.predictions.load("kd", 1),
            lambda: project.predictions.ids("kd"),
            lambda: project.predictions.clear("kd"),
        ):
            with pytest.raises(RunError, match="no run 'kd'"):
                ask()


def test_a_prediction_with_other_landmarks_is_given_in_the_schemes_order(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        a_run(project, "kd")
        project.predictions.save("kd", 1, Landmarks.placed(["wall", "hilum"], np.array([[1, 2], [3, 4]])))

        assert project.predictions.load("kd", 1) == Landmarks.placed(NAMES, [[np.nan] * 2, [np.nan] * 2, [1, 2]])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    points=st.lists(st.tuples(numbers, numbers), min_size=3, max_size=3),
    sd=st.none() | st.lists(numbers, min_size=3, max_size=3),
)
def test_packing_keeps_every_number(points: list[tuple[float, float]], sd: list[float] | None):
    placed = Landmarks.placed(NAMES, np.array(points))
    landmarks = Landmarks(NAMES, placed.points, placed.states, None if sd is None else np.array(sd))

    assert Predictions(None, NAMES)._unpacked(_packed(landmarks)) == landmarks


def test_how_standard_deviations_were_found_is_kept_with_them(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        a_run(project, "kd")
        project.predictions.save("kd", 1, a_prediction(), FoundBy("views", 4, "hash"))
        project.predictions.save("kd", 2, a_prediction())

        assert project.predictions.found_by("kd", [1, 2, 3]) == {1: FoundBy("views", 4, "hash"), 2: NOT_RECORDED}


def test_a_prediction_of_an_older_program_is_not_recorded(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        a_run(project, "kd")
        project.predictions.save("kd", 1, a_prediction(), FoundBy("views"))
        with project.database.writing() as connection:
            connection.exec_driver_sql("UPDATE predictions SET landmarks = json_remove(landmarks, '$.sd_found_by')")

        assert project.predictions.found_by("kd", [1]) == {1: NOT_RECORDED}
        assert project.predictions.load("kd", 1) == a_prediction()
