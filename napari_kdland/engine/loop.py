"""The one training loop: a generator of events that can be stopped after any step and gone on with exactly."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from napari_kdland.engine import devices
from napari_kdland.engine.assembly import fabric_for, level_heads, member_of, online_member, tap_channels
from napari_kdland.engine.batches import Batches
from napari_kdland.engine.checkpoints import (
    BEST_FILE,
    LAST_FILE,
    Checkpoint,
    RunFacts,
    heads_of,
    load_run,
    read_checkpoint,
    write_checkpoint,
    write_run,
)
from napari_kdland.engine.losses import RecipeLoss, sliced
from napari_kdland.engine.networks.base import STRIDE
from napari_kdland.engine.preconditions import check_data, check_same_run, check_start, check_teachers
from napari_kdland.engine.probing import ProbeImage, Probes
from napari_kdland.engine.teaching import Teaching
from napari_kdland.engine.trainee import Trainee
from napari_kdland.engine.validation import Validation, Verdict, fitted_sample
from napari_kdland.errors import NonFiniteLoss
from napari_kdland.events import Advanced, Measured, Saved, Started, Warned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lightning_fabric import Fabric
    from torch import Tensor

    from napari_kdland.engine.batches import Batch
    from napari_kdland.engine.distillation.base import TeacherOutput
    from napari_kdland.engine.networks.base import Heads, NetworkOutput
    from napari_kdland.engine.training_data import TrainingData
    from napari_kdland.events import Event, Job
    from napari_kdland.recipes import Recipe

# Losses are read from the device this often: each reading makes a GPU wait.
_READ_EVERY = 10
# Outside of this the teacher's maps are so flat, or so sharp, that they teach hardly anything. Most pixels of a region
# are certain, so its maps cannot be too sharp.
_SANE_ENTROPY = {"landmarks": (0.1, 0.8), "regions": (0.0, 0.8)}
# Saving the last checkpoint may take this share of the time at most.
_SAVING_SHARE = 0.05
# The second of two peers starts from other weights, and draws its dropout apart; its part of a checkpoint is named so.
_PEER = 1_000_003
_PREFIXES = ("", "peer.")
# Weights that a loss brings along are drawn apart from those of the network.
_ALONG = 2


@dataclass(frozen=True)
class TrainingResult:
    """What a training came to.

    `best_step` and `best_error_px` (mean radial error on the validation images, in image pixels) are `None` where there
    were no validation images; the last averaged weights are the best ones then. `best_dice` is the mean Dice of the
    regions at that step.
    """

    folder: Path
    steps: int
    best_step: int | None
    best_error_px: float | None
    best_dice: float | None
    n_parameters: int
    seconds: float


@dataclass(frozen=True)
class TrainingSetup:
    """What a training is about, besides its recipe and data.

    Parameters
    ----------
    landmarks
        Names of the L landmarks in the data's order.
    mirrored_order
        `Scheme.mirrored_order`.
    regions
        Names of the R regions in the data's order.
    scheme
        Name of the scheme, for run.toml.
    teachers
        Folders of the teacher runs, as many as the recipe wants; they may belong to another project.
    start
        Folder of the run whose weights are the first ones, for a recipe that begins with trained ones.
    probes
        Images that are watched: at every validation it is told what the network sees in them.
    """

    landmarks: tuple[str, ...]
    mirrored_order: tuple[int, ...]
    regions: tuple[str, ...] = ()
    scheme: str = ""
    teachers: tuple[Path, ...] = ()
    start: Path | None = None
    probes: tuple[ProbeImage, ...] = ()


class Loop:
    """One training from its first step to its last."""

    def __init__(
        self, data: TrainingData, recipe: Recipe, folder: Path, setup: TrainingSetup, *, seed: int, device: str
    ) -> None:
        self._data, self._recipe, self._folder, self._setup, self._seed = data, recipe, folder, setup, seed
        check_data(data, recipe, setup.landmarks)
        self._teachers = check_teachers(setup.teachers, recipe, setup.landmarks, setup.regions)
        self._start = check_start(setup.start, recipe, setup.landmarks, setup.regions)
        self._device = devices.choose(device)
        self._precision = devices.precision(recipe.training.precision, self._device)

    def prepare(self, *, resume: bool) -> None:
        """Build networks, losses and batches, or take them up where the last checkpoint left them."""
        data, recipe = self._data, self._recipe
        fabric = fabric_for(self._device, self._precision)
        overlapping = data.masks is None or data.masks.overlapping
        heads = heads_of(recipe.heads, data.n_landmarks, data.n_regions, overlapping=overlapping)
        self._batches = Batches(
            data, recipe, mirrored_order=self._setup.mirrored_order, seed=self._seed, device=fabric.device
        )
        self._losses, self._trainees = [], []
        for number in range(2 if recipe.teacher.source == "peer" else 1):
            channels, seed = tap_channels(recipe, heads, self._teachers), self._seed + number * _PEER
            with devices.drawn_from(torch.device("cpu"), seed, _ALONG):
                levels = level_heads(recipe, heads, channels)
                loss = RecipeLoss(recipe, heads.n_landmarks, overlapping=overlapping, channels=channels, levels=levels)
            self._losses.append(loss)
            self._trainees.append(self._new_trainee(heads, loss, fabric, seed))
        self._trainee, self._loss = self._trainees[0], self._losses[0]
        self._teaching = self._new_teaching(heads, fabric, overlapping=overlapping)
        self._validation, self._fit = (
            Validation(judged, recipe, self._trainee.predict, fabric.device) for judged in (data, fitted_sample(data))
        )
        self._probes = Probes(self._setup.probes, data, recipe, self._trainee.predict, fabric.device)
        self._unread: list[Tensor] = []
        self._warnings: list[str] = []
        self._looked_at: set[str] = set()
        self._saving_s, self._saved_at = 0.0, -math.inf
        facts = self._facts()
        if not len(self._validation):
            self._warnings.append(
                "There are no validation images: the last averaged weights are kept as the best ones."
            )
        if resume:
            self._restore(facts)
        write_run(self._folder, facts)

    def _new_trainee(self, heads: Heads, loss: RecipeLoss, fabric: Fabric, seed: int) -> Trainee:
        recipe = self._recipe
        start = self._start.checkpoint.part("average") if self._start else None
        n_channels = len(recipe.input.channels) or 1
        return Trainee(recipe, heads, n_channels=n_channels, seed=seed, fabric=fabric, along=loss, start=start)

    def _new_teaching(self, heads: Heads, fabric: Fabric, *, overlapping: bool) -> Teaching | None:
        recipe, setup = self._recipe, self._setup
        if recipe.teacher.source == "none":
            return None
        members = [member_of(run, recipe, setup.landmarks, setup.regions, fabric) for run in self._teachers]
        if recipe.is_taught_online:
            network = self._trainee.itself if recipe.teacher.source == "self" else self._trainee.predict
            members = [online_member(network, recipe, heads)]
        return Teaching(recipe, members, self._batches, seed=self._seed, overlapping=overlapping)

    def _facts(self) -> RunFacts:
        data, setup = self._data, self._setup
        is_absent_somewhere = (data.presence == 0).any(axis=0)
        return RunFacts(
            recipe=self._recipe,
            landmarks=setup.landmarks,
            regions=setup.regions if self._recipe.heads.regions else (),
            regions_overlap=data.masks is None or data.masks.overlapping,
            mirrored_order=setup.mirrored_order,
            scheme=setup.scheme,
            seed=self._seed,
            n_labelled=len(data.labelled),
            n_unlabelled=len(data.unlabelled),
            n_validation=len(data.validation),
            teachers=tuple(str(run.folder) for run in self._teachers),
            start=str(self._start.folder) if self._start else "",
            lineage=tuple(run.digest for run in (*self._teachers, *([self._start] if self._start else []))),
            knows_absence=tuple(
                name for name, is_absent in zip(setup.landmarks, is_absent_somewhere, strict=True) if is_absent
            ),
            device=str(self._device),
            precision=self._precision,
        )

    def _restore(self, facts: RunFacts) -> None:
        run = load_run(self._folder)
        check_same_run(run, facts)
        checkpoint = read_checkpoint(self._folder / LAST_FILE)
        for trainee, prefix in zip(self._trainees, _PREFIXES, strict=False):
            trainee.restore(checkpoint, prefix)
        before, now = f"{run.facts.device} in {run.facts.precision}", f"{facts.device} in {facts.precision}"
        if before != now:
            self._warnings.append(
                f"The run was begun on {before} and goes on on {now}: its result will differ from an unbroken one's."
            )

    def run(self) -> Job[TrainingResult]:
        """Train to the end; closed early, save where it stands."""
        begun, trainee, steps = time.monotonic(), self._trainee, self._recipe.training.steps
        try:
            yield from self._ask_before()
            yield Started(f"Training {self._recipe.title}", steps)
            for message in self._warnings:
                yield Warned(message)
            while trainee.step < steps:
                if self._is_validation_due():
                    yield from self._validate()
                self._take_step()
                yield Advanced(trainee.step)
                yield from self._warn_of_dead_terms()
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
            self._folder,
            steps,
            trainee.best_step,
            trainee.best_error_px,
            trainee.best_dice,
            n_parameters,
            time.monotonic() - begun,
        )

    def advice_on_memory(self) -> str:
        """Say what to do when the device has no memory left."""
        part = self._recipe.training
        return (
            f"{self._device} has no memory left for {part.labelled_batch} + {part.unlabelled_batch} images of "
            f"{self._recipe.input.size} px with the {self._recipe.student.backbone!r} network. Lower "
            "training.labelled_batch, training.unlabelled_batch or input.size, take a smaller backbone, or close what "
            "else uses the device."
        )

    @property
    def _grid(self) -> tuple[int, int]:
        side = self._recipe.input.size // STRIDE
        return side, side

    def _ask_before(self) -> Iterator[Event]:
        """Ask a teacher that says the same at every step once, before the first."""
        is_over = self._trainee.step >= self._recipe.training.steps
        if self._teaching is None or is_over or not self._teaching.is_asked_before:
            return
        begun = False
        for done, total in self._teaching.remember(self._folder, self._grid):
            if not begun:
                yield Started("Asking the teacher", total)
                begun = True
            yield Advanced(done, "asking the teacher")

    def _take_step(self) -> None:
        trainee = self._trainee
        progress = trainee.step / self._recipe.training.steps
        batch = self._batches.at(trainee.step, with_unlabelled=self._loss.needs_unlabelled(progress))
        asked = (batch.images, self._loss.taps(progress))
        both = zip(self._losses, self._trainees, strict=True)
        outputs = [loss.with_levels(trainee.forward(*asked)) for loss, trainee in both]
        losses = []
        # Of two peers each hears the other; a student whose levels teach hears itself.
        for loss, output, other in zip(self._losses, outputs, reversed(outputs), strict=True):
            losses.append(loss(output, batch, progress, self._asker(batch, other)))
        for each, parts in zip(self._trainees, losses, strict=True):
            each.learn(parts.sum())
        self._unread.append(losses[0].detach())

    def _asker(self, batch: Batch, other: NetworkOutput) -> Callable[[slice], TeacherOutput] | None:
        """Give the way to ask the teacher of some of a batch's images; peers and levels are heard, others asked."""
        teaching, step = self._teaching, self._trainee.step
        if teaching is None:
            return None
        if self._recipe.teacher.source in ("peer", "levels"):
            return lambda rows: teaching.heard(sliced(other, rows))
        return lambda rows: teaching(batch, rows, self._grid, step)

    def _warn_of_dead_terms(self) -> Iterator[Event]:
        """Warn, a term once, of targets that teach hardly anything."""
        new = {name: one for name, one in self._loss.target_entropies.items() if name not in self._looked_at}
        self._looked_at.update(new)
        if self._recipe.is_taught_online:
            return
        for name, (reads, share) in new.items():
            least, most = _SANE_ENTROPY[reads]
            value = share.item()
            if not least <= value <= most:
                maps = "heatmaps" if reads == "landmarks" else "regions"
                yield Warned(
                    f"The teacher's {maps}, as {name} reads them, have a normalised entropy of {value:.2f}, outside of "
                    f"{least:g} to {most:g}: they are too {'flat' if value > most else 'sharp'} to teach much. Look at "
                    "the teacher's predictions, or change inverse_temperature of the term."
                )

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
        on_train = yield from self._judge(self._fit)
        on_val = yield from self._judge(self._validation)
        if measured := on_val.measured("val") | on_train.measured("train"):
            yield Measured(trainee.step, measured)
        if on_val.is_better_than(trainee.best_error_px, trainee.best_dice):
            yield self._keep_as_best(on_val)
        trainee.validated_at = trainee.step
        yield from self._probes.seen(trainee.step)
        # Saved as a share of the time, so that a large network on a fast device is not kept waiting for its disk.
        if time.monotonic() - self._saved_at > self._saving_s / _SAVING_SHARE:
            self._save_last("running")
            yield Saved("checkpoint", str(self._folder / LAST_FILE))

    def _judge(self, images: Validation) -> Job[Verdict]:
        judged = []
        for part in images.judged():
            judged.append(part)
            yield Advanced(self._trainee.step, "validating")
        return Verdict.of(judged)

    def _keep_as_best(self, verdict: Verdict) -> Saved:
        trainee = self._trainee
        trainee.best_step, trainee.best_error_px, trainee.best_dice = trainee.step, verdict.error_px, verdict.dice
        write_checkpoint(self._folder / BEST_FILE, trainee.weights())
        return Saved("best", str(self._folder / BEST_FILE))

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
        parts = [each.whole(status, prefix) for each, prefix in zip(self._trainees, _PREFIXES, strict=False)]
        tensors = {name: value for part in parts for name, value in part.tensors.items()}
        write_checkpoint(self._folder / LAST_FILE, Checkpoint(tensors, parts[0].facts))
        self._saved_at = time.monotonic()
        self._saving_s = self._saved_at - begun
