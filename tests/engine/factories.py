"""Makers of small trainings: blurred dots as radiographs, tiny networks, a few steps."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from napari_kdland.anatomy import Landmarks, LandmarkState, Placement
from napari_kdland.engine.checkpoints import RunFacts, write_run
from napari_kdland.engine.training import TrainingResult, TrainingSetup, train
from napari_kdland.engine.training_data import LabelledImage, MaskData, TrainingData
from napari_kdland.events import Event, Job, run
from napari_kdland.recipes import Recipe, load_recipe, with_settings

NAMES = ("dot", "spot")
REGIONS = ("disc", "patch")
CHANNELS = ("plain", "inverted")
SIZE = 64
PLACEMENT = Placement.letterbox((128, 128), (SIZE, SIZE))


def some_points(count: int, seed: int = 0) -> np.ndarray:
    """Points (count, 2, 2), (y, x) in image pixels, well inside the 128 x 128 image."""
    return np.random.default_rng(seed).uniform(40, 88, size=(count, len(NAMES), 2))


def some_images(points: np.ndarray) -> np.ndarray:
    """Inputs (count, 64, 64): a broad dot at each first point and a narrow one at each second."""
    grid = np.arange(SIZE)
    images = np.zeros((len(points), SIZE, SIZE))
    for index, width in enumerate((6.0, 2.0)):
        y, x = PLACEMENT.to_input(points[:, index]).T
        rows = np.exp(-((grid - y[:, None]) ** 2) / (2 * width**2))
        columns = np.exp(-((grid - x[:, None]) ** 2) / (2 * width**2))
        images += 0.5 * rows[:, :, None] * columns[:, None, :]
    return np.round(np.clip(images, 0, 1) * 65535).astype(np.uint16)


def some_data(labelled: int = 3, unlabelled: int = 3, validation: int = 2) -> TrainingData:
    count = labelled + unlabelled + validation
    points = some_points(count)
    known = [LabelledImage(i, Landmarks.placed(NAMES, points[i]), PLACEMENT) for i in range(count)]
    return TrainingData.prepare(
        some_images(points),
        known[:labelled],
        landmarks=NAMES,
        unlabelled=list(range(labelled, labelled + unlabelled)),
        validation=known[labelled + unlabelled :],
    )


def with_channels(data: TrainingData, second: np.ndarray | None = None) -> TrainingData:
    """The same images with a second channel, the inverted first one unless another is given."""
    count = len(data.images)
    images = np.concatenate((data.images, 65535 - data.images if second is None else second))
    planes = np.stack((np.arange(count), np.arange(count) + count), axis=1)
    return replace(data, images=images, channels=CHANNELS, planes=planes)


def with_masks(
    data: TrainingData, *, overlapping: bool = True, known: tuple[tuple[bool, bool], ...] | None = None
) -> TrainingData:
    """The same images with a disc around each first point and a smaller patch around each second one.

    `known` says for each labelled image which of the two regions its reader drew; by default both.
    """
    count, n = len(data.images), len(data.labelled)
    drawn = [some_flags(points) for points in (data.points, data.validation_points)]
    n_validation = len(data.validation)
    masks = MaskData(
        bits=(1, 4),
        overlapping=overlapping,
        labelled=count + np.arange(n),
        labelled_known=np.array(known or [(True, True)] * n),
        validation=count + n + np.arange(n_validation),
        validation_known=np.ones((n_validation, 2), dtype=bool),
    )
    return replace(data, images=np.concatenate((data.images, *drawn)), masks=masks)


def some_flags(points: np.ndarray) -> np.ndarray:
    """Flags (n, 64, 64) of regions around points (n, 2, 2) in input pixels: 1 within 14 of the first, 4 within 8."""
    places = np.stack(np.mgrid[:SIZE, :SIZE], axis=-1)
    distance = np.linalg.norm(places - points[:, :, None, None], axis=-1)
    return ((distance[:, 0] < 14) * 1 + (distance[:, 1] < 8) * 4).astype(np.uint16)


def labelled_image(index: int, *states: LandmarkState) -> LabelledImage:
    points = np.array([(60.0, 60.0) if state.has_point else (np.nan, np.nan) for state in states])
    return LabelledImage(index, Landmarks(NAMES, points, states), PLACEMENT)


def a_recipe(name: str = "supervised", *settings: str) -> Recipe:
    fast = [
        "input.size=64",
        "student.backbone=tiny",
        "training.steps=4",
        "training.validate_every=2",
        "training.labelled_batch=2",
        "training.precision=float32",
    ]
    if name not in ("supervised", "continued"):
        fast.append("training.unlabelled_batch=2")
    return with_settings(load_recipe(name), [*fast, *settings])


def a_training(
    folder: Path, recipe: Recipe | None = None, data: TrainingData | None = None, **options: Any
) -> Job[TrainingResult]:
    about = {"landmarks": NAMES, "mirrored_order": (0, 1)}
    about |= {name: options.pop(name) for name in list(options) if name in TrainingSetup.__dataclass_fields__}
    about["teachers"] = tuple(about.get("teachers", ()))
    setup = TrainingSetup(**about)
    return train(data or some_data(), recipe or a_recipe(), folder, setup, **{"device": "cpu", **options})


def a_run(folder: Path, recipe: Recipe | None = None, data: TrainingData | None = None, **options: Any) -> Path:
    """Train to the end and give the folder."""
    run(a_training(folder, recipe, data, **options))
    return folder


def a_run_of(folder: Path, recipe: Recipe | None = None, **facts: Any) -> Path:
    """A folder that says of itself what a run was made from; it has no weights."""
    about = {
        "recipe": recipe or a_recipe(),
        "landmarks": NAMES,
        "mirrored_order": (0, 1),
        "scheme": "",
        "seed": 0,
        "n_labelled": 3,
        "n_unlabelled": 0,
        "n_validation": 0,
        "teachers": (),
        "knows_absence": (),
        "device": "cpu",
        "precision": "32-true",
    }
    write_run(folder, RunFacts(**{**about, **facts}))
    return folder


def events_of(job: Job[TrainingResult]) -> list[Event]:
    seen: list[Event] = []
    run(job, seen.append)
    return seen


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def published_cases(shared: Path, function: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Cases of one published function, as ``area.function``: (manifest entry, inputs, outputs) as float64 tensors."""
    area = function.split(".")[0]
    manifest = json.loads((shared / "reference" / f"{area}.manifest.json").read_text(encoding="utf-8"))
    with np.load(shared / "reference" / f"{area}.npz") as arrays:
        for case in manifest["cases"]:
            if case["function"] == function and case["use"] == "match":
                both = (
                    {k: torch.as_tensor(arrays[v["key"]]) for k, v in case[s].items()} for s in ("inputs", "outputs")
                )
                yield case, *both


def assert_published(case: dict[str, Any], name: str, actual: torch.Tensor, expected: torch.Tensor) -> None:
    np.testing.assert_allclose(
        actual.detach().numpy(), expected.numpy(), **case["tolerance"][name], err_msg=case["case"]
    )
