import errno
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.engine.checkpoints import (
    BEST_FILE,
    LAST_FILE,
    RUN_FILE,
    Checkpoint,
    load_run,
    read_checkpoint,
    write_checkpoint,
    write_whole,
)
from napari_kdland.errors import RunError, TrainingError
from tests.engine.factories import NAMES, a_recipe, a_run, noise

numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text() | st.booleans() | st.none()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_run(tmp_path_factory.mktemp("runs") / "first")


def a_copy(finished: Path, folder: Path) -> Path:
    folder.mkdir()
    for file in finished.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def full_disk(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_tensors_come_back_as_they_were(tmp_path: Path):
    strange = noise(3, 4, 2, 2).to(memory_format=torch.channels_last)
    write_checkpoint(tmp_path / "a", Checkpoint({"a.weight": strange, "b": torch.tensor(3)}))

    read = read_checkpoint(tmp_path / "a")

    assert torch.equal(read.part("a")["weight"], strange)
    assert read.tensors["b"].item() == 3


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(st.text(), numbers | st.lists(numbers)))
def test_facts_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, facts: dict):
    path = tmp_path_factory.mktemp("facts") / "a"
    write_checkpoint(path, Checkpoint({"a": torch.zeros(1)}, facts))

    assert read_checkpoint(path).facts == facts


def test_a_full_disk_leaves_the_previous_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_whole(tmp_path / "a", b"before")
    monkeypatch.setattr(os, "fsync", full_disk)

    with pytest.raises(TrainingError, match=r"Cannot write .*the disk is full.*The previous one is kept"):
        write_whole(tmp_path / "a", b"after")

    assert (tmp_path / "a").read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_file_is_put_in_place_in_one_move(tmp_path: Path):
    write_whole(tmp_path / "a", b"before")

    with (tmp_path / "a").open("rb") as reader:
        write_whole(tmp_path / "a", b"after")

        assert reader.read() == b"before"
    assert (tmp_path / "a").read_bytes() == b"after"


def test_a_folder_that_is_gone_is_said(tmp_path: Path):
    with pytest.raises(TrainingError, match=r"gone is gone: it was moved or deleted.*Put it back"):
        write_whole(tmp_path / "gone" / "a", b"")


def test_a_checkpoint_that_is_missing_is_said(tmp_path: Path):
    with pytest.raises(RunError, match=r"There is no last\.safetensors in"):
        read_checkpoint(tmp_path / LAST_FILE)


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"\xff" * 64])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "a").write_bytes(content)

    with pytest.raises(RunError, match=r"The checkpoint .* is damaged"):
        read_checkpoint(tmp_path / "a")


def test_a_run_comes_back_with_what_it_was_made_from(finished: Path):
    run = load_run(finished)

    assert run.name == "first"
    assert run.landmarks == NAMES
    assert run.recipe == a_recipe()
    assert (run.size, run.sigma) == (64, 2)
    assert run.facts.versions["torch"] == torch.__version__


def test_a_network_comes_back_ready_to_predict(finished: Path):
    network = load_run(finished).network()

    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_building_a_network_does_not_touch_the_random_state(finished: Path):
    torch.manual_seed(1)
    before = torch.get_rng_state()

    load_run(finished).network()

    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_best_checkpoint_the_last_averaged_weights_are_taken(finished: Path, tmp_path: Path):
    folder = a_copy(finished, tmp_path / "copy")
    (folder / BEST_FILE).unlink()

    network = load_run(folder).network()

    last = read_checkpoint(folder / LAST_FILE).part("average")
    np.testing.assert_array_equal(network.presence.weight, last["presence.weight"])


def test_a_run_whose_folder_is_gone_says_so_and_what_to_do(tmp_path: Path):
    with pytest.raises(RunError, match=r"There is no folder .*gone: the run was moved or deleted .* Put it back"):
        load_run(tmp_path / "gone")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path):
    with pytest.raises(RunError, match=r"is not the folder of a run: it has no run.toml"):
        load_run(tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [("seed = 0", "seed ="), ("seed = 0", ""), ('name = "supervised"', 'name = "supervised"\nx = 1')],
)
def test_a_damaged_run_file_is_refused(finished: Path, tmp_path: Path, before: str, after: str):
    folder = a_copy(finished, tmp_path / "copy")
    text = (folder / RUN_FILE).read_text()
    (folder / RUN_FILE).write_text(text.replace(before, after, 1))

    with pytest.raises(RunError, match=r"run.toml is damaged or of another version"):
        load_run(folder)


def test_weights_of_another_network_are_refused(finished: Path, tmp_path: Path):
    folder = a_copy(finished, tmp_path / "copy")
    text = (folder / RUN_FILE).read_text()
    (folder / RUN_FILE).write_text(text.replace('backbone = "tiny"', 'backbone = "light"'))

    with pytest.raises(RunError, match="do not fit the 'light' network for 2 landmarks"):
        load_run(folder).network()
