"""Every backbone there is, and the one that the documentation shows how to write."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from napari_kdland.engine.networks import BACKBONES
from napari_kdland.engine.networks.base import Backbone, Heads

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "backbones.md"


def documented_example() -> Callable[..., Backbone]:
    code = re.search(r"```python\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code[1], names)
    return names["Strided"]


FACTORIES: dict[str, Callable[..., Backbone]] = {
    **{entry.name: entry.resolve() for entry in BACKBONES},
    "documented example": documented_example(),
}
# The large U-Net is the teacher with other widths.
NAMES = [name for name in FACTORIES if name != "large"]
HEADS = Heads(2, 3)


def a_network(name: str, heads: Heads = HEADS, **options: Any) -> Backbone:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return FACTORIES[name](heads, **options)
