"""Tests of docs/training.md: its commands run, its settings are those of the model, its choices are recipes."""

import re

import pytest

from napari_kdland.errors import RunError
from napari_kdland.recipes import load_recipe, ready_made_recipes
from tests.docs.pages import commands, page, rows, section
from tests.docs.shell import Shell

PAGE = page("docs/training.md")


@pytest.mark.parametrize("row", rows(section(PAGE, "Settings")), ids=lambda row: row[0])
def test_a_setting_of_the_table_has_the_default_that_is_told(row: list[str]):
    value = load_recipe("supervised").model_dump(mode="json")
    for step in row[0].strip("`").split("."):
        value = value[step]

    told = f"{value:g}" if isinstance(value, float) else str(value)
    assert row[1].strip("`") == (told.lower() if isinstance(value, bool) else told)


def test_every_recipe_but_those_of_data_sets_is_a_choice():
    table = rows(PAGE.partition("\n## ")[0])
    choices = set(re.findall(r"`([a-z][a-z-]*)`", " ".join(row[1] for row in table)))

    assert choices == {name for name in ready_made_recipes() if not re.search(r"\d", name)}


def test_the_commands_run(shell: Shell):
    typed = commands(PAGE)
    for words in typed:
        if "--resume" not in words:
            shell.run(words)

    (resumed,) = (words for words in typed if "--resume" in words)
    with pytest.raises(RunError, match="The run student is finished after 2 steps"):
        shell.run(resumed)
