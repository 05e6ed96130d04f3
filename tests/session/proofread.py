"""Predictions and queues for the tests of proofreading, without training anything."""

import numpy as np

from napari_kdland.anatomy import Landmarks
from napari_kdland.project import ImageScore
from napari_kdland.recipes import load_recipe
from tests.session.factories import NAMES

POINTS = np.array([[10.0, 12.0], [20.0, 30.0], [40.0, 20.0]])
RUNS = ("teacher", "student")


def predict(project, *, images=(1, 2, 3), points=POINTS, runs=RUNS):
    """Let a teacher and the student that it taught predict the same points everywhere."""
    for run in runs:
        if run not in {each.name for each in project.runs.all()}:
            taught_by = () if run == "teacher" else ("teacher",)
            project.runs.create(run, recipe=load_recipe("supervised"), teachers=taught_by)
            project.runs.update(run, status="done", steps_done=10)
        project.predictions.save_many(run, dict.fromkeys(images, Landmarks.placed(NAMES, points)))


def rank(project, scores=(1.0, 3.0, 2.0), *, kind="disagreement", runs=RUNS):
    """Score the images in order; of each image, ``angle`` is the worst landmark."""
    found = {
        image_id: ImageScore(value, {"apex": 0.1 * value, "angle": value, "border": 0.5 * value})
        for image_id, value in enumerate(scores, start=1)
    }
    return project.scores.save(kind, runs, found)
