"""Tests of the recipes that hold published settings on the works' own data sets."""

from itertools import pairwise
from pathlib import Path

import pytest

from napari_kdland.anatomy import load_scheme
from napari_kdland.recipes import load_recipe, shelf, with_settings

FOLDER = Path(shelf.__file__).parent
EMKD = ("emkd-lits17", "emkd-kits19")
SOURCES = ("paper", "code", "recalled", "ours", "slices have 240 px", "each of these as below")


@pytest.mark.parametrize("name", [*EMKD, "kdnet-brats2018"])
def test_every_setting_names_its_source(name):
    source, unsaid = "", []
    for line in (FOLDER / f"{name}.toml").read_text().splitlines():
        if line.startswith(("[cites", "name =", "[[cites")) or not line.strip():
            source = "" if not line.strip() else source
        elif line.lstrip().startswith("#"):
            source = line
        elif "=" in line and not line.startswith(("name", "title", "summary", "departs", "paper", "equation")):
            unsaid += [] if any(word in source for word in SOURCES) else [line]

    assert unsaid == []


@pytest.mark.parametrize("name", EMKD)
def test_emkd_has_the_terms_and_weights_of_its_code(name):
    recipe = load_recipe(name)

    assert [(term.loss, term.weight) for term in recipe.terms] == [
        ("pixel-kl", 0.1),
        ("attention-map", 0.9),
        ("region-affinity", 0.9),
    ]
    assert recipe.terms[0].inverse_temperature == 1 / 4
    assert recipe.terms[1].exponent == 4
    assert recipe.terms[1].taps == recipe.terms[2].taps == ("low", "high")
    assert (recipe.base.region_loss, recipe.training.labelled_batch, recipe.training.learning_rate) == (
        "focal-dice",
        16,
        0.01,
    )


def test_kd_net_shows_the_teacher_all_channels_of_its_scheme_and_the_student_one():
    recipe, scheme = load_recipe("kdnet-brats2018"), load_scheme("brats-2018")

    assert recipe.teacher.channels == scheme.channels
    assert recipe.input.channels == scheme.channels[:1]


@pytest.mark.parametrize("name", [*EMKD, "kdnet-brats2018"])
def test_the_teacher_is_trained_with_the_settings_of_the_student(name):
    recipe = load_recipe(name)

    teacher = with_settings(load_recipe(recipe.teacher.recipe), recipe.teacher.settings)

    assert (teacher.heads, teacher.input.size, teacher.augmentation) == (
        recipe.heads,
        recipe.input.size,
        recipe.augmentation,
    )
    assert teacher.training == recipe.training
    assert teacher.base.region_loss == recipe.base.region_loss


@pytest.mark.parametrize("name", [*EMKD, "kdnet-brats2018"])
def test_the_command_at_the_top_trains_that_teacher(name):
    recipe = load_recipe(name)
    text = (FOLDER / f"{name}.toml").read_text()
    head = text[: text.index(f"# kdland train PROJECT --recipe {name}")]

    words = head.replace("'", "").replace("\\\n#", " ").split()
    settings = [word for before, word in pairwise(words) if before == "--set"]

    assert {word for word in settings if not word.startswith("input.channels")} == set(recipe.teacher.settings)
