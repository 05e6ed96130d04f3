"""Tests of napari_kdland.jobs.choosing_next and simulating."""

import json
import shutil

import imageio.v3 as imageio
import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.errors import UsageError
from napari_kdland.evaluation.acquisition import STRATEGIES, strategy
from napari_kdland.images import read
from napari_kdland.jobs import (
    Simulation,
    TrainingOrder,
    choose_next,
    rank_images,
    runs_to_ask,
    simulate_labelling,
    train_run,
)
from napari_kdland.project import Project
from tests.makers import a_project, a_tiny_recipe

RECIPE = a_tiny_recipe("supervised", "training.steps=2")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project with two runs, two unlabelled images in train and three in the pool."""
    path = a_project(tmp_path_factory.mktemp("next"), train=5, val=1, test=1, pool=3, labelled=3)
    for seed, name in enumerate(("one", "two")):
        events.run(train_run(path, TrainingOrder(RECIPE, name=name, seed=seed, device="cpu")))
    return path


@pytest.fixture
def path(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "copy.kdland")


@pytest.mark.parametrize("by", [entry.name for entry in STRATEGIES])
def test_every_strategy_chooses_images_without_landmarks_of_train_and_pool(path, by):
    runs = ("one", "two")[: strategy(by).n_runs]

    found = events.run(choose_next(path, runs, by=by, count=3, device="cpu"))

    assert (found.by, found.runs, found.n_candidates) == (by, runs, 5)
    assert len(set(found.images)) == 3
    assert set(found.images) <= {"dots_03.png", "dots_04.png", "dots_07.png", "dots_08.png", "dots_09.png"}


def test_the_choice_is_kept_as_a_queue_in_its_order(path):
    found = events.run(choose_next(path, ("one",), by="hybrid", count=4, device="cpu"))

    with Project.open(path, announce=False) as project:
        ranking = project.scores.find("label-next", ("one",))
        kept = project.scores.page(ranking.ranking_id)
    assert ranking == found.ranking
    assert [line.name for line in kept] == list(found.images)


def test_a_drawn_choice_needs_no_run_and_is_kept_too(path):
    found = events.run(choose_next(path, by="random", count=2, seed=3))
    again = events.run(choose_next(path, by="random", count=2, seed=3))

    assert found.images == again.images
    with Project.open(path, announce=False) as project:
        assert [one.runs for one in project.scores.all()] == [()]


def test_the_newest_finished_runs_are_asked_where_none_is_named(path):
    assert runs_to_ask(path, (), "disagreement") == ("two", "one")
    assert runs_to_ask(path, (), "hybrid") == ("two",)
    assert runs_to_ask(path, (), "random") == ()
    assert runs_to_ask(path, ("one",), "hybrid") == ("one",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runs": ("one",), "by": "disagreement"}, "needs two runs or more, found one.*or choose random"),
        ({"by": "core-set"}, "needs a run or more, found none"),
        ({"runs": ("one", "one")}, "named twice"),
        ({"by": "random", "count": 0}, "Ask for 1 image or more to label next, not 0"),
    ],
)
def test_what_cannot_be_chosen_is_refused(path, options, message):
    with pytest.raises(UsageError, match=message):
        events.run(choose_next(path, **options))


def test_a_project_in_which_all_is_labelled_has_nothing_to_choose(tmp_path):
    path = a_project(tmp_path, train=2, val=0, test=0, pool=0, labelled=2)

    with pytest.raises(UsageError, match="has landmarks already"):
        events.run(choose_next(path, by="random"))


def a_simulation(**changes):
    return Simulation(
        **{"recipe": RECIPE, "strategies": ("random", "hybrid"), "start": 1, "to": 2, "step": 1, **changes}
    )


def steps_of(folder):
    return [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]


def test_a_simulation_replays_every_strategy_and_keeps_what_it_found(path, tmp_path):
    folder = tmp_path / "replay"

    curves = events.run(simulate_labelling(path, a_simulation(seeds=2), folder, device="cpu"))

    assert [(curve.strategy, curve.labels.tolist()) for curve in curves] == [("random", [1, 2]), ("hybrid", [1, 2])]
    steps = steps_of(folder)
    assert len(steps) == 8
    # All strategies begin with the same images and weights.
    first = {(step["seed"], step["labels"]): [] for step in steps}
    for step in steps:
        first[step["seed"], step["labels"]].append(step["error_px"])
    assert first[0, 1][0] == first[0, 1][1]
    assert first[0, 1][0] != first[1, 1][0]
    assert json.loads((folder / "curves.json").read_text())["verdict"]
    assert sorted(one.name for one in folder.iterdir()) == ["curves.json", "curves.svg", "plan.json", "steps.jsonl"]
    with Project.open(path, announce=False) as project:
        assert [run.name for run in project.runs.all()] == ["one", "two"]


def test_a_simulation_that_was_stopped_goes_on_to_the_same_end(path, tmp_path):
    whole = events.run(simulate_labelling(path, a_simulation(seeds=1), tmp_path / "whole", device="cpu"))
    job = simulate_labelling(path, a_simulation(seeds=1), tmp_path / "parts", device="cpu")
    while not (tmp_path / "parts" / "steps.jsonl").exists():
        next(job)
    job.close()

    rest = events.run(simulate_labelling(path, a_simulation(seeds=1), tmp_path / "parts", device="cpu"))

    assert steps_of(tmp_path / "parts") == steps_of(tmp_path / "whole")
    assert [curve.mean_px.tolist() for curve in rest] == [curve.mean_px.tolist() for curve in whole]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"to": 9}, "has 3 annotated images in train, and the simulation ends with 9 labels"),
        ({"split": "train"}, "measured on val or test, not on train"),
    ],
)
def test_a_simulation_that_the_project_cannot_hold_is_refused(path, tmp_path, changes, message):
    with pytest.raises(UsageError, match=message):
        events.run(simulate_labelling(path, a_simulation(**changes), tmp_path / "out"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strategies": ()}, "not none"),
        ({"strategies": ("best",)}, "no strategy 'best'"),
        ({"start": 5, "to": 2}, "found 5 to 2"),
        ({"recipe": a_tiny_recipe("kd")}, "the recipe kd has a teacher"),
    ],
)
def test_a_simulation_that_makes_no_sense_is_refused(changes, message):
    with pytest.raises(UsageError, match=message):
        a_simulation(**changes)


def test_another_simulation_is_not_mixed_into_a_folder(path, tmp_path):
    events.run(simulate_labelling(path, a_simulation(seeds=1, to=1), tmp_path / "one", device="cpu"))

    with pytest.raises(UsageError, match="holds a simulation with other settings"):
        events.run(simulate_labelling(path, a_simulation(seeds=1), tmp_path / "one", device="cpu"))


def test_the_queue_of_the_window_is_the_hybrid_choice_with_its_predictions(path):
    ranking = events.run(rank_images(path, "label-next", ("one",), device="cpu"))

    with Project.open(path, announce=False) as project:
        lines = project.scores.page(ranking.ranking_id)
        assert len(lines) == 5
        assert set(project.predictions.ids("one")) >= {line.image_id for line in lines}
    assert (ranking.kind, ranking.runs) == ("label-next", ("one",))


def test_a_queue_of_doubts_is_kept_under_the_runs_that_are_shown_beside(path, tmp_path):
    with pytest.raises(UsageError, match=r"None of the 5 annotated images is doubted\. The command kdland doubt"):
        events.run(rank_images(path, "doubtful-labels", ("one",), device="cpu"))
    with Project.open(path) as project:
        first = project.records.page(0, 1, split="train")[0]
        imageio.imwrite(tmp_path / "copy.png", (0.97 * imageio.imread(first.path)).astype(np.uint16))
        project.records.add(read(tmp_path / "copy.png"), tmp_path / "copy.png", split="pool")

    ranking = events.run(rank_images(path, "doubtful-labels", ("one",), device="cpu"))

    with Project.open(path, announce=False) as project:
        assert {line.name for line in project.scores.page(ranking.ranking_id)} == {first.name, "copy.png"}
