"""Tests of docs/onnx.md: its command and its program are run as they stand."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from typer.testing import CliRunner

from napari_kdland import jobs
from napari_kdland.cli.app import app
from napari_kdland.events import run
from tests import makers
from tests.docs.pages import code, commands, page, rows

PAGE = page("docs/onnx.md")


@pytest.fixture(scope="module")
def project_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = makers.a_project(tmp_path_factory.mktemp("study"))
    recipe = makers.a_tiny_recipe("supervised", "training.steps=40", "training.validate_every=40")
    run(jobs.train_run(path, jobs.TrainingOrder(recipe, name="student")))
    return path


@pytest.fixture(scope="module")
def model(project_path: Path) -> Path:
    (export,) = commands(PAGE)
    own = {"study.kdland": str(project_path), "student.onnx": str(project_path.parent / "student.onnx")}
    told = CliRunner().invoke(app, [own.get(word, word) for word in export])
    assert told.exit_code == 0, told.output
    return Path(own["student.onnx"])


def test_the_program_of_the_page_finds_what_predict_finds(project_path: Path, model: Path, tmp_path: Path):
    (program,) = code(PAGE, "python")
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    predicted = run(jobs.predict_run(project_path, "student", jobs.ChosenImages(split="test"), device="cpu")).landmarks

    for name, wanted in predicted.items():
        command = [sys.executable, tmp_path / "program.py", model, project_path.parent / "images" / name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = {landmark: (float(y), float(x)) for landmark, x, y in csv.reader(done.stdout.splitlines())}

        assert tuple(found) == wanted.names
        np.testing.assert_allclose(list(found.values()), wanted.points, atol=0.1)


def test_the_page_names_all_that_goes_in_comes_out_and_is_told(model: Path):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    named = {cells[0].split("`")[1] for cells in rows(PAGE)}

    assert {"image", *(output.name for output in session.get_outputs())} == named - {"regions"}
    for key in session.get_modelmeta().custom_metadata_map:
        assert f"`{key.removeprefix('kdland.')}`" in PAGE
