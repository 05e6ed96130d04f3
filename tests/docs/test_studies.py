"""Tests of docs/studies.md: its study is one, and its commands are those that there are."""

from pathlib import Path

import tomli_w
from typer.testing import CliRunner

from napari_kdland.cli.app import app
from napari_kdland.jobs.studying.results import RESULTS, RUNS, TABLE
from napari_kdland.recipes import load_recipe
from napari_kdland.recipes.study import load_study
from tests.docs.pages import code, commands, page

TEXT = page("docs/studies.md")


def test_the_study_of_the_page_is_a_study(tmp_path: Path):
    (example,) = code(TEXT, "toml")
    (tmp_path / "chest-k10.toml").write_text(example)
    (tmp_path / "mine").mkdir()
    recipe = tomli_w.dumps(load_recipe("fpd").model_dump(mode="json"))
    (tmp_path / "mine" / "my-recipe.toml").write_text(recipe)

    study = load_study(tmp_path / "chest-k10.toml")

    assert [row.name for row in study.recipes] == ["supervised", "kd", "mine-at-25"]
    assert study.labels_of(study.row("mine-at-25")) == (10, 25)


def test_the_options_of_the_page_are_those_of_the_command():
    options = {word for words in commands(TEXT) for word in words if word.startswith("--")}

    known = CliRunner().invoke(app, ["study", "--help"], env={"COLUMNS": "200"}).stdout

    assert options == {"--dry-run", "--report", "--scheduler"}
    assert all(option in known for option in options)


def test_the_files_of_the_page_are_those_that_are_written():
    assert all(f"`{name}`" in TEXT for name in (RESULTS, TABLE, RUNS, "tuning.json", "study.toml"))
