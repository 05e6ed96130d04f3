"""Tests of napari_kdland.cli.datasets."""

import json

import pytest
from typer.testing import CliRunner

from napari_kdland.cli.app import app
from napari_kdland.errors import UsageError
from napari_kdland.project import Project
from tests.jobs.importing_datasets.makers import a_lits_case, a_project


def kdland(*words):
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)


@pytest.fixture
def folder(tmp_path):
    for number in range(3):
        a_lits_case(tmp_path / "data", number)
    return tmp_path / "data"


def test_a_data_set_is_imported_and_what_was_left_out_is_said(folder, tmp_path):
    (folder / "segmentation-2.nii").unlink()
    project = a_project(tmp_path, "lits17-liver")

    said = kdland("import-dataset", project, "lits17", folder, "--out", tmp_path / "out", "--window", -100, 200)

    assert said.exit_code == 0
    assert "Imported 6 images of 2 cases, 6 of them with labels; left out 1 cases." in said.stdout
    assert "volume-2 has no labels" in said.stdout


def test_the_result_comes_as_json_where_asked(folder, tmp_path):
    project = a_project(tmp_path, "lits17-tumour")
    (tmp_path / "split.csv").write_text("case,split\nvolume-1,val\n")

    said = kdland(
        "import-dataset",
        project,
        "lits17",
        folder,
        "--out",
        tmp_path / "out",
        "--split",
        tmp_path / "split.csv",
        "--json",
    )

    told = json.loads(said.stdout)
    assert (told["n_cases"], told["n_labelled"], told["skipped"]) == (1, 3, [])
    with Project.open(project) as opened:
        assert opened.splits.counts()["val"] == 3


def test_the_shares_and_the_seed_reach_the_draw(folder, tmp_path):
    project = a_project(tmp_path, "lits17-liver")

    kdland("import-dataset", project, "lits17", folder, "--out", tmp_path / "out", "--val", 0, "--test", 0.34)

    with Project.open(project) as opened:
        assert opened.splits.counts() == {"train": 6, "val": 0, "test": 3, "pool": 0}


def test_a_mistake_is_one_sentence(folder, tmp_path):
    said = kdland("import-dataset", a_project(tmp_path, "lits17-liver"), "lits17", folder)

    assert isinstance(said.exception, UsageError)
    assert "say with --out" in str(said.exception)
