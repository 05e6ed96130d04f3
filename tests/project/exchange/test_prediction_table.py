import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.images.radiograph import Spacing
from napari_kdland.project.exchange import read_annotations, write_predictions
from tests.project.factories import a_project

NAMES = ("apex", "angle", "wall")


def a_prediction() -> Landmarks:
    points = np.array([[0.1 + 0.2, 7.0], [np.nan, np.nan], [3.0, 4.0]])
    states = (LandmarkState.PLACED, LandmarkState.ABSENT, LandmarkState.UNCERTAIN)
    return Landmarks(NAMES, points, states, np.array([0.5, np.nan, 1.5]), np.array([0.9, np.nan, 0.2]))


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_points_spread_and_confidence_are_written(tmp_path: Path):
    assert write_predictions(tmp_path / "out.csv", [("image1.png", a_prediction(), None)]) == 3

    rows = read(tmp_path / "out.csv")
    assert list(rows[0]) == ["image", "landmark", "x", "y", "state", "sd_px", "confidence"]
    assert list(rows[0].values()) == ["image1.png", "apex", "7.0", "0.30000000000000004", "placed", "0.5", "0.9"]
    assert list(rows[1].values()) == ["image1.png", "angle", "", "", "absent", "", ""]


def test_millimetres_are_written_where_the_spacing_is_known_and_left_empty_elsewhere(tmp_path: Path):
    spacing = Spacing(0.5, 0.25, "PixelSpacing")
    write_predictions(tmp_path / "out.csv", [("a", a_prediction(), spacing), ("b", a_prediction(), None)])

    rows = read(tmp_path / "out.csv")
    assert (rows[2]["x_mm"], rows[2]["y_mm"]) == ("1.0", "1.5")
    assert (rows[1]["x_mm"], rows[5]["x_mm"]) == ("", "")


def test_radii_and_what_to_look_at_are_written_where_asked(tmp_path: Path):
    sure = replace(a_prediction(), radius_px=np.array([5.5, np.nan, np.inf]))

    write_predictions(tmp_path / "out.csv", [("a", sure, Spacing(1, 1, "user"))], with_radius=True)

    rows = read(tmp_path / "out.csv")
    assert list(rows[0])[-4:] == ["x_mm", "y_mm", "radius_px", "flag"]
    assert [(row["radius_px"], row["flag"]) for row in rows] == [("5.5", ""), ("", ""), ("inf", "look here")]


def test_landmarks_without_spread_are_written_too(tmp_path: Path):
    write_predictions(tmp_path / "out.csv", [("a", Landmarks.placed(NAMES, np.ones((3, 2))), None)])

    assert read(tmp_path / "out.csv")[0]["sd_px"] == ""


def test_predictions_are_read_back_as_annotations(tmp_path: Path):
    write_predictions(tmp_path / "out.csv", [("image1.png", a_prediction(), Spacing(1, 1, "user"))])

    with a_project(tmp_path, images=1) as project:
        rows = read_annotations("csv", tmp_path / "out.csv", project)
        project.annotations.edit_many(rows, reader="import")
        assert project.annotations.current(1) == Landmarks(NAMES, a_prediction().points, a_prediction().states)
