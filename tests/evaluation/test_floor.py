import csv

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import TrainingError
from napari_kdland.evaluation.floor import mean_shape
from napari_kdland.evaluation.scoring import evaluate
from tests.evaluation.factories import a_truth, some_landmarks


def test_on_images_of_one_size_the_floor_is_the_mean_position():
    truth = a_truth(5)

    predicted = mean_shape([(landmarks, (100, 100)) for landmarks in truth.values()]).predict((100, 100))

    assert_allclose(predicted.points, np.mean([landmarks.points for landmarks in truth.values()], axis=0))


def test_the_floor_grows_with_the_image_corner_to_corner():
    shape = mean_shape([(some_landmarks((-0.5, 99.5), (49.5, 49.5)), (100, 100))])

    assert_allclose(shape.predict((300, 200)).points, [[-0.5, 199.5], [149.5, 99.5]])


def test_a_landmark_that_nobody_placed_is_not_predicted():
    shape = mean_shape([(some_landmarks((1, 1), None), (10, 10)), (some_landmarks((3, 3), None), (10, 10))])

    predicted = shape.predict((10, 10))

    assert predicted.has_point.tolist() == [True, False]
    assert_allclose(predicted.points[0], [2, 2])


def test_no_labelled_image_is_refused():
    with pytest.raises(TrainingError, match="at least one labelled image"):
        mean_shape([])


@pytest.mark.parametrize(("n_labels", "column"), [(5, "mre_px_k5"), (10, "mre_px_k10"), (138, "mre_px_all_train")])
def test_the_floor_on_real_radiographs_is_the_published_one(shared, n_labels, column):
    folder = shared / "data" / "wingspan-512"
    landmarks = _landmarks(folder / "landmarks_clinical.csv")
    split = _rows(folder / "split.csv")
    train = sorted((row for row in split if row["split"] == "train"), key=lambda row: int(row["label_rank"]))
    shape = mean_shape([(landmarks[row["image"]], (512, 512)) for row in train[:n_labels]])
    truth = {row["image"]: landmarks[row["image"]] for row in split if row["split"] == "test"}

    evaluation = evaluate({image: shape.predict((512, 512)) for image in truth}, truth)

    published = {row["landmark"]: float(row[column]) for row in _rows(folder / "mean_shape_baseline.csv")}
    assert evaluation.summary.mean_radial_error_px == pytest.approx(published.pop("mean"), abs=0.006)
    for name, error in published.items():
        assert evaluation.summary.per_landmark[name].mean_radial_error_px == pytest.approx(error, abs=0.006)


def _rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _landmarks(path):
    points = {}
    for row in _rows(path):
        points.setdefault(row["image"], {})[row["landmark"]] = (float(row["y"]), float(row["x"]))
    names = tuple(next(iter(points.values())))
    return {image: Landmarks.placed(names, np.array([by[name] for name in names])) for image, by in points.items()}
