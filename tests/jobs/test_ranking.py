"""Tests of napari_kdland.jobs.ranking."""

import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.anatomy import Landmarks, Origin
from napari_kdland.errors import RunError, UsageError
from napari_kdland.evaluation.doubts import Doubts
from napari_kdland.events import Advanced, Warned
from napari_kdland.jobs import rank_images, ranking
from napari_kdland.jobs.ranking import QueueWish
from napari_kdland.project import Project, Scored
from napari_kdland.recipes import load_recipe
from tests.makers import a_project, dots


def predict(project, run, *, off=0.0, images=range(1, 7), sd_px=2.0):
    """Let a run predict each image's dots, the first of them `off` times the image's number too far down."""
    if run not in {each.name for each in project.runs.all()}:
        project.runs.create(run, recipe=load_recipe("supervised"))
    for image_id in images:
        points = dots(image_id - 1)
        points[0, 0] += off * image_id
        placed = Landmarks.placed(project.scheme.landmark_names, points)
        said = Landmarks(placed.names, placed.points, placed.states, np.full(3, sd_px), np.full(3, 0.5))
        project.predictions.save(run, image_id, said)


@pytest.fixture
def project(tmp_path):
    """Images 1 and 2 of train (labelled), 3 of val and 4 of test (labelled), 5 and 6 of the pool, and two runs."""
    with Project.open(a_project(tmp_path, train=2, val=1, test=1, pool=2, labelled=2), announce=False) as project:
        predict(project, "teacher")
        predict(project, "student", off=1.0)
        yield project


def images(project, ranking):
    return [(line.image_id, round(line.value, 6)) for line in project.scores.page(ranking.ranking_id)]


def test_images_are_ranked_by_what_runs_predicted_and_test_images_never(project):
    ranking = events.run(rank_images(project.path, "disagreement", ["teacher", "student"]))

    assert images(project, ranking) == [(6, 6.0), (5, 5.0), (3, 3.0), (2, 2.0), (1, 1.0)]
    (first, *_) = project.scores.landmark_page(ranking.ranking_id)
    assert first == Scored(6, "dots_05.png", "pool", "dot_0", pytest.approx(6.0))
    assert (ranking.kind, ranking.runs) == ("disagreement", ("teacher", "student"))


def test_labels_are_suspected_where_there_are_any(project):
    seen = []
    ranking = events.run(rank_images(project.path, "suspicion", ["student"]), seen.append)

    assert images(project, ranking) == [(3, 1.5), (2, 1.0), (1, 0.5)]
    assert [event.message for event in seen if isinstance(event, Warned)] == [
        "2 of 5 images have no score by suspicion."
    ]


def test_an_accepted_prediction_is_no_label_to_hold_predictions_against(project):
    said = project.predictions.load("student", 5)
    edits = [(name, state, tuple(point)) for name, state, point in said]
    for name, state, point in edits:
        project.annotations.edit(5, name, state, point, reader="A", origin=Origin("student", "student"))

    ranking = events.run(rank_images(project.path, "error", ["student"]))

    assert [image_id for image_id, _ in images(project, ranking)] == [3, 2, 1]


def test_progress_is_told_and_a_closed_job_keeps_the_old_scores(project):
    old = events.run(rank_images(project.path, "uncertainty", ["teacher"]))
    predict(project, "teacher", sd_px=9.0)
    job = rank_images(project.path, "uncertainty", ["teacher"])
    while not isinstance(next(job), Advanced):
        pass
    job.close()

    assert project.scores.all() == [old]
    assert images(project, old)[0][1] == 2.0


@pytest.mark.parametrize(
    ("kind", "runs", "error", "message"),
    [
        ("boredom", ["teacher"], UsageError, "no score 'boredom'"),
        ("disagreement", ["teacher"], UsageError, "needs two runs or more; there is 1 of them: teacher"),
        ("uncertainty", [], UsageError, "needs a run or more; there is none"),
        ("disagreement", ["teacher", "teacher"], UsageError, "A run is named twice"),
        ("disagreement", ["teacher", "nobody"], RunError, "no run 'nobody'"),
    ],
)
def test_what_cannot_be_ranked_is_refused(project, kind, runs, error, message):
    with pytest.raises(error, match=message):
        events.run(rank_images(project.path, kind, runs))
    assert project.scores.all() == []


def test_without_labels_nothing_can_be_suspected(tmp_path):
    with Project.open(a_project(tmp_path, train=0, val=0, test=0, pool=1), announce=False) as project:
        predict(project, "student", images=[1])
        with pytest.raises(UsageError, match="no image of train, val, pool has one that a reader placed"):
            events.run(rank_images(project.path, "suspicion", ["student"]))


def test_a_project_without_images_has_nothing_to_rank(tmp_path):
    with (
        Project.open(a_project(tmp_path, train=0, val=0, test=1, pool=0), announce=False) as project,
        pytest.raises(UsageError, match="has no images in train, val, pool"),
    ):
        events.run(rank_images(project.path, "uncertainty", ["student"]))


def test_the_next_images_are_chosen_by_the_wished_strategy_and_as_many_as_wished(project):
    found = events.run(rank_images(project.path, "label-next", (), wish=QueueWish("random", 1), device="cpu"))

    assert len(images(project, found)) == 1
    assert found.runs == ()
    with pytest.raises(UsageError, match="needs two runs or more"):
        events.run(rank_images(project.path, "label-next", ("teacher",), wish=QueueWish("disagreement"), device="cpu"))


def test_labels_are_doubted_from_the_wished_threshold_on_and_by_the_wished_networks(project, monkeypatch):
    asked = []

    def find_doubts(_path, inspection, _folder, *, device):
        asked.append(
            (inspection.folds, inspection.threshold, inspection.recipe and inspection.recipe.input.size, device)
        )
        yield events.Started("Looking")
        return Doubts((), (), 4)

    monkeypatch.setattr(ranking, "find_doubts", find_doubts)
    for wish, told in ((QueueWish(), "The command kdland doubt"), (QueueWish(folds=3, threshold=6.0), "is doubted.$")):
        with pytest.raises(UsageError, match=told):
            events.run(rank_images(project.path, "doubtful-labels", (), wish=wish, device="cpu"))

    assert asked == [(0, 4.5, None, "cpu"), (3, 6.0, 128, "cpu")]
