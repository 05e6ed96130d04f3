"""Cases of other people's published code, and which of our tests hold them."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "reference"
AREAS = ("emkd", "distillation", "ssl", "heatmaps", "decoding", "metrics", "dicom")

# Names of the functions of which tests in this folder hold every case, filled in as they are collected.
HELD: set[str] = set()


@dataclass(frozen=True)
class Case:
    """One case: what went in, what came out, in double precision, and how near one has to come."""

    name: str
    parameters: dict[str, Any]
    inputs: dict[str, torch.Tensor]
    outputs: dict[str, torch.Tensor]
    tolerance: dict[str, dict[str, float] | None]

    def __getitem__(self, name: str) -> torch.Tensor:
        return self.inputs[name]

    def student(self, name: str = "student") -> torch.Tensor:
        return self.inputs[name].clone().requires_grad_()

    def check(self, name: str, actual: torch.Tensor) -> None:
        found = actual.detach().numpy()
        np.testing.assert_allclose(found, self.outputs[name].numpy(), **self.tolerance[name], err_msg=self.name)

    def check_loss(self, value: torch.Tensor, *students: torch.Tensor, value_name: str = "value", grads=()) -> None:
        """Check a loss, and its gradient with respect to each student."""
        value.backward()
        self.check(value_name, value)
        for student, name in zip(students, grads or ("grad_student",), strict=True):
            self.check(name, student.grad)


@functools.cache
def manifest(area: str) -> list[dict[str, Any]]:
    path = FOLDER / f"{area}.manifest.json"
    return json.loads(path.read_text(encoding="utf-8"))["cases"] if path.is_file() else []


@functools.cache
def _arrays(area: str) -> dict[str, np.ndarray]:
    with np.load(FOLDER / f"{area}.npz") as arrays:
        return dict(arrays)


def names(function: str, use: str) -> list[str]:
    entries = manifest(function.split(".")[0])
    return [entry["case"] for entry in entries if (entry["function"], entry["use"]) == (function, use)]


def load(area: str, name: str) -> Case:
    entry = next(entry for entry in manifest(area) if entry["case"] == name)
    inputs, outputs = (
        {key: _tensor(_arrays(area)[array["key"]]) for key, array in entry[side].items()}
        for side in ("inputs", "outputs")
    )
    return Case(name, entry["parameters"], inputs, outputs, entry["tolerance"])


def _tensor(array: np.ndarray) -> torch.Tensor:
    tensor = torch.as_tensor(array)
    return tensor.double() if tensor.is_floating_point() else tensor


def holds(*functions: str, use: str = "match", whole: bool = True) -> pytest.MarkDecorator:
    """Run a test on every case of published functions, given as ``area.function``; it takes `case`.

    `whole` says that all that the functions give is held, by this test and others.
    """
    if use == "match" and whole:
        HELD.update(functions)
    cases = [f"{function.split('.')[0]}/{name}" for function in functions for name in names(function, use)]
    return pytest.mark.parametrize("case", cases, indirect=True)
