"""Time a step of the training loop against the bare step of the same networks, and float32 against bfloat16.

The loop's step draws images and labels, changes them, renders targets, keeps the averaged weights and tells what it
does. The bare step is forward, loss, backward and optimiser on tensors that are there already: same networks, precision
and batch; where it distils, the teachers' forward besides. Both run in turns in one process, so that whatever else the
machine does falls on both.

    python benchmarks/training_step.py [--backbones light teacher] [--device cpu] [--repeats 15]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from measuring import circumstances

from napari_kdland.anatomy import Landmarks, Placement, load_scheme
from napari_kdland.engine import devices, heatmaps, networks
from napari_kdland.engine.distillation.base import Weights
from napari_kdland.engine.distillation.terms.spatial_kl import spatial_kl
from napari_kdland.engine.networks.base import Heads
from napari_kdland.engine.training import TrainingSetup, train
from napari_kdland.engine.training_data import LabelledImage, TrainingData
from napari_kdland.events import Advanced, Started, run
from napari_kdland.recipes import Recipe, load_recipe, with_settings

SIZE = 256
BATCH = 8
SCHEME = load_scheme("chest-10")
ORDERS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}

Step = Callable[[], None]


def some_data(count: int = 64) -> TrainingData:
    """Give noise with landmarks at random: what is in the images does not change the time."""
    rng = np.random.default_rng(0)
    placement = Placement.letterbox((512, 512), (SIZE, SIZE))
    names = SCHEME.landmark_names
    labelled = [
        LabelledImage(index, Landmarks.placed(names, rng.uniform(50, 460, (len(names), 2))), placement)
        for index in range(count)
    ]
    images = rng.integers(0, 65536, (count, SIZE, SIZE), dtype=np.uint16)
    half = count // 2
    return TrainingData.prepare(images, labelled[:half], landmarks=names, unlabelled=list(range(half, count)))


def loop_step(recipe: Recipe, device: str, folder: Path, teachers: Sequence[Path] = ()) -> Step:
    """Give a step of the program's own loop; what is asked of the teacher before the first step is not timed."""
    setup = TrainingSetup(SCHEME.landmark_names, SCHEME.mirrored_order, teachers=tuple(teachers))
    job = train(some_data(), recipe, folder, setup, device=device)
    while not (isinstance(event := next(job), Started) and event.title.startswith("Training")):
        pass

    def step() -> None:
        while not isinstance(next(job), Advanced):
            pass

    return step


