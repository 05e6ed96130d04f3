"""Tests of napari_kdland.evaluation.ablation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.evaluation.ablation import find_ablations, measure_ablation
from napari_kdland.evaluation.scoring import evaluate
from napari_kdland.recipes import load_recipe, with_settings
from tests.evaluation.factories import a_prediction, a_truth

ONE_TEACHER = ("teacher.source=frozen", "teacher.count=1")


def a_recipe(name, *settings):
    return with_settings(load_recipe(name), settings)


def the_parts():
    """The composite, and what is left of it."""
    return {
        "kd": a_recipe("kd", "views.kind=clean"),
        "supervised": a_recipe("supervised"),
        "composite": a_recipe("composite"),
        "unweighted": a_recipe("composite", "weighting.kind=none"),
        "one-teacher": a_recipe("composite", *ONE_TEACHER, "terms.0.weight=2"),
        "mean-teacher": a_recipe("mean-teacher"),
    }


def trained(sds, n_seeds=2):
    truth = a_truth(12)
    return {
        name: [evaluate(a_prediction(truth, sd, seed=10 * place + seed), truth) for seed in range(n_seeds)]
        for place, (name, sd) in enumerate(sds.items())
    }


def test_an_ablation_is_found_by_the_parts_of_recipes():
    (found,) = find_ablations(the_parts())

    assert found.full == "composite"
    assert next(iter(found.has)) == "composite"
    assert set(found.has) == {"composite", "unweighted", "one-teacher", "kd", "supervised"}
    assert found.has["unweighted"] == found.has["composite"] - {"weighting: confidence"}
    assert found.has["one-teacher"] == found.has["composite"] - {"teacher: ensemble"}
    assert found.has["supervised"] == frozenset()


def test_parts_that_are_only_there_together_are_one():
    (found,) = find_ablations(the_parts())

    assert len(found.parts) == 3
    assert "spatial-kl + views: clean + unlabelled images" in found.parts


def test_the_names_of_methods_say_nothing():
    renamed = {f"run-{place}": recipe for place, recipe in enumerate(the_parts().values())}

    (found,) = find_ablations(renamed)

    assert found.full == "run-2"


@pytest.mark.parametrize(
    "recipes",
    [
        {"kd": a_recipe("kd"), "supervised": a_recipe("supervised")},
        {"kd": a_recipe("kd"), "mean-teacher": a_recipe("mean-teacher"), "supervised": a_recipe("supervised")},
        {"composite": a_recipe("composite"), "small": a_recipe("composite", "weighting.kind=none", "input.size=128")},
        {"composite": a_recipe("composite")},
        {},
    ],
)
def test_methods_that_are_not_within_each_other_are_no_ablation(recipes):
    assert find_ablations(recipes) == []


def test_a_part_switched_off_by_its_weight_is_left_out():
    recipes = {"emkd": a_recipe("emkd"), "without": a_recipe("emkd", "terms.1.weight=0")}

    (found,) = find_ablations(recipes)

    assert (found.full, len(found.parts)) == ("emkd", 1)


def test_two_separate_ablations_are_both_found():
    mean_teachers = {"ema": a_recipe("mean-teacher"), "ema-dropout": a_recipe("mean-teacher", "student.dropout=0.3")}

    found = find_ablations(the_parts() | mean_teachers)

    assert [one.full for one in found] == ["composite", "ema-dropout"]


def test_a_setting_that_differs_beside_the_parts_is_told():
    (found,) = find_ablations(the_parts())

    assert found.departs["one-teacher"] == (("term spatial-kl.weight", 2.0, 1.0),)
    assert found.departs["unweighted"] == ()
    assert ("training.labelled_batch", 8, 4) in found.departs["supervised"]


def test_every_method_is_held_against_the_full_one_over_its_seeds():
    (found,) = find_ablations(the_parts())

    measured = measure_ablation(
        found, trained({"composite": 2, "unweighted": 8, "one-teacher": 2, "kd": 2, "supervised": 9})
    )

    assert set(measured.tests) == {"unweighted", "one-teacher", "kd", "supervised"}
    assert measured.tests["unweighted"].n_seeds == (2, 2)
    assert measured.tests["unweighted"].mean > 0
    low, high = measured.means["composite"][1]
    assert low < measured.means["composite"][0] < high


def test_words_say_how_much_better_a_method_with_fewer_parts_could_be():
    (found,) = find_ablations(the_parts())
    sds = {"composite": 4, "unweighted": 9, "one-teacher": 4, "kd": 4, "supervised": 12}

    measured = measure_ablation(found, trained(sds))

    room = max(-test.mean_interval[0] for test in measured.tests.values())
    assert room > 0
    assert measured.sentences[0] == "Shown to be better than composite with fewer parts: none."
    assert measured.sentences[1] == "Shown to be worse with fewer parts: unweighted, supervised."
    assert measured.sentences[2].endswith(f"to be better by up to {room:.1f} px.")


def test_words_say_so_where_a_part_does_harm():
    (found,) = find_ablations(the_parts())
    sds = {"composite": 9, "unweighted": 2, "one-teacher": 9, "kd": 9, "supervised": 9}

    said = measure_ablation(found, trained(sds)).sentences

    assert said[0] == "Shown to be better than composite with fewer parts: unweighted."
    assert len(said) == 2


def test_a_single_training_has_an_interval_over_images():
    (found,) = find_ablations(the_parts())
    of = trained(dict.fromkeys(found.has, 3), n_seeds=1)

    mean, (low, high) = measure_ablation(found, of).means["kd"]

    assert_allclose(mean, np.nanmean(of["kd"][0].errors_px))
    assert low < mean < high
