"""Tests of napari_kdland.jobs.predicting."""

import pytest

from napari_kdland import events
from napari_kdland.anatomy.scheme_editing import Line, lines_of, revised
from napari_kdland.errors import RunError
from napari_kdland.jobs import ChosenImages, TrainingOrder, predict_run, train_run
from napari_kdland.project import Project
from tests.makers import a_project, a_tiny_recipe


def test_a_run_of_another_scheme_is_refused_with_what_tells_the_two_apart(tmp_path):
    path = a_project(tmp_path, train=2, val=1, test=1, pool=1, labelled=2)
    events.run(train_run(path, TrainingOrder(a_tiny_recipe(), name="old", device="cpu")))
    with Project.open(path, announce=False) as project:
        landmarks, regions = lines_of(project.scheme)
        gone, *others = landmarks
        lines = [*others, Line("carina", "Carina")]
        project.scheme_changes.change(revised(project.scheme, lines, regions, project.scheme_changes.removed()))

    with pytest.raises(RunError, match=f"does not know carina and predicts {gone.name}, which the scheme has not"):
        events.run(predict_run(path, "old", ChosenImages(split="test"), device="cpu"))
