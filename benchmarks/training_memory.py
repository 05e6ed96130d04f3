"""Measure the peak memory of training on 1,000 cached images of 256 px, batch 8; each case in a process of its own.

python benchmarks/training_memory.py
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from measuring import circumstances

N_IMAGES = 1000
SIZE = 256
# What is trained: (recipe, backbone). `imports` only loads what a training needs.
CASES = {
    "imports": None,
    "teacher, supervised": ("supervised", "teacher"),
    "light, supervised": ("supervised", "light"),
    "light, kd": ("kd", "light"),
}


def fill(folder: Path) -> None:
    """Cache the images."""
    from napari_kdland.anatomy import Placement
    from napari_kdland.engine.pool import ImagePool

    rng = np.random.default_rng(0)
    pool = ImagePool.open(folder, SIZE)
    placement = Placement.letterbox((512, 512), (SIZE, SIZE))
    for index in range(N_IMAGES):
        pool.add(str(index), rng.integers(0, 65536, (SIZE, SIZE), dtype=np.uint16), placement)


def train_case(folder: Path, recipe_name: str, backbone: str, steps: int) -> None:
    """Train, and validate, for some steps; every image is read at least once."""
    from napari_kdland import events
    from napari_kdland.anatomy import Landmarks, Placement, load_scheme
    from napari_kdland.engine.pool import ImagePool
    from napari_kdland.engine.training import TrainingSetup, train
    from napari_kdland.engine.training_data import LabelledImage, TrainingData
    from napari_kdland.recipes import load_recipe, with_settings

    scheme = load_scheme("chest-10")
    names = scheme.landmark_names
    rng = np.random.default_rng(0)
    placement = Placement.letterbox((512, 512), (SIZE, SIZE))
    known = [
        LabelledImage(index, Landmarks.placed(names, rng.uniform(50, 460, (len(names), 2))), placement)
        for index in range(N_IMAGES)
    ]
    n_labelled = N_IMAGES // 2 if recipe_name == "kd" else N_IMAGES - 50
    data = TrainingData.prepare(
        ImagePool.open(folder / "pool", SIZE).images,
        known[:n_labelled],
        landmarks=names,
        unlabelled=range(n_labelled, N_IMAGES - 50),
        validation=known[-50:],
    )
    settings = [f"student.backbone={backbone}", f"training.steps={steps}", f"training.validate_every={steps // 2}"]
    teachers = [folder / "supervised-teacher"] if recipe_name == "kd" else []
    setup = TrainingSetup(names, scheme.mirrored_order, teachers=tuple(teachers))
    recipe = with_settings(load_recipe(recipe_name), settings)
    job = train(data, recipe, folder / f"{recipe_name}-{backbone}", setup, device="cpu")
    events.run(job)


def peak_mb() -> float:
    """Give this process's largest resident size so far in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def child(folder: Path, case: str, steps: int) -> None:
    """Run one case and print its peak."""
    what = CASES[case]
    if what is None:
        import napari_kdland.engine.training  # noqa: F401, its memory is what is measured
    else:
        train_case(folder, *what, steps)
    print(peak_mb())


def main() -> None:
    """Measure every case, print and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=130)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "training_memory.json")
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        child(options.folder, options.case, options.steps)
        return
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "pool")
        for case in CASES:
            command = [sys.executable, __file__, "--case", case, "--folder", folder, "--steps", str(options.steps)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            peaks[case] = round(float(done.stdout.splitlines()[-1]))
    result = {**circumstances(), "n_images": N_IMAGES, "input_px": SIZE, "batch": 8, "peak_mb": peaks}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
