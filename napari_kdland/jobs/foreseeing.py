"""Before a training starts: whether labels, memory and disk suffice, and how long it will take by a measured step."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_kdland.errors import OutOfMemory, RunError, TrainingError
from napari_kdland.events import Job, Started
from napari_kdland.jobs.freezing import FrozenData, freeze
from napari_kdland.jobs.lineage import teachers_of
from napari_kdland.jobs.studying.estimating import Pace, marks_on, shortened, timed
from napari_kdland.jobs.training import TrainingOrder, setup_of
from napari_kdland.jobs.training_inputs import channels_of, heads_of, training_data
from napari_kdland.project import Project

if TYPE_CHECKING:
    from napari_kdland.engine.devices import Device
    from napari_kdland.project import RunRecord

_FEW = 3
_N_LABELLED, _N_VALIDATION = 16, 8
_BYTES_PER_PIXEL = 2
_LONG_S = 12 * 3600.0
_CHECKPOINTS = "*.safetensors"


@dataclass(frozen=True)
class Foresight:
    """What is known of a training before it starts.

    Parameters
    ----------
    seconds, step_s
        Estimated for the whole training, and measured for one step.
    memory_bytes, free_bytes
        Estimated for a step, and free on the device; `None` where the device does not say.
    disk_bytes, disk_free_bytes
        That checkpoints and prepared images will take, and that are free.
    device
        What it will be trained on, for people.
    warnings
        What may go wrong, in sentences.
    """

    seconds: float
    step_s: float
    memory_bytes: int
    free_bytes: int | None
    disk_bytes: int
    disk_free_bytes: int
    device: str
    warnings: tuple[str, ...] = ()


def foresee_training(project_path: Path, order: TrainingOrder) -> Job[Foresight]:
    """Look at labels, memory and disk, and time a few steps on a few of the images; nothing of it is kept.

    Raises
    ------
    TrainingError
        If the training cannot work: nothing to learn from, no such device, too little memory or disk.
    OutOfMemory
        If a step of the recipe's batch does not fit on the device.
    RecipeError, RunError
        If the teachers are not those that the recipe wants.
    """
    yield Started("Checking before the start")
    recipe = order.recipe
    with Project.open(project_path, announce=False) as project:
        teachers = teachers_of(project, order)
        frozen = freeze(project, labels=order.labels, seed=order.seed, heads=heads_of(recipe))
        warnings = tuple(_words_on_labels(project, frozen, order))
        found = yield from _foreseen(project, order, teachers, frozen)
    return replace(found, warnings=(*warnings, *found.warnings))


def foresee_resumption(project_path: Path, run: str, *, device: str = "auto") -> Job[Foresight]:
    """Look at memory and disk before a run goes on, and time a few of its steps; the labels are those it began with.

    Raises
    ------
    TrainingError
        If it cannot work: no such device, too little memory or disk.
    OutOfMemory
        If a step of the recipe's batch does not fit on the device, or into the machine.
    RunError, RecipeError
        If there is no such run, or its folder is damaged.
    """
    yield Started("Checking before the start")
    with Project.open(project_path, announce=False) as project:
        record, recipe = project.runs.get(run), project.runs.recipe_of(run)
        if record.loss:
            raise RunError(record.loss)
        order = TrainingOrder(recipe, seed=record.seed, teachers=record.teachers, device=device)
        return (yield from _foreseen(project, order, record.teachers, FrozenData.read(record.folder), begun=record))


def _foreseen(
    project: Project,
    order: TrainingOrder,
    teachers: tuple[str, ...],
    frozen: FrozenData,
    *,
    begun: RunRecord | None = None,
) -> Job[Foresight]:
    recipe, path = order.recipe, project.path
    if "torch" not in sys.modules:
        yield Started("Loading what learns")
    device, memory = _device_of(order), _memory_of(project, order)
    warnings = _words_on_memory(memory, device)
    yield Started("Timing a few steps")
    pace, checkpoints = yield from _measured(project, order, teachers, frozen)
    seconds = pace.seconds(recipe, frozen)
    if begun is not None:
        seconds *= max(0.0, 1 - begun.steps_done / recipe.training.steps)
        checkpoints = checkpoints.after(begun.folder)
    disk, free = checkpoints.bytes_needed + _cache_bytes(project, frozen, order), shutil.disk_usage(path).free
    warnings += [*_words_on_disk(disk, free, path), *_words_on_time(seconds, pace.step_s)]
    return Foresight(seconds, pace.step_s, memory, device.free_bytes, disk, free, device.title, tuple(warnings))


@dataclass(frozen=True)
class _Checkpoints:
    """What checkpoints take on the disk; the largest is written whole beside the one before it."""

    kept_bytes: int
    largest_bytes: int

    @property
    def bytes_needed(self) -> int:
        return self.kept_bytes + self.largest_bytes

    def after(self, folder: Path) -> _Checkpoints:
        """Give what is still to come beside those that lie in a run's folder."""
        there = sum(path.stat().st_size for path in folder.glob(_CHECKPOINTS))
        return replace(self, kept_bytes=max(0, self.kept_bytes - there))


