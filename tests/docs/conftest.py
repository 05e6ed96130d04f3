"""What the tests of the pages share: a folder with a small project, in which their commands run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.docs.shell import Shell, fill


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tiny networks are faster on one thread, the more so when tests run side by side."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def done() -> set[str]:
    """Commands that were run in the folder already: pages repeat what trains a teacher."""
    return set()


@pytest.fixture
def shell(folder: Path, done: set[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(folder)
    return Shell(done)
