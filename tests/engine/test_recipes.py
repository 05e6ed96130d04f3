import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_kdland.engine import distillation, networks
from napari_kdland.engine.checkpoints import BEST_FILE, LAST_FILE, read_checkpoint
from napari_kdland.engine.decoding import DECODERS
from napari_kdland.engine.networks.base import LEVELS, TAPS
from napari_kdland.engine.preconditions import check_teachers
from napari_kdland.engine.training import TrainingResult
from napari_kdland.engine.training_data import TrainingData
from napari_kdland.events import Advanced, Job, run
from napari_kdland.menus import choose
from napari_kdland.recipes import Recipe, load_recipe, ready_made_recipes, with_settings
from tests.engine.factories import NAMES, REGIONS, a_recipe, a_run, a_run_of, a_training, some_data, with_masks

LANDMARKS = [name for name in ready_made_recipes() if not load_recipe(name).heads.regions]
each = pytest.mark.parametrize("name", ready_made_recipes())
SHORT = ("student.backbone=tiny", "input.size=64", "training.steps=3", "training.validate_every=2")
SMALL = ("training.labelled_batch=2", "training.precision=float32")


def shortened(name: str, *settings: str) -> Recipe:
    """A ready-made recipe for three steps of a tiny network; a gate stands open, since nobody is sure so early."""
    recipe = load_recipe(name)
    small = list(SMALL)
    if recipe.training.unlabelled_batch:
        small.append("training.unlabelled_batch=2")
    if recipe.weighting.kind == "threshold":
        small.append(f"weighting.threshold={0 if recipe.weighting.measure == 'peak' else 1000}")
    return with_settings(recipe, [*SHORT, *small, *settings])


