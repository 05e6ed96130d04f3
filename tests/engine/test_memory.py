import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from napari_kdland.engine import heatmaps, memory
from napari_kdland.engine.distillation.base import TeacherOutput
from napari_kdland.engine.memory import TeacherMemory
from napari_kdland.errors import TrainingError
from tests.engine.factories import noise

CPU = torch.device("cpu")
ROWS = np.array([7, 3, 20, 11])


def what_is_said(n: int = 4, *, seed: int = 0, regions: int = 3) -> TeacherOutput:
    logs = heatmaps.log_softmax(5 * noise(n, 2, 16, 16, seed=seed))
    return TeacherOutput(logs, 1.5, noise(n, regions, 16, 16, seed=seed + 1))


def disagreeing(output: TeacherOutput) -> TeacherOutput:
    n = len(output.regions)
    return replace(output, points=noise(n, 2, 2), between=noise(n, 2, 2, 2), variance=noise(n, 2, 16, 16).abs())


def filled(folder: Path, output: TeacherOutput, *, chunk: int = 3) -> TeacherMemory:
    with TeacherMemory(folder, ROWS) as kept:
        for start in range(0, len(ROWS), chunk):
            rows = slice(start, start + chunk)
            parts = {name: value[rows] for name, value in vars(output).items() if isinstance(value, torch.Tensor)}
            kept.add(replace(output, **parts))
    return kept


class FullFile:
    """A file on a disk without room; what fits its buffer is only missed when it is flushed."""

    def __init__(self, *, buffered: bool) -> None:
        self._buffered = buffered

    def write(self, _: bytes) -> None:
        if not self._buffered:
            self.flush()

    def close(self) -> None:
        self.flush()

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_what_was_said_of_an_image_is_read_back_in_any_order(tmp_path: Path):
    output = what_is_said()
    kept = filled(tmp_path, output)

    read = kept.read([11, 7, 11], CPU)

    order = [3, 0, 3]
    # Half precision keeps three figures.
    torch.testing.assert_close(read.log_probabilities, output.log_probabilities[order], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(read.regions, output.regions[order], rtol=1e-3, atol=1e-3)
    assert read.sigma == 1.5
    assert read.log_probabilities.dtype == torch.float32


def test_disagreement_is_kept_too(tmp_path: Path):
    output = disagreeing(what_is_said())

    read = filled(tmp_path, output).read(ROWS.tolist(), CPU)

    torch.testing.assert_close(read.points, output.points)
    torch.testing.assert_close(read.between, output.between)
    torch.testing.assert_close(read.variance, output.variance, rtol=1e-3, atol=1e-3)


def test_what_was_not_said_is_not_read(tmp_path: Path):
    read = filled(tmp_path, what_is_said()).read([3], CPU)

    assert (read.points, read.between, read.variance, read.inside) == (None, None, None, None)


def test_a_teacher_without_regions_is_kept_without_them(tmp_path: Path):
    read = filled(tmp_path, what_is_said(regions=0)).read([3, 7], CPU)

    assert read.regions.shape == (2, 0, 16, 16)


def test_what_is_read_may_be_changed_without_changing_what_is_kept(tmp_path: Path):
    kept = filled(tmp_path, what_is_said())
    before = kept.read([3], CPU).log_probabilities

    kept.read([3], CPU).log_probabilities.zero_()

    assert torch.equal(kept.read([3], CPU).log_probabilities, before)


def test_even_the_least_logarithm_stays_finite(tmp_path: Path):
    output = replace(what_is_said(), log_probabilities=torch.full((4, 2, 16, 16), -70.0))

    assert filled(tmp_path, output).read([3], CPU).log_probabilities.isfinite().all()


def test_no_file_is_left_to_be_seen(tmp_path: Path):
    kept = filled(tmp_path, disagreeing(what_is_said()))

    assert list(tmp_path.iterdir()) == []
    assert kept.read([3], CPU) is not None


@pytest.mark.parametrize("buffered", [True, False])
def test_a_full_disk_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buffered: bool):
    def opened(**_: Any) -> FullFile:
        return FullFile(buffered=buffered)

    monkeypatch.setattr(memory.tempfile, "TemporaryFile", opened)

    with pytest.raises(TrainingError, match=r"cannot be kept in .*No space left.*Free space, or set views.kind"):
        filled(tmp_path, what_is_said())
