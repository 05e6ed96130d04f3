"""The weights of a run as they are passed on: those that predict, whole or at half precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_kdland.engine.checkpoints import BEST_FILE, Checkpoint, load_run, write_checkpoint

if TYPE_CHECKING:
    from pathlib import Path


def write_weights(run: Path, out: Path, *, half: bool) -> None:
    """Write the weights that a run predicts with, without what only a training needs.

    Parameters
    ----------
    run
        Folder of a trained run.
    out
        Folder that the weights are written to.
    half
        Round floating-point weights to float16: half the size; points move by hundredths of a pixel.

    Raises
    ------
    RunError
        If the run has no weights, or they are damaged.
    TrainingError
        If `out` cannot be written.
    """
    checkpoint = load_run(run).checkpoint
    tensors = {
        name: value.to(torch.float16) if half and value.is_floating_point() else value
        for name, value in checkpoint.tensors.items()
        if name.startswith("average.")
    }
    write_checkpoint(out / BEST_FILE, Checkpoint(tensors, checkpoint.facts))
