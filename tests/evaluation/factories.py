"""Makers of landmarks and of published cases for the tests of evaluation."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.evaluation.pictures import CaseImage, Overlay

NAMES = ("apex", "angle", "border")


def some_landmarks(*points: tuple[float, float] | None, names: tuple[str, ...] = NAMES) -> Landmarks:
    """Landmarks placed at `points`; `None` is not yet placed."""
    rows = [(np.nan, np.nan) if point is None else point for point in points]
    return Landmarks.placed(names[: len(rows)], np.array(rows, dtype=float))


def absent(names: tuple[str, ...] = NAMES) -> Landmarks:
    return Landmarks(names, np.full((len(names), 2), np.nan), (LandmarkState.ABSENT,) * len(names))


def a_truth(n_images: int = 8, n_landmarks: int = 3, seed: int = 0) -> dict[str, Landmarks]:
    """Landmarks of `n_images` images of 100 x 100 pixels."""
    rng = np.random.default_rng(seed)
    names = tuple(f"landmark_{index}" for index in range(n_landmarks))
    mean = rng.uniform(20, 80, (n_landmarks, 2))
    return {f"{i:03}.png": Landmarks.placed(names, mean + rng.normal(0, 5, mean.shape)) for i in range(n_images)}


def a_prediction(truth: dict[str, Landmarks], sd: float, seed: int = 1) -> dict[str, Landmarks]:
    """The truth with normal errors of `sd` pixels along each axis."""
    rng = np.random.default_rng(seed)
    return {
        image: Landmarks.placed(landmarks.names, landmarks.points + rng.normal(0, sd, landmarks.points.shape))
        for image, landmarks in truth.items()
    }


def shifted(truth: dict[str, Landmarks], by: tuple[float, float]) -> dict[str, Landmarks]:
    return {image: Landmarks.placed(one.names, one.points + np.array(by)) for image, one in truth.items()}


def published_cases(shared: Path, function: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Cases to be matched of one published function: (manifest entry, inputs, outputs)."""
    manifest = json.loads((shared / "reference" / "metrics.manifest.json").read_text(encoding="utf-8"))
    with np.load(shared / "reference" / "metrics.npz") as arrays:
        for case in manifest["cases"]:
            if case["function"] == f"metrics.{function}" and case["use"] == "match":
                inputs = {name: arrays[entry["key"]] for name, entry in case["inputs"].items()}
                outputs = {name: arrays[entry["key"]] for name, entry in case["outputs"].items()}
                yield case, inputs, outputs


def a_case(
    shift: tuple[float, float] = (1, 1),
    size: tuple[int, int] = (40, 40),
    heatmaps: dict[str, Overlay] | None = None,
    name: str = "a.png",
) -> CaseImage:
    """A grey image with a teacher and a student, both `shift` off."""
    truth = some_landmarks((10, 10), (20, 30), (30, 15))
    predicted = some_landmarks(*[(y + shift[0], x + shift[1]) for y, x in truth.points.tolist()])
    return CaseImage(name, np.full(size, 0.5), truth, {"teacher": predicted, "student": predicted}, heatmaps or {})
