"""What the engine's tests share."""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def _one_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tiny networks are faster on one thread, the more so when tests run side by side."""
    if request.node.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
