"""The one training loop: a generator of events that can be stopped after any step and gone on with exactly."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision, Precision

from napari_kdland.engine import devices, networks
from napari_kdland.engine.batches import Batches, TrainingData
from napari_kdland.engine.checkpoints import (
    BEST_FILE,
    LAST_FILE,
    LoadedRun,
    RunFacts,
    load_run,
    read_checkpoint,
    write_checkpoint,
    write_run,
)
from napari_kdland.engine.distillation.base import Member
from napari_kdland.engine.losses import RecipeLoss
from napari_kdland.engine.preconditions import check_data, check_same_run, check_teachers
from napari_kdland.engine.trainee import Trainee
from napari_kdland.engine.validation import Validation
from napari_kdland.errors import NonFiniteLoss, OutOfMemory
from napari_kdland.events import Advanced, Measured, Saved, Started, Warned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from torch import Tensor

    from napari_kdland.events import Event, Job
    from napari_kdland.recipes import Recipe

# Losses are read from the device this often: each reading makes a GPU wait.
_READ_EVERY = 10
# Saving the last checkpoint may take this share of the time at most.
_SAVING_SHARE = 0.05


@dataclass(frozen=True)
class TrainingResult:
    """What a training came to.

    `best_step` and `best_error_px` (mean radial error on the validation images, in image pixels) are `None` where there
    were no validation images; the last averaged weights are the best ones then.
    """

    folder: Path
    steps: int
    best_step: int | None
    best_error_px: float | None
    n_parameters: int
    seconds: float


def train(
    data: TrainingData,
    recipe: Recipe,
    folder: Path,
    *,
    landmarks: Sequence[str],
    mirrored_order: Sequence[int],
    teachers: Sequence[Path] = (),
    seed: int = 0,
    device: str = "auto",
    resume: bool = False,
    scheme: str = "",
) -> Job[TrainingResult]:
    """Train one network and keep the best of its averaged weights in `folder`.

    Parameters
    ----------
    data
        Images and labels.
    recipe
        How to train.
    folder
        Of the run; gets run.toml, last.safetensors and best.safetensors.
    landmarks
        Names of the L landmarks in the data's order.
    mirrored_order
        `Scheme.mirrored_order`.
    teachers
        Folders of the teacher runs, as many as the recipe wants; they may belong to another project.
    seed
        Of first weights, order of images and augmentation.
    device
        auto, cpu, cuda, cuda:N or mps.
    resume
        Go on from the last checkpoint in `folder`. On a CPU the result is the same, to the bit, as without the break.
    scheme
        Name of the scheme, for run.toml.

    Returns
    -------
    A generator of events. Closed early, it saves the last checkpoint and leaves the best one in place.

    Raises
    ------
    TrainingError
        If the data or the teachers do not suit the recipe, a checkpoint cannot be written, a loss is no longer finite
        (`NonFiniteLoss`) or memory runs out (`OutOfMemory`).
    RecipeError
        If the recipe names blocks that do not exist, or mirrors images of a scheme without pairs.
    RunError
        If a teacher, or the run to go on with, is missing, damaged, or has other landmarks.
    """
    with devices.denormals_flushed():
        loop = _Loop(data, recipe, folder, landmarks=landmarks, teachers=teachers, seed=seed, device=device)
        try:
            loop.prepare(mirrored_order=mirrored_order, scheme=scheme, resume=resume)
            return (yield from loop.run())
        except RuntimeError as error:
            if not devices.is_out_of_memory(error):
                raise
            raise OutOfMemory(loop.advice_on_memory()) from error


class _Loop:
    """One training from its first step to its last."""

    def __init__(
        self,
        data: TrainingData,
        recipe: Recipe,
        folder: Path,
        *,
        landmarks: Sequence[str],
        teachers: Sequence[Path],
        seed: int,
        device: str,
    ) -> None:
        self._data, self._recipe, self._folder = data, recipe, folder
        self._landmarks, self._seed = tuple(landmarks), seed
        check_data(data, recipe, self._landmarks)
        self._teachers = check_teachers(teachers, recipe, self._landmarks)
        self._device = devices.choose(device)
        self._precision = devices.precision(recipe.training.precision, self._device)

    def prepare(self, *, mirrored_order: Sequence[int], scheme: str, resume: bool) -> None:
        data, recipe = self._data, self._recipe
        fabric = _fabric(self._device, self._precision)
        members = [_member(run, self._landmarks, fabric) for run in self._teachers]
        self._loss = RecipeLoss(recipe, members)
        self._batches = Batches(data, recipe, mirrored_order=mirrored_order, seed=self._seed, device=fabric.device)
        self._trainee = Trainee(recipe, len(self._landmarks), seed=self._seed, fabric=fabric)
        self._validation = Validation(data, recipe, self._trainee.predict, fabric.device)
        self._unread: list[Tensor] = []
        self._warnings: list[str] = []
        self._saving_s, self._saved_at = 0.0, -math.inf
        facts = self._facts(mirrored_order, scheme)
        if not len(self._validation):
            self._warnings.append(
                "There are no validation images: the last averaged weights are kept as the best ones."
            )
        if resume:
            self._restore(facts)
        write_run(self._folder, facts)

    def _facts(self, mirrored_order: Sequence[int], scheme: str) -> RunFacts:
        data = self._data
        is_absent_somewhere = (data.presence == 0).any(axis=0)
        return RunFacts(
            recipe=self._recipe,
            landmarks=self._landmarks,
            mirrored_order=tuple(mirrored_order),
            scheme=scheme,
            seed=self._seed,
            n_labelled=len(data.labelled),
            n_unlabelled=len(data.unlabelled),
            n_validation=len(data.validation),
            teachers=tuple(str(run.folder) for run in self._teachers),
            knows_absence=tuple(
                name for name, is_absent in zip(self._landmarks, is_absent_somewhere, strict=True) if is_absent
            ),
            device=str(self._device),
            precision=self._precision,
        )

    def _restore(self, facts: RunFacts) -> None:
        run = load_run(self._folder)
        check_same_run(run, facts)
        self._trainee.restore(read_checkpoint(self._folder / LAST_FILE))
        before, now = f"{run.facts.device} in {run.facts.precision}", f"{facts.device} in {facts.precision}"
        if before != now:
            self._warnings.append(
                f"The run was begun on {before} and goes on on {now}: its result will differ from an unbroken one's."
            )

    def run(self) -> Job[TrainingResult]:
        begun, trainee, steps = time.monotonic(), self._trainee, self._recipe.training.steps
        try:
            yield Started(f"Training {self._recipe.title}", steps)
            for message in self._warnings:
                yield Warned(message)
            while trainee.step < steps:
                if self._is_validation_due():
                    yield from self._validate()
                self._take_step()
                yield Advanced(trainee.step)
                if trainee.step % _READ_EVERY == 0 or trainee.step == steps:
                    yield self._read_losses()
            yield from self._finish()
        except GeneratorExit:
            # Losses that were not read yet may be broken, and the weights with them.
            if trainee.is_finite:
                self._save_last("stopped")
            raise
        n_parameters = sum(parameter.numel() for parameter in trainee.network.parameters())
        return TrainingResult(
            self._folder, steps, trainee.best_step, trainee.best_error_px, n_parameters, time.monotonic() - begun
        )

    def advice_on_memory(self) -> str:
        part = self._recipe.training
        return (
            f"{self._device} has no memory left for {part.labelled_batch} + {part.unlabelled_batch} images of "
            f"{self._recipe.input.size} px with the {self._recipe.student.backbone!r} network. Lower "
            "training.labelled_batch, training.unlabelled_batch or input.size, take a smaller backbone, or close what "
            "else uses the device."
        )

    def _take_step(self) -> None:
        progress = self._trainee.step / self._recipe.training.steps
        batch = self._batches.at(self._trainee.step, with_unlabelled=self._loss.needs_unlabelled(progress))
        output = self._trainee.forward(batch.images)
        parts = self._loss(output, batch, progress)
        self._trainee.learn(parts.sum())
        self._unread.append(parts.detach())

    def _read_losses(self) -> Measured:
        values = torch.stack(self._unread).cpu()
        first = self._trainee.step - len(self._unread)
        self._unread.clear()
        broken = (~torch.isfinite(values)).nonzero()
        if len(broken):
            row, column = broken[0].tolist()
            what = f"The loss {self._loss.names[column]!r} became {values[row, column].item()}"
            raise self._not_finite(what, first + row + 1)
        means = dict(zip(self._loss.names, values.mean(0).tolist(), strict=True))
        return Measured(self._trainee.step, {"loss": sum(means.values()), **means})

    def _not_finite(self, what: str, step: int) -> NonFiniteLoss:
        return NonFiniteLoss(
            f"{what} at step {step} (recipe {self._recipe.name}). The last good checkpoint in {self._folder} is kept. "
            f"Lower training.learning_rate (now {self._recipe.training.learning_rate:g}) or the weights of the terms."
        )

    def _is_validation_due(self) -> bool:
        step = self._trainee.step
        return step > 0 and step % self._recipe.training.validate_every == 0 and self._trainee.validated_at < step

    def _validate(self) -> Iterator[Event]:
        trainee = self._trainee
        if self._unread:
            yield self._read_losses()
        if not trainee.is_finite:
            raise self._not_finite("A weight of the network is not a number any more", trainee.step)
        if len(self._validation):
            yield from self._compare_with_best()
        trainee.validated_at = trainee.step
        # Saved as a share of the time, so that a large network on a fast device is not kept waiting for its disk.
        if time.monotonic() - self._saved_at > self._saving_s / _SAVING_SHARE:
            self._save_last("running")
            yield Saved("checkpoint", str(self._folder / LAST_FILE))

    def _compare_with_best(self) -> Iterator[Event]:
        trainee = self._trainee
        errors = []
        for error in self._validation.errors():
            errors.append(error)
            yield Advanced(trainee.step, "validating")
        error_px = torch.cat(errors).mean().item()
        yield Measured(trainee.step, {"val_radial_error_px": error_px})
        if trainee.best_error_px is None or error_px < trainee.best_error_px:
            trainee.best_step, trainee.best_error_px = trainee.step, error_px
            write_checkpoint(self._folder / BEST_FILE, trainee.weights())
            yield Saved("best", str(self._folder / BEST_FILE))

    def _finish(self) -> Iterator[Event]:
        if self._trainee.validated_at < self._trainee.step:
            yield from self._validate()
        if not len(self._validation):
            write_checkpoint(self._folder / BEST_FILE, self._trainee.weights())
            yield Saved("best", str(self._folder / BEST_FILE))
        self._save_last("done")
        yield Saved("checkpoint", str(self._folder / LAST_FILE))

    def _save_last(self, status: str) -> None:
        begun = time.monotonic()
        write_checkpoint(self._folder / LAST_FILE, self._trainee.whole(status))
        self._saved_at = time.monotonic()
        self._saving_s = self._saved_at - begun


def _fabric(device: torch.device, precision: devices.Precision) -> Fabric:
    index = [device.index or 0] if device.type == "cuda" else 1
    # Handed over as a plugin because Fabric prints a line when it makes the same one from its name.
    plugin = MixedPrecision(precision, device.type) if precision == "bf16-mixed" else Precision()
    return Fabric(accelerator=device.type, devices=index, plugins=[plugin])


def _member(run: LoadedRun, landmarks: tuple[str, ...], fabric: Fabric) -> Member:
    network = fabric.setup_module(networks.laid_out(run.network(), fabric.device))
    order = tuple(run.landmarks.index(name) for name in landmarks)
    return Member(network, run.size, run.recipe.input.sigma_px, order)
