import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine import devices
from napari_kdland.errors import TrainingError

CPU = torch.device("cpu")


def with_capabilities(monkeypatch: pytest.MonkeyPatch, **found: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)


def test_the_processor_is_always_there_with_its_memory():
    first = devices.devices()[0]

    assert first.name == "cpu"
    assert first.total_bytes is None or 0 < (first.free_bytes or 0) <= first.total_bytes


def test_auto_takes_the_gpu_with_the_most_free_memory(monkeypatch: pytest.MonkeyPatch):
    found = [devices.Device("cpu", "", 9, 9), devices.Device("cuda:0", "", 1, 4), devices.Device("cuda:1", "", 3, 4)]
    monkeypatch.setattr(devices, "devices", lambda: found)

    assert devices.choose("auto") == torch.device("cuda:1")


def test_auto_takes_the_processor_where_there_is_nothing_else(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(devices, "devices", lambda: [devices.Device("cpu", "", None, None)])

    assert devices.choose("auto") == CPU


def test_cuda_alone_means_the_first_one(monkeypatch: pytest.MonkeyPatch):
    found = [devices.Device("cpu", "", 9, 9), devices.Device("cuda:0", "", 1, 4), devices.Device("cuda:1", "", 3, 4)]
    monkeypatch.setattr(devices, "devices", lambda: found)

    assert devices.choose("cuda") == torch.device("cuda:0")


def test_a_device_that_is_not_here_is_refused_with_those_that_are():
    with pytest.raises(TrainingError, match=r"no device 'cuda:99' here. Found: cpu.*Choose one of these or auto"):
        devices.choose("cuda:99")


def test_a_processor_with_bfloat16_uses_it(monkeypatch: pytest.MonkeyPatch):
    with_capabilities(monkeypatch, avx512_bf16=True)

    assert devices.precision("auto", CPU) == "bf16-mixed"


def test_a_processor_without_bfloat16_stays_with_float32(monkeypatch: pytest.MonkeyPatch):
    with_capabilities(monkeypatch, avx512_f=True, avx512_bf16=False)

    assert devices.precision("auto", CPU) == "32-true"


def test_a_torch_that_cannot_say_stays_with_float32(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)

    assert devices.precision("auto", CPU) == "32-true"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), True),
        (RuntimeError("shapes do not match"), False),
    ],
)
def test_want_of_memory_is_told_from_other_errors(error: RuntimeError, expected: bool):
    assert devices.is_out_of_memory(error) is expected


@pytest.mark.parametrize(("wanted", "expected"), [("float32", "32-true"), ("bfloat16", "bf16-mixed")])
def test_a_precision_that_is_named_is_taken(wanted: str, expected: str):
    assert devices.precision(wanted, CPU) == expected


def test_denormals_are_zero_inside_and_kept_outside():
    tiny = torch.full((1,), 1e-40)

    with devices.denormals_flushed():
        inside = (tiny * 0.5).item()

    assert inside == 0
    assert (tiny * 0.5).item() > 0


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=4))
def test_one_path_gives_one_seed_and_its_neighbours_others(path: list[int]):
    neighbours = [[*path[:-1], path[-1] + 1], [*path, 1]]

    assert devices.seed_of(*path) == devices.seed_of(*path)
    assert devices.seed_of(*path) not in [devices.seed_of(*other) for other in neighbours]
    assert 0 <= devices.seed_of(*path) < 2**63


def test_drawing_from_a_seed_gives_the_same_every_time_and_leaves_the_state_outside():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    drawn = []
    for _ in range(2):
        with devices.drawn_from(CPU, 3, 4):
            drawn.append(torch.rand(3))

    assert torch.equal(*drawn)
    assert torch.equal(torch.get_rng_state(), before)
