"""Where to compute: processors with their free memory, and the precision that they are good at."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from napari_kdland.engine.main_memory import main_memory
from napari_kdland.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator

Precision = Literal["32-true", "bf16-mixed"]


@dataclass(frozen=True)
class Device:
    """A processor: its name for the command line, a title for people, and its memory (`None` where not known)."""

    name: str
    title: str
    free_bytes: int | None
    total_bytes: int | None


def devices() -> list[Device]:
    """List what this machine has, the processor first."""
    n_threads = torch.get_num_threads()
    found = [Device("cpu", f"Processor, {n_threads} thread{'s' * (n_threads > 1)}", *main_memory())]
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        found.append(Device(f"cuda:{index}", torch.cuda.get_device_name(index), free, total))
    if torch.backends.mps.is_available():
        total = torch.mps.recommended_max_memory()
        found.append(Device("mps", "Apple GPU", total - torch.mps.current_allocated_memory(), total))
    return found


def free_bytes(name: str) -> int | None:
    """Give the free memory of a device by its name; `None` where it is gone or not known."""
    return next((device.free_bytes for device in devices() if device.name == name), None)


def choose(name: str = "auto") -> torch.device:
    """Find a device by name: auto (the GPU with most free memory, else the processor), cpu, cuda, cuda:N or mps.

    Raises
    ------
    TrainingError
        If this machine has no such device; the message lists those that it has.
    """
    found = devices()
    gpus = sorted((d for d in found if d.name != "cpu"), key=lambda d: -(d.free_bytes or 0))
    if name == "auto":
        return torch.device(gpus[0].name if gpus else "cpu")
    matching = [device.name for device in found if name in (device.name, device.name.split(":")[0])]
    if not matching:
        raise TrainingError(
            f"There is no device {name!r} here. Found: {', '.join(d.name for d in found)}. Choose one of these or auto."
        )
    return torch.device(matching[0])


def precision(wanted: str, device: torch.device) -> Precision:
    """Give Fabric's name of the precision: bfloat16 where wanted, or where `auto` and the device is fast at it."""
    if wanted == "auto":
        wanted = "bfloat16" if is_fast_at_bfloat16(device) else "float32"
    return "bf16-mixed" if wanted == "bfloat16" else "32-true"


def is_fast_at_bfloat16(device: torch.device) -> bool:
    """Say whether the device multiplies bfloat16 in hardware; emulated, it is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    # Asked of the processor itself; torch before 2.9 has no public way to ask and stays with float32.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def is_out_of_memory(error: RuntimeError) -> bool:
    """Say whether torch gave up for want of memory; on some devices only the words tell."""
    said = str(error)
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in said or "can't allocate memory" in said


@contextmanager
def denormals_flushed() -> Iterator[None]:
    """Let tiny numbers be zero on this thread: the tails of Gaussians and softmaxes are full of them, and slow."""
    tiny = torch.full((1,), 1e-40)
    was_flushed = bool((tiny * 0.5 == 0).item())
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(was_flushed)


@contextmanager
def drawn_from(device: torch.device, *path: int) -> Iterator[None]:
    """Let torch draw at random from a seed of its own within, and go on as before afterwards."""
    forked = [device.index or 0] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=forked):
        torch.manual_seed(seed_of(*path))
        yield


def seed_of(*path: int) -> int:
    """Give one seed for a path of whole numbers; neighbouring paths give unrelated seeds."""
    return int(np.random.SeedSequence(path).generate_state(1, np.uint64)[0] >> 1)
