"""Measure how far each decoder's points lie from the centres of synthetic Gaussians, and how long it takes.

Centres are drawn at random within pixels; errors are means over the maps, in input pixels (heatmaps have half of the
input's grid). Kinds of map:

- clean: the Gaussian
- white: noise of 0.05 of the height in each pixel, cut at 0
- network: 6 % of the mass scattered over the map, as trained networks were seen to do, and noise of 0.3 on the logits
- smooth: noise of 0.15 of the height, as wide as the Gaussian: the network believes in a slightly wrong place
- second: another peak, half as high, elsewhere
- border: clean, the centre within 2 heatmap pixels of the border

    python benchmarks/decoding.py [--count 400]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from measuring import circumstances
from torch import Tensor

from napari_kdland.engine import heatmaps
from napari_kdland.engine.decoding.dark import blurred, gaussian_kernel
from napari_kdland.engine.networks.base import STRIDE
from napari_kdland.recipes.model import DecodingPart

SIZE = 64
SIGMAS = (1.0, 2.0, 3.0)
KINDS = ("clean", "white", "network", "smooth", "second", "border")
DECODERS = {
    "argmax": DecodingPart(kind="argmax"),
    "quarter": DecodingPart(kind="quarter"),
    "dark": DecodingPart(kind="dark"),
    "dark-udp": DecodingPart(kind="dark-udp"),
    "local-mean": DecodingPart(kind="local-mean"),
    "local-mean, 3 sigma": DecodingPart(kind="local-mean", window_sigmas=3),
    "soft-argmax": DecodingPart(kind="soft-argmax"),
    "soft-argmax, b = 4": DecodingPart(kind="soft-argmax", inverse_temperature=4),
    "gaussian-fit": DecodingPart(kind="gaussian-fit"),
}


def centres(kind: str, count: int) -> Tensor:
    """Give points (count, 1, 2), in the middle of the map or, for `border`, beside one of its sides."""
    points = 14 + (SIZE - 28) * torch.rand(count, 1, 2)
    if kind == "border":
        points[..., 0] = 2 * torch.rand(count, 1)
        points = torch.where(torch.rand(count, 1, 1) < 0.5, points, SIZE - 1 - points)
        points = torch.where(torch.rand(count, 1, 1) < 0.5, points, points.flip(-1))
    return points


def maps_of(kind: str, points: Tensor, sigma: float) -> Tensor:
    """Draw the maps of one kind, (count, 1, h, w)."""
    drawn = heatmaps.encode(points, (SIZE, SIZE), sigma)
    if kind == "white":
        return (drawn + 0.05 * torch.randn(drawn.shape)).clamp_min(0)
    if kind == "network":
        scattered = drawn.sum((-1, -2), keepdim=True) * 0.06 / 0.94 / SIZE**2
        return heatmaps.from_logits((drawn + scattered).log() + 0.3 * torch.randn(drawn.shape), sigma)
    if kind == "smooth":
        noise = blurred(torch.randn(drawn.shape), gaussian_kernel(sigma).float())
        return (drawn + 0.15 * noise / noise.std((-1, -2), keepdim=True)).clamp_min(0)
    if kind == "second":
        elsewhere = (points + 16 + 16 * torch.rand(points.shape)) % (SIZE - 1)
        return drawn + 0.5 * heatmaps.encode(elsewhere, (SIZE, SIZE), sigma)
    return drawn


def errors(count: int) -> dict[str, dict[str, dict[str, float]]]:
    """Give mean errors in input pixels by sigma, kind of map and decoder."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for sigma in SIGMAS:
        rows = found.setdefault(f"sigma {sigma:g} heatmap px", {})
        for kind in KINDS:
            torch.manual_seed(0)
            points = centres(kind, count)
            maps = maps_of(kind, points, sigma)
            for name, part in DECODERS.items():
                located = heatmaps.decode(maps, sigma, part).points
                distance = torch.linalg.vector_norm(located - points, dim=-1).mean().item()
                rows.setdefault(name, {})[kind] = round(STRIDE * distance, 3)
    return found


def milliseconds(repeats: int = 15) -> dict[str, float]:
    """Give the median time to decode 8 images of 20 landmarks on 128 x 128 pixels, covariance included."""
    torch.manual_seed(0)
    maps = maps_of("clean", centres("clean", 160), 2.0).view(8, 20, SIZE, SIZE)
    maps = torch.nn.functional.pad(maps, (32,) * 4)
    seconds: dict[str, list[float]] = {name: [] for name in DECODERS}
    for _ in range(repeats):
        for name, part in DECODERS.items():
            start = time.perf_counter()
            heatmaps.decode(maps, 2.0, part)
            seconds[name].append(time.perf_counter() - start)
    return {name: round(1000 * statistics.median(values), 1) for name, values in seconds.items()}


def main() -> None:
    """Measure, print and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=400, help="maps of each kind")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "decoding.json")
    options = parser.parse_args()
    result = {
        **circumstances(),
        "threads": torch.get_num_threads(),
        "maps_of_each_kind": options.count,
        "map_px": SIZE,
        "error_input_px": errors(options.count),
        "milliseconds_for_160_maps_of_128_px": milliseconds(),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
