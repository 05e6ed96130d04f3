"""Tests of napari_kdland.evaluation.recipe_parts."""

import pytest

from napari_kdland.evaluation.recipe_parts import frame_of, parts_of, settings_of
from napari_kdland.recipes import load_recipe, with_settings


def parts(recipe, *settings):
    return set(parts_of(with_settings(load_recipe(recipe), settings)).values()) - {"the readers' labels"}


def test_plain_supervision_has_no_parts():
    assert parts("supervised") == set()


def test_a_single_frozen_teacher_is_no_part_of_its_own():
    assert parts("kd") == {"spatial-kl", "unlabelled images"}


def test_the_composite_consists_of_an_ensemble_a_weighting_and_clean_views():
    assert parts("composite") == {
        *("spatial-kl", "unlabelled images", "teacher: ensemble", "weighting: confidence", "views: clean"),
    }


@pytest.mark.parametrize(
    ("setting", "part"),
    [
        ("target.kind=hard", "target: hard"),
        ("student.start=trained", "start: trained"),
        ("student.dropout=0.2", "dropout"),
        ("training.rounds=2", "2 rounds"),
        ("heads.regions=true", "regions"),
        ("terms.0.schedule.kind=linear-decay", "schedule: linear-decay"),
    ],
)
def test_a_block_that_is_switched_on_is_a_part(setting, part):
    assert parts("kd", setting) == parts("kd") | {part}


def test_a_term_of_weight_zero_is_left_out():
    assert parts("kd", "terms.0.weight=0") == {"unlabelled images"}


def test_terms_of_one_loss_are_told_apart_by_where_and_taps():
    titles = parts_of(load_recipe("emkd"))

    assert len(titles) == len(set(titles.values()))


def test_settings_of_a_term_go_by_its_title():
    assert settings_of(load_recipe("kd"))["term spatial-kl.weight"] == 1.0


def test_recipes_of_another_network_or_input_have_another_frame():
    kd = load_recipe("kd")

    assert frame_of(with_settings(kd, ["terms.0.weight=2"])) == frame_of(kd)
    assert frame_of(with_settings(kd, ["student.backbone=tiny"])) != frame_of(kd)
    assert frame_of(with_settings(kd, ["input.size=128"])) != frame_of(kd)
