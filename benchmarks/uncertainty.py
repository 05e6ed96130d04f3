"""Measure what each uncertainty of a small network is worth on wingspan-512, and whether conformal radii hold.

A few runs that differ by their seed are trained with dropout on the lowest label ranks. On test, calibrated on val:
ENCE, AUSE, Spearman and coverage of heatmap, dropout, views and ensemble, and the time that each takes for an image.
Then val and test are thrown together and split at random 200 times into calibration and test images: the coverage of
whole images in each split is held against the limits of its beta-binomial distribution.

    python benchmarks/uncertainty.py WORK --data DATA

DATA holds the folder wingspan-512. A script that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from label_efficiency import say, trained
from measuring import circumstances
from scipy import stats

from napari_kdland import events
from napari_kdland.anatomy import load_scheme
from napari_kdland.evaluation import conformal
from napari_kdland.evaluation.abstention import Limit
from napari_kdland.evaluation.uncertainty_figures import on_paper, reliability_chart, sparsification_chart
from napari_kdland.jobs import SideFiles, TrainingOrder, import_images, judge_uncertainty
from napari_kdland.jobs.calibrating import measured, uncertain_predictor
from napari_kdland.jobs.predicting import predictor_of
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe, with_settings
from napari_kdland.recipes.asking import Asking


def prepared(work: Path, data: Path) -> Path:
    """Make the project once: wingspan-512 with its splits and landmarks."""
    path = work / "uncertainty.kdland"
    if not path.exists():
        Project.create(path, load_scheme("chest-10")).close()
        folder = data / "wingspan-512"
        side = SideFiles(landmarks=folder / "landmarks_clinical.csv", split=folder / "split.csv")
        events.run(import_images(path, [folder / "images"], side_files=side, reader="masks"), say)
    return path


def ways(runs: list[str], passes: int) -> dict[str, Asking]:
    """Give every way of asking the first run."""
    return {
        "heatmap": Asking(),
        "dropout": Asking("dropout", passes=passes),
        "views": Asking("views"),
        "ensemble": Asking("ensemble", tuple(runs[1:])),
    }


def thrown_together(project_path: Path, run: str, asking: Asking) -> tuple[np.ndarray, np.ndarray, float]:
    """Give errors and standard deviations (N, L) on val and test, and seconds an image."""
    with Project.open(project_path, announce=False) as project:
        ids = {split: project.annotations.labelled_ids(split=split) for split in ("val", "test")}
        records = [project.records.get(image_id) for split in ids for image_id in ids[split]]
        truths = project.annotations.labels([record.image_id for record in records])
        predictor = predictor_of(project, run, "cpu")
        uncertain = events.run(uncertain_predictor(project, run, predictor, asking, Limit(), device="cpu"))
        began = time.perf_counter()
        errors, sd = events.run(measured(project, uncertain, records, truths))
        return errors, sd, (time.perf_counter() - began) / len(records)


def coverage_of_splits(errors: np.ndarray, sd: np.ndarray, level: float, splits: int, seed: int) -> dict[str, object]:
    """Split at random into halves again and again; give mean coverages, and how many splits lie within limits."""
    rng = np.random.default_rng(seed)
    n = len(errors)
    half = n // 2
    whole, each = [], []
    for _ in range(splits):
        order = rng.permutation(n)
        known, tried = order[:half], order[half:]
        found = conformal.coverage(
            (errors[known], sd[known]), (errors[tried], sd[tried]), level, tuple(map(str, range(errors.shape[1])))
        )
        whole.append(found.all_covered)
        each.append(found.covered)
    # Given the calibration, coverage is beta distributed around rank / (n + 1); so the count is beta-binomial.
    rank = conformal.rank(half, level)
    m = n - half
    law = stats.betabinom(m, rank, half + 1 - rank) if rank <= half else None
    low, high = (law.ppf(0.025) / m, law.ppf(0.975) / m) if law is not None else (1.0, 1.0)
    inside = [low <= share <= high for share in whole]
    expected = rank / (half + 1)
    return {
        "n_calibration": half,
        "n_test": m,
        "expected": min(1.0, expected),
        "mean_of_whole_images": float(np.mean(whole)),
        "mean_of_landmarks": float(np.mean(each)),
        "limits_95": [float(low), float(high)],
        "share_of_splits_within_limits": float(np.mean(inside)),
    }


def main() -> int:
    """Train what is missing, measure, write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--k", type=int, default=50, help="labels")
    parser.add_argument("--runs", type=int, default=3, help="members of the ensemble")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--size", type=int, default=128, help="side of the input in pixels")
    parser.add_argument("--backbone", default="light")
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--passes", type=int, default=10)
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "uncertainty.json")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    project = prepared(options.work, options.data)
    settings = [
        f"training.steps={options.steps}",
        f"input.size={options.size}",
        f"input.sigma_px={max(2.0, options.size / 64):g}",
        f"student.backbone={options.backbone}",
        f"student.dropout={options.dropout}",
    ]
    recipe = with_settings(load_recipe("supervised"), settings)
    runs = [f"run-{seed}" for seed in range(options.runs)]
    for seed, name in enumerate(runs):
        trained(project, name, TrainingOrder(recipe, labels=options.k, seed=seed, name=name))
    result: dict[str, object] = {"circumstances": circumstances(), "settings": {**vars(options), "set": settings}}
    judged, table = {}, {}
    for name, asking in ways(runs, options.passes).items():
        judged[name] = events.run(judge_uncertainty(project, runs[0], asking, device="cpu"))
        errors, sd, seconds = thrown_together(project, runs[0], asking)
        held = {
            f"{level:g}": coverage_of_splits(errors, sd, level, options.splits, seed=0) for level in conformal.LEVELS
        }
        table[name] = {**judged[name].to_json(), "seconds_an_image": seconds, "coverage_of_random_splits": held}
        print(judged[name].text())
        print(f"  {1000 * seconds:.0f} ms an image")
        for level, one in held.items():
            print(
                f"  {options.splits} splits at {level}: whole images {one['mean_of_whole_images']:.3f} "
                f"(expected {one['expected']:.3f}), within limits {one['share_of_splits_within_limits']:.3f}",
                flush=True,
            )
    result["ways"] = table
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1, default=str) + "\n", encoding="utf-8")
    for name, chart in (("reliability", reliability_chart), ("sparsification", sparsification_chart)):
        (options.work / f"{name}.svg").write_text(on_paper(chart(judged)), encoding="utf-8")
    print(f"Wrote {options.out}, and the charts beside the project.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
