"""Makers of small projects that the tests of several rooms share."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as imageio
import numpy as np

from napari_kdland.anatomy import LandmarkState, Scheme
from napari_kdland.project import Annotation, Project
from napari_kdland.recipes import Recipe, load_recipe, with_settings

TINY = (
    "student.backbone=tiny",
    "input.size=64",
    "input.sigma_px=4",
    "training.steps=4",
    "training.validate_every=2",
)


def a_scheme(n_landmarks: int = 3) -> Scheme:
    return Scheme.model_validate(
        {"name": f"dots-{n_landmarks}", "landmarks": [{"name": f"dot_{index}"} for index in range(n_landmarks)]}
    )


def a_picture(path: Path, points: np.ndarray, *, seed: int, size: tuple[int, int] = (80, 96)) -> Path:
    """Write a 16-bit PNG with a bright dot at each of `points` (L, 2), the first the largest."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    picture = 0.05 * np.random.default_rng(seed).random(size)
    for index, (y, x) in enumerate(points):
        width = 8.0 / (index + 1)
        picture += 0.4 * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * width**2))
    imageio.imwrite(path, np.clip(60000 * picture, 0, 65535).astype(np.uint16))
    return path


def dots(seed: int, n_landmarks: int = 3) -> np.ndarray:
    return np.random.default_rng(1000 + seed).uniform([20, 20], [60, 76], size=(n_landmarks, 2))


def a_project(folder: Path, *, train: int = 4, val: int = 2, test: int = 2, pool: int = 2, labelled: int = 3) -> Path:
    """Make a project of dotted pictures: `labelled` of train, and all of val and test, are annotated by reader A."""
    scheme = a_scheme()
    images = folder / "images"
    images.mkdir(parents=True)
    path = folder / "dots.kdland"
    splits = ["train"] * train + ["val"] * val + ["test"] * test + ["pool"] * pool
    from napari_kdland.images import read

    with Project.create(path, scheme) as project:
        for index, split in enumerate(splits):
            file = a_picture(images / f"dots_{index:02d}.png", dots(index), seed=index)
            record = project.records.add(read(file), file, split=split)
            if split in ("val", "test") or (split == "train" and index < labelled):
                annotate(project, record.image_id, dots(index))
    return path


def annotate(project: Project, image_id: int, points: np.ndarray, *, reader: str = "A") -> None:
    names = project.scheme.landmark_names
    placed = [
        Annotation(image_id, name, LandmarkState.PLACED, (float(y), float(x)))
        for name, (y, x) in zip(names, points, strict=True)
    ]
    project.annotations.edit_many(placed, reader=reader)


def a_tiny_recipe(name: str = "supervised", *settings: str) -> Recipe:
    return with_settings(load_recipe(name), [*TINY, *settings])