def data_for(recipe: Recipe) -> TrainingData:
    data, names = some_data(), recipe.teacher.channels
    if names:
        count = len(data.images)
        images = np.concatenate([data.images // (number + 1) for number in range(len(names))])
        planes = np.arange(count)[:, None] + count * np.arange(len(names))
        data = replace(data, images=images, planes=planes, channels=names)
    return with_masks(data) if recipe.heads.regions else data


class Trainings:
    """Short trainings of recipes, with teachers that are trained once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self, recipe: Recipe, folder: Path, *, resume: bool = False) -> Job[TrainingResult]:
        teachers = [self._teacher(recipe, seed) for seed in range(recipe.teacher.count)]
        start = self._teacher(a_recipe("supervised"), 0) if recipe.student.start == "trained" else None
        data = data_for(recipe)
        regions = REGIONS if recipe.heads.regions else ()
        return a_training(folder, recipe, data, teachers=teachers, start=start, regions=regions, resume=resume)

    def whole(self, name: str) -> Path:
        folder = self._folder / name
        if not folder.exists():
            run(self.start(shortened(name), folder))
        return folder

    def alone(self, recipe: Recipe) -> Path:
        """A supervised training of the same network by the same losses of the reader's labels."""
        dropout, weight, levels = recipe.student.dropout, recipe.base.weight, list(recipe.base.levels)
        folder = self._folder / "alone" / f"{dropout}-{weight}-{len(levels)}"
        if not folder.exists():
            labels = (f"base.weight={weight}", f"base.levels={json.dumps(levels)}")
            alike = shortened("supervised", f"student.dropout={dropout}", *labels)
            run(self.start(alike, folder))
        return folder

    def _teacher(self, student: Recipe, seed: int) -> Path:
        heads, channels = student.heads, list(student.teacher.channels)
        folder = self._folder / "teachers" / f"{heads.landmarks}-{'-'.join(channels)}-{seed}"
        if not folder.exists():
            heads_ = (f"heads.landmarks={str(heads.landmarks).lower()}", f"heads.regions={str(heads.regions).lower()}")
            settings = (*heads_, f"input.channels={channels}", "student.dropout=0.2", *SHORT, *SMALL)
            data, regions = data_for(student), REGIONS if heads.regions else ()
            a_run(folder, with_settings(load_recipe("supervised"), settings), data, seed=10 + seed, regions=regions)
        return folder


@pytest.fixture(scope="module")
def trainings(tmp_path_factory: pytest.TempPathFactory) -> Trainings:
    return Trainings(tmp_path_factory.mktemp("recipes"))


def tensors_of(folder: Path) -> dict[str, torch.Tensor]:
    return read_checkpoint(folder / LAST_FILE).tensors


def stop_at(job: Job[TrainingResult], step: int, *, times: int = 1) -> None:
    """Close a job at a step, reached as often as there are rounds."""
    for _ in range(times):
        while next(job) != Advanced(step):
            pass
    job.close()


@each
def test_every_block_that_a_ready_made_recipe_names_exists(name: str):
    recipe = load_recipe(name)
    terms = [(distillation.TERMS, term.loss) for term in recipe.terms]
    schedules = [(distillation.SCHEDULES, term.schedule.kind) for term in recipe.terms]
    named = [
        (networks.BACKBONES, recipe.student.backbone),
        (distillation.TARGETS, recipe.target.kind),
        (distillation.WEIGHTINGS, recipe.weighting.kind),
        (distillation.BASE_LOSSES, recipe.base.loss),
        (distillation.REGION_LOSSES, recipe.base.region_loss),
        (DECODERS, recipe.decoding.kind),
        *([(distillation.TEACHERS, recipe.teacher.source)] if recipe.terms else []),
        *terms,
        *schedules,
    ]

    for menu, block in named:
        assert choose(menu, block, what="block").resolve() is not None
    assert set(recipe.taps) <= set(TAPS)
    assert set(recipe.base.levels) <= set(LEVELS)


def test_every_source_of_a_recipe_is_on_the_menu():
    field = load_recipe("kd").teacher.__class__.model_fields["source"]

    assert set(field.annotation.__args__) == {"none", *(entry.name for entry in distillation.TEACHERS)}


@each
def test_the_teacher_that_a_recipe_asks_for_is_one_that_it_takes(name: str, tmp_path: Path):
    recipe = load_recipe(name)
    channels = f"input.channels={list(recipe.teacher.channels or recipe.input.channels)}"
    trained = with_settings(load_recipe(recipe.teacher.recipe), [*recipe.teacher.settings, channels])
    regions = REGIONS if trained.heads.regions else ()
    folders = [a_run_of(tmp_path / str(n), trained, regions=regions) for n in range(recipe.teacher.count)]

    teachers = check_teachers(folders, recipe, NAMES, REGIONS)

    assert all(teacher.size == recipe.input.size for teacher in teachers)


@each
def test_a_ready_made_recipe_trains_and_goes_on_to_the_identical_result(
    name: str, trainings: Trainings, tmp_path: Path
):
    recipe = shortened(name)
    stop_at(trainings.start(recipe, tmp_path), 2, times=recipe.training.rounds)

    result = run(trainings.start(recipe, tmp_path, resume=True))

    whole, broken = tensors_of(trainings.whole(name)), tensors_of(tmp_path)
    assert result.steps == 3
    assert (tmp_path / BEST_FILE).exists()
    assert whole.keys() == broken.keys()
    assert [key for key in whole if not torch.equal(whole[key], broken[key])] == []


@pytest.mark.parametrize("name", [name for name in LANDMARKS if load_recipe(name).terms])
def test_without_weight_its_terms_leave_the_supervised_training_to_the_bit(
    name: str, trainings: Trainings, tmp_path: Path
):
    recipe = load_recipe(name)
    weightless = shortened(name, *(f"terms.{number}.weight=0" for number in range(len(recipe.terms))))

    run(trainings.start(weightless, tmp_path))

    alone, taught = tensors_of(trainings.alone(recipe)), tensors_of(tmp_path)
    assert [key for key in alone if not torch.equal(alone[key], taught[key])] == []


def test_no_two_ready_made_recipes_train_alike(trainings: Trainings):
    def weights(name: str) -> torch.Tensor:
        checkpoint = read_checkpoint(trainings.whole(name) / LAST_FILE)
        return torch.cat([value.flatten() for value in checkpoint.part("network").values()])

    trained = {name: weights(name) for name in LANDMARKS}

    # A step is up to 0.002 long.
    distances = {pair: (trained[pair[0]] - trained[pair[1]]).abs().max().item() for pair in combinations(trained, 2)}
    assert [pair for pair, distance in distances.items() if distance < 1e-5] == []


def test_no_two_ready_made_recipes_say_the_same():
    def without_names(name: str) -> str:
        words = {"name", "title", "summary", "cites", "departs"}
        return load_recipe(name).model_dump_json(exclude=words)

    alike = [pair for pair in combinations(ready_made_recipes(), 2) if len({*map(without_names, pair)}) == 1]

    assert alike == []
