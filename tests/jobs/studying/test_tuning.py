"""Tests of napari_kdland.jobs.studying.tuning."""

from pathlib import Path

import pytest

from napari_kdland.errors import ProjectError, TrainingError
from napari_kdland.jobs.studying.tuning import Trial, TrialBook, Tuner, as_settings
from napari_kdland.recipes.study import RecipePart, SearchPart, TuningPart
from tests.makers import a_tiny_recipe

SEARCH = {
    "terms.0.weight": SearchPart(range=(0.1, 10.0), log=True),
    "weighting.kind": SearchPart(choices=("none", "confidence")),
    "training.labelled_batch": SearchPart(range=(1, 8)),
}


def a_tuner(folder: Path, *, trials: int = 6, seed: int = 1000, search: dict[str, SearchPart] | None = None) -> Tuner:
    row = RecipePart(recipe="kd", name="kd", search=SEARCH if search is None else search)
    book = TrialBook.open(folder / "tuning.json")
    return Tuner(row, a_tiny_recipe("kd"), TuningPart(trials=trials, seed=seed), book=book, key="k")


def searched(tuner: Tuner) -> list[dict]:
    """Make all trials; a weight of 3 is best."""
    while not tuner.is_over:
        values = tuner.propose()
        tuner.tell(Trial(values, "run", abs(float(values["terms.0.weight"]) - 3)))
    return [trial.values for trial in tuner.trials]


def test_the_first_trial_is_the_recipe_as_it_stands(tmp_path: Path):
    proposed = a_tuner(tmp_path).propose()

    assert proposed == {"terms.0.weight": 1.0, "weighting.kind": "none", "training.labelled_batch": 4}


def test_a_recipe_that_stands_outside_of_its_search_is_not_a_trial(tmp_path: Path):
    search = {"terms.0.weight": SearchPart(range=(2.0, 10.0))}

    assert a_tuner(tmp_path, search=search).propose()["terms.0.weight"] > 2


def test_every_proposal_lies_within_the_search(tmp_path: Path):
    made = searched(a_tuner(tmp_path))

    assert all(search.holds(values[path]) for values in made for path, search in SEARCH.items())
    assert len({str(values) for values in made}) > 3


def test_one_seed_makes_the_same_trials_and_another_makes_others(tmp_path: Path):
    first, again, other = (
        searched(a_tuner(tmp_path / name, seed=seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )

    assert first == again
    assert first != other


def test_a_search_that_was_broken_off_makes_the_trials_of_an_unbroken_one(tmp_path: Path):
    whole = searched(a_tuner(tmp_path / "whole"))
    broken = a_tuner(tmp_path / "broken")
    for _ in range(3):
        values = broken.propose()
        broken.tell(Trial(values, "run", abs(float(values["terms.0.weight"]) - 3)))

    assert searched(a_tuner(tmp_path / "broken")) == whole


def test_the_best_trial_is_the_first_of_the_lowest_and_failed_ones_are_none(tmp_path: Path):
    tuner = a_tuner(tmp_path)
    for number, score in enumerate((4.0, 2.0, None, 2.0)):
        tuner.tell(Trial({**tuner.propose(), "training.labelled_batch": number + 1}, "run", score, ""))

    assert tuner.best().values["training.labelled_batch"] == 2


def test_a_failed_trial_is_not_the_end_of_the_search(tmp_path: Path):
    tuner = a_tuner(tmp_path)
    tuner.tell(Trial(tuner.propose(), "run", message="became nan"))

    assert len(searched(tuner)) == 6


def test_a_search_in_which_every_trial_failed_says_why(tmp_path: Path):
    tuner = a_tuner(tmp_path, trials=1)
    tuner.tell(Trial(tuner.propose(), "run", message="The loss became nan"))

    with pytest.raises(TrainingError, match="None of the 1 trials of kd came to an end: The loss became nan"):
        tuner.best()


def test_a_damaged_record_of_trials_is_said(tmp_path: Path):
    (tmp_path / "tuning.json").write_text('{"k": [{"run')

    with pytest.raises(ProjectError, match=r"record of trials .*tuning.json cannot be read.*Put it aside"):
        a_tuner(tmp_path)


def test_the_record_is_written_whole(tmp_path: Path):
    searched(a_tuner(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["tuning.json"]


def test_values_are_written_as_settings():
    assert as_settings({"weighting.kind": "none", "a.0": 1e-05}) == ('weighting.kind="none"', "a.0=1e-05")
