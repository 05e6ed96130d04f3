"""The folder of a run: run.toml, and checkpoints as safetensors that are written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors
import tomli_w
import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import save
from torch import Tensor

from napari_kdland.engine import networks
from napari_kdland.engine.networks.base import STRIDE, Heads
from napari_kdland.errors import RunError, TrainingError
from napari_kdland.recipes import Recipe

if TYPE_CHECKING:
    from napari_kdland.engine.networks.base import Backbone
    from napari_kdland.recipes.model import HeadsPart

RUN_FILE, LAST_FILE, BEST_FILE = "run.toml", "last.safetensors", "best.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, and plain facts that go with them (step, best error, ...)."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any] = field(default_factory=dict)

    def part(self, prefix: str) -> dict[str, Tensor]:
        """Give the tensors under a prefix, without it."""
        start = f"{prefix}."
        return {name.removeprefix(start): value for name, value in self.tensors.items() if name.startswith(start)}


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint whole, or leave the previous one as it was.

    Raises
    ------
    TrainingError
        If it cannot be written.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in checkpoint.tensors.items()}
    write_whole(path, save(tensors, metadata={"facts": json.dumps(checkpoint.facts)}))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, flush it to the disk, then put it there in one move.

    Raises
    ------
    TrainingError
        If the disk is full or the folder cannot be written; what was there before is untouched.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except FileNotFoundError as error:
        raise TrainingError(
            f"The folder {path.parent} is gone: it was moved or deleted outside of the program, and {path.name} cannot "
            "be written there. Put it back, then go on."
        ) from error
    except OSError as error:
        beside.unlink(missing_ok=True)
        what = "the disk is full" if error.errno == errno.ENOSPC else str(error)
        kept = "The previous one is kept. " if path.exists() else ""
        raise TrainingError(
            f"Cannot write {path}: {what} ({len(content) / 1e6:.0f} MB wanted). {kept}Free space, then resume the run."
        ) from error


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; nothing in it is executed.

    Raises
    ------
    RunError
        If it is missing or damaged.
    """
    if not path.is_file():
        raise RunError(f"There is no {path.name} in {path.parent}. Was the run stopped before its first checkpoint?")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, the file is no mapping
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise RunError(
            f"The checkpoint {path} is damaged: {error}. Restore it from a backup or train again."
        ) from error
    return Checkpoint(tensors, facts)


class RunFacts(BaseModel):
    """What stands in run.toml: all that is needed to read the weights, and what the run was made from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: Recipe
    landmarks: tuple[str, ...]
    regions: tuple[str, ...] = ()
    regions_overlap: bool = True
    mirrored_order: tuple[int, ...]
    scheme: str
    seed: int
    n_labelled: int
    n_unlabelled: int
    n_validation: int
    teachers: tuple[str, ...]
    start: str = ""
    # SHA-256 of the weights of teachers and start: folders may be renamed and moved, weights may not change.
    lineage: tuple[str, ...] = ()
    knows_absence: tuple[str, ...]
    device: str
    precision: str
    versions: dict[str, str] = Field(default_factory=dict)


def write_run(folder: Path, facts: RunFacts) -> None:
    """Write run.toml, with the versions that the run was made with.

    Raises
    ------
    TrainingError
        If the folder cannot be written.
    """
    versions = {name: version(name) for name in ("napari-kdland", "torch", "monai", "lightning-fabric", "numpy")}
    values = facts.model_copy(update={"versions": {"python": platform.python_version(), **versions}})
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"Cannot make the run folder {folder}: {error}. Make the project writable.") from error
    write_whole(folder / RUN_FILE, tomli_w.dumps(values.model_dump(mode="json")).encode())


@dataclass(frozen=True)
class LoadedRun:
    """A run read back from its folder."""

    folder: Path
    facts: RunFacts

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def recipe(self) -> Recipe:
        """The recipe as it was run."""
        return self.facts.recipe

    @property
    def landmarks(self) -> tuple[str, ...]:
        """Names of the L landmarks in the network's order."""
        return self.facts.landmarks

    @property
    def size(self) -> int:
        """Side of the network's input in pixels."""
        return self.recipe.input.size

    @property
    def sigma(self) -> float:
        """Standard deviation of the targets in heatmap pixels."""
        return self.recipe.input.sigma_px / STRIDE

    @property
    def heads(self) -> Heads:
        """What the network says."""
        wanted, facts = self.recipe.heads, self.facts
        return heads_of(wanted, len(self.landmarks), len(facts.regions), overlapping=facts.regions_overlap)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file of the weights, the same wherever the folder lies.

        Raises
        ------
        RunError
            If there are none.
        """
        try:
            return hashlib.sha256(self._weights_path.read_bytes()).hexdigest()
        except OSError as error:
            raise RunError(
                f"The weights of {self.name} cannot be read: {error}. Restore them or train again."
            ) from error

    @property
    def _weights_path(self) -> Path:
        best = self.folder / BEST_FILE
        return best if best.exists() else self.folder / LAST_FILE

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The best weights by validation; the last averaged ones where the run was stopped before any validation.

        Raises
        ------
        RunError
            If there are none, or they are damaged.
        """
        return read_checkpoint(self._weights_path)

    def network(self) -> Backbone:
        """Build the network with its weights, ready to predict.

        Raises
        ------
        RunError
            If the weights do not fit the network that run.toml names.
        """
        with torch.random.fork_rng(devices=[]):
            network = networks.build(
                self.recipe.student.backbone,
                self.heads,
                channels=len(self.recipe.input.channels) or 1,
                dropout=self.recipe.student.dropout,
            )
        weights = self.checkpoint.part("average")
        try:
            network.load_state_dict(weights)
        except RuntimeError as error:
            first = str(error).splitlines()[0]
            raise RunError(
                f"The weights in {self.folder} do not fit the {self.recipe.student.backbone!r} network for "
                f"{len(self.landmarks)} landmarks that {RUN_FILE} names ({first}). Train the run again."
            ) from error
        return network.eval().requires_grad_(requires_grad=False)


def heads_of(wanted: HeadsPart, n_landmarks: int, n_regions: int, *, overlapping: bool) -> Heads:
    """Give what a network is asked for: regions that exclude each other take one channel more, for the background."""
    n_channels = n_regions + (not overlapping) if wanted.regions else 0
    return Heads(n_landmarks if wanted.landmarks else 0, n_channels)


def load_run(folder: Path) -> LoadedRun:
    """Read a run's folder.

    Raises
    ------
    RunError
        If the folder is no run, or its run.toml is damaged.
    """
    path = Path(folder) / RUN_FILE
    if not Path(folder).is_dir():
        raise RunError(
            f"There is no folder {folder}: the run was moved or deleted outside of the program, and its weights with "
            "it, or the path is wrong. Put it back from a copy, or choose another run."
        )
    if not path.is_file():
        raise RunError(f"{folder} is not the folder of a run: it has no {RUN_FILE}. Give a folder under runs/.")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return LoadedRun(Path(folder), RunFacts.model_validate(values))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} is damaged or of another version: {error}. Restore it or train again.") from error
