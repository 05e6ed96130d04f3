"""Measure what every backbone costs: parameters, multiplications, size of the file, and time an image.

python benchmarks/backbones.py [--names tiny enet] [--size 256] [--maps 20] [--device cpu] [--repeats 30]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from measuring import circumstances

from napari_kdland.engine import devices, networks
from napari_kdland.engine.efficiency import Efficiency, measure
from napari_kdland.engine.networks import BACKBONES
from napari_kdland.engine.networks.base import Heads


def rounded(found: Efficiency) -> dict[str, object]:
    """Give what differs between backbones, times to a hundredth of a millisecond."""
    return {
        "n_parameters": found.n_parameters,
        "n_macs": found.n_macs,
        "file_bytes": found.file_bytes,
        "median_ms": round(found.median_ms, 2),
        "quartiles_ms": [round(value, 2) for value in found.quartiles_ms],
    }


def main() -> None:
    """Measure, print and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", nargs="+", default=[entry.name for entry in BACKBONES])
    parser.add_argument("--size", type=int, default=256, help="side of the input in pixels")
    parser.add_argument("--maps", type=int, default=20, help="landmarks that the networks are built for")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "backbones.json")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = devices.choose(options.device)
    found = {
        name: measure(
            networks.build(name, Heads(options.maps)),
            options.size,
            device=device,
            precision=options.precision,
            repeats=options.repeats,
        )
        for name in options.names
    }
    first = next(iter(found.values()))
    result = {
        **circumstances(),
        "threads": first.threads,
        "device": first.device,
        "precision": first.precision,
        "batch": 1,
        "input_px": options.size,
        "channels": first.channels,
        "maps": options.maps,
        "repeats": options.repeats,
        "backbones": {name: rounded(each) for name, each in found.items()},
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
