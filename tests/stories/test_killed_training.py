"""A training whose process is killed goes on, in another process, to the bit-identical result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from napari_kdland.project import Project
from tests.makers import a_project
from tests.stories.processes import ONE_THREAD

SETTINGS = (
    "input.size=64",
    "input.sigma_px=4",
    "student.backbone=tiny",
    "training.steps=16",
    "training.validate_every=4",
)


def train(path: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "napari_kdland", "train", str(path), "--device", "cpu", *options]


def settings() -> list[str]:
    return [word for setting in SETTINGS for word in ("--set", setting)]


def kill_after_a_checkpoint(path: Path) -> int:
    """Begin a training and kill it between its checkpoints and its end; gives the steps that it had saved."""
    with subprocess.Popen(train(path, "--name", "run", *settings()), env=ONE_THREAD, stderr=subprocess.DEVNULL) as one:
        while one.poll() is None:
            with Project.open(path, announce=False) as project:
                steps = [run.steps_done for run in project.runs.all()]
            if steps and 4 <= steps[0] < 16:
                os.kill(one.pid, signal.SIGKILL)
                return steps[0]
            time.sleep(0.02)
    pytest.fail("the training was over before it could be killed")


def weights(path: Path) -> dict[str, bytes]:
    """Give the bits of every tensor of the best and of the last weights."""
    return {
        f"{file.name} {name}": tensor.tobytes()
        for file in (path / "runs" / "run").glob("*.safetensors")
        for name, tensor in load_file(file).items()
    }


@pytest.mark.slow
def test_a_training_whose_process_was_killed_goes_on_to_the_identical_weights(tmp_path: Path):
    broken, whole = a_project(tmp_path / "a"), a_project(tmp_path / "b")
    subprocess.run(train(whole, "--name", "run", *settings()), env=ONE_THREAD, check=True, capture_output=True)

    saved = kill_after_a_checkpoint(broken)
    subprocess.run(train(broken, "--resume", "run"), env=ONE_THREAD, check=True, capture_output=True)

    assert 4 <= saved < 16
    with Project.open(broken) as project:
        assert [(run.status, run.steps_done) for run in project.runs.all()] == [("done", 16)]
    assert {name.split()[0] for name in weights(whole)} == {"best.safetensors", "last.safetensors"}
    assert weights(broken) == weights(whole)