def bare_step(backbone: str, device: torch.device, *, is_bfloat16: bool, order: str | None = None) -> Step:
    """Give a bare step; `order` of memory is the program's own choice where none is named."""
    network = networks.laid_out(networks.build(backbone, Heads(len(SCHEME.landmarks))), device)
    if order:
        network = network.to(memory_format=ORDERS[order])
    optimiser = torch.optim.AdamW(network.parameters(), fused=True)
    images = torch.randn(BATCH, 1, SIZE, SIZE, device=device)
    points = torch.rand(BATCH, len(SCHEME.landmarks), 2, device=device) * 100 + 14
    targets = heatmaps.encode(points, (SIZE // 2, SIZE // 2), 2.0)
    weights = torch.ones(points.shape[:2], device=device)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=is_bfloat16):
            logits = network(images).logits
        heatmaps.spatial_cross_entropy(logits, targets, weights).backward()
        optimiser.step()

    return step


def bare_distilling_step(backbone: str, n_teachers: int, device: torch.device, *, is_bfloat16: bool) -> Step:
    """Give a bare step with teachers: their forward, the student's, two losses, backward and optimiser."""
    heads = Heads(len(SCHEME.landmarks))
    network = networks.laid_out(networks.build(backbone, heads), device)
    teachers = [networks.laid_out(networks.build("teacher", heads), device).eval() for _ in range(n_teachers)]
    optimiser = torch.optim.AdamW(network.parameters(), fused=True)
    images = torch.randn(BATCH, 1, SIZE, SIZE, device=device)
    points = torch.rand(BATCH // 2, len(SCHEME.landmarks), 2, device=device) * 100 + 14
    targets = heatmaps.encode(points, (SIZE // 2, SIZE // 2), 2.0)
    weights = torch.ones(BATCH, len(SCHEME.landmarks), device=device)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=is_bfloat16):
            with torch.no_grad():
                said = [teacher(images).logits for teacher in teachers]
            logits = network(images).logits
        mean = torch.stack([heatmaps.log_softmax(each).exp() for each in said]).mean(0)
        half = BATCH // 2
        loss = heatmaps.spatial_cross_entropy(logits[:half], targets, weights[:half])
        (loss + spatial_kl(logits, mean.clamp_min(1e-30).log(), Weights(weights))).backward()
        optimiser.step()

    return step


def in_turns(steps: dict[str, Step], device: torch.device, *, repeats: int, each: int) -> dict[str, list[float]]:
    """Give seconds a step, one figure a repeat, of steps that take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for repeat in range(repeats + 2):
        for name, step in steps.items():
            begun = time.perf_counter()
            for _ in range(each):
                step()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            if repeat > 1:
                seconds[name].append((time.perf_counter() - begun) / each)
    return seconds


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Give milliseconds a step with quartiles, and images a second."""
    low, middle, high = statistics.quantiles(seconds, n=4)
    return {
        "median_ms": round(middle * 1e3, 2),
        "quartiles_ms": [round(low * 1e3, 2), round(high * 1e3, 2)],
        "images_per_s": round(BATCH / middle, 1),
    }


def against_bare(backbone: str, options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Measure the loop and the bare step in turns."""
    device = devices.choose(options.device)
    settings = [f"student.backbone={backbone}", "training.steps=1000000", "training.validate_every=1000000"]
    recipe = with_settings(load_recipe("supervised"), settings)
    is_bfloat16 = devices.precision("auto", device) == "bf16-mixed"
    steps = {
        "loop": loop_step(recipe, options.device, folder / backbone),
        "bare": bare_step(backbone, device, is_bfloat16=is_bfloat16),
    }
    seconds = in_turns(steps, device, repeats=options.repeats, each=options.each)
    ratios = [bare / loop for bare, loop in zip(seconds["bare"], seconds["loop"], strict=True)]
    return {
        **{name: summary(values) for name, values in seconds.items()},
        "images_per_s_loop_over_bare": round(statistics.median(ratios), 3),
        "is_bfloat16": is_bfloat16,
    }


def distilling(backbone: str, options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Measure steps that distil from one and from three teachers, and with teachers that were asked before."""
    device = devices.choose(options.device)
    is_bfloat16 = devices.precision("auto", device) == "bf16-mixed"
    endless = [f"student.backbone={backbone}", "training.steps=1000000", "training.validate_every=1000000"]
    teachers = []
    for number in range(3):
        recipe = with_settings(load_recipe("supervised"), ["student.backbone=teacher", "training.steps=1"])
        teachers.append(folder / f"teacher-{number}")
        setup = TrainingSetup(SCHEME.landmark_names, SCHEME.mirrored_order)
        run(train(some_data(), recipe, teachers[-1], setup, seed=number, device=options.device))
    kd, ensemble = (with_settings(load_recipe(name), endless) for name in ("kd", "ensemble-kd"))
    before = with_settings(load_recipe("ensemble-kd"), [*endless, 'views.kind="clean"'])
    steps = {
        "one teacher": loop_step(kd, options.device, folder / "kd", teachers[:1]),
        "one teacher, bare": bare_distilling_step(backbone, 1, device, is_bfloat16=is_bfloat16),
        "three teachers": loop_step(ensemble, options.device, folder / "ensemble", teachers),
        "three teachers, bare": bare_distilling_step(backbone, 3, device, is_bfloat16=is_bfloat16),
        "three teachers, asked before": loop_step(before, options.device, folder / "before", teachers),
    }
    seconds = in_turns(steps, device, repeats=options.repeats, each=options.each)
    result: dict[str, object] = {name: summary(values) for name, values in seconds.items()}
    for name in ("one teacher", "three teachers"):
        ratios = [loop / bare for loop, bare in zip(seconds[name], seconds[f"{name}, bare"], strict=True)]
        result[f"{name}: time over bare"] = round(statistics.median(ratios), 3)
    return result


def by_precision(backbone: str, options: argparse.Namespace) -> dict[str, object]:
    """Measure the bare step in each precision that the device has, and each order of memory, in turns."""
    device = devices.choose(options.device)
    # Emulated, a step in bfloat16 takes ten times as long and is of no use to anyone.
    precisions = ("float32", "bfloat16") if devices.is_fast_at_bfloat16(device) else ("float32",)
    steps = {
        f"{precision}, {order}": bare_step(backbone, device, is_bfloat16=precision == "bfloat16", order=order)
        for precision in precisions
        for order in ORDERS
    }
    seconds = in_turns(steps, device, repeats=options.repeats, each=options.each)
    return {name: summary(values) for name, values in seconds.items()}


def main() -> None:
    """Measure, print and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbones", nargs="+", default=["light", "teacher"])
    parser.add_argument("--students", nargs="+", default=["light"], help="backbones to distil into")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--each", type=int, default=4, help="steps a repeat")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "training_step.json")
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    with tempfile.TemporaryDirectory() as folder:
        result = {
            **circumstances(),
            "threads": torch.get_num_threads(),
            "device": options.device,
            "batch": BATCH,
            "input_px": SIZE,
            "repeats": options.repeats,
            "steps_a_repeat": options.each,
            "loop_against_bare": {name: against_bare(name, options, Path(folder)) for name in options.backbones},
            "distilling": {name: distilling(name, options, Path(folder) / name) for name in options.students},
            "precision": {name: by_precision(name, options) for name in options.backbones},
        }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