def _measured(
    project: Project, order: TrainingOrder, teachers: tuple[str, ...], frozen: FrozenData
) -> Job[tuple[Pace, _Checkpoints]]:
    """Train a few steps in a folder that vanishes; gives the pace, and what the checkpoints of a run take."""
    from napari_kdland.engine.training import train

    first, last = marks_on(order.device)
    recipe = shortened(order.recipe, last)
    few = replace(
        frozen,
        labelled=frozen.labelled[:_N_LABELLED],
        unlabelled=frozen.unlabelled[: recipe.training.unlabelled_batch],
        validation=frozen.validation[:_N_VALIDATION],
    )
    data = yield from training_data(project, few, recipe)
    with tempfile.TemporaryDirectory(dir=project.layout.cache_folder, prefix="foresight-") as name:
        folder = Path(name)
        job = train(data, recipe, folder, setup_of(project, teachers), seed=order.seed, device=order.device)
        pace = yield from timed(job, few, first, last)
        sizes = [path.stat().st_size for path in folder.glob(_CHECKPOINTS)]
    return pace, _Checkpoints(order.recipe.training.rounds * sum(sizes), max(sizes, default=0))


def _device_of(order: TrainingOrder) -> Device:
    from napari_kdland.engine import devices

    chosen = str(devices.choose(order.device))
    return next(device for device in devices.devices() if device.name == chosen)


def _memory_of(project: Project, order: TrainingOrder) -> int:
    from napari_kdland.engine.checkpoints import heads_of as network_heads
    from napari_kdland.engine.costs import bytes_of_step

    scheme = project.scheme
    n_landmarks, n_regions = len(scheme.landmark_names), len(scheme.regions)
    return bytes_of_step(order.recipe, network_heads(order.recipe.heads, n_landmarks, n_regions, overlapping=True))


def _words_on_labels(project: Project, frozen: FrozenData, order: TrainingOrder) -> list[str]:
    if not order.recipe.heads.landmarks:
        return []
    counts = dict.fromkeys(project.scheme.landmark_names, 0)
    for image in frozen.labelled:
        for name, state, _ in image.landmarks or ():
            counts[name] += state.has_point
    few = [f"{project.scheme.title_of(name)} ({count})" for name, count in counts.items() if count < _FEW]
    words = f"Few labels of {', '.join(few)} in {len(frozen.labelled)} labelled images: it will hardly be learnt."
    lacking = ["There are no labelled validation images: nothing tells which step is the best one."]
    return [*([words] if few else []), *([] if frozen.validation else lacking)]


def _words_on_memory(wanted: int, device: Device) -> list[str]:
    if device.total_bytes is not None and device.name == "cpu" and wanted > device.total_bytes:
        raise OutOfMemory(
            f"A step takes about {_gib(wanted)} of memory, and this machine has {_gib(device.total_bytes)}. Lower "
            "training.labelled_batch, training.unlabelled_batch or input.size, or take a smaller backbone."
        )
    if device.free_bytes is not None and wanted > device.free_bytes:
        return [
            f"A step takes up to {_gib(wanted)} of memory, and {_gib(device.free_bytes)} are free on {device.title}. "
            "Close what else uses it, or lower the batch."
        ]
    return []


def _words_on_disk(wanted: int, free: int, path: Path) -> list[str]:
    if wanted > free:
        raise TrainingError(
            f"Checkpoints and prepared images take {_mib(wanted)}, and {_mib(free)} are free where {path} lies. Free "
            "space, or delete runs that are not needed any more."
        )
    if 3 * wanted > free:
        return [f"The disk is nearly full: {_mib(free)} are free, and this training takes {_mib(wanted)} of them."]
    return []


def _words_on_time(seconds: float, step_s: float) -> list[str]:
    if seconds < _LONG_S:
        return []
    return [f"It will take about {seconds / 3600:.0f} hours ({step_s:.2f} s a step). Fewer steps, or a GPU, take less."]


def _cache_bytes(project: Project, frozen: FrozenData, order: TrainingOrder) -> int:
    """Give what the images that are not prepared yet will take in the cache."""
    from napari_kdland.engine.pool import ImagePool

    size = order.recipe.input.size
    missing = ImagePool.open(project.layout.cache_folder, size).missing(frozen.hashes)
    return len(missing) * max(1, len(channels_of(order.recipe))) * size * size * _BYTES_PER_PIXEL


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.1f} GiB"


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:.0f} MiB"
