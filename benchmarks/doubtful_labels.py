"""Corrupt 5 % of the labels of wingspan-512 and measure what `kdland doubt` finds at its default.

A third each: a pair is swapped, one landmark is moved by 30 px, the landmarks are those of another image. Precision and
recall are of images, by kind of corruption and of doubt; the list of the untouched set stands beside them.

    python benchmarks/doubtful_labels.py WORK --data DATA

DATA holds the folder wingspan-512. WORK keeps one project a seed; a script that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from label_efficiency import say
from measuring import circumstances

from napari_kdland import events
from napari_kdland.anatomy import LandmarkState, load_scheme
from napari_kdland.jobs import Inspection, SideFiles, find_doubts, import_images
from napari_kdland.project import Annotation, Project
from napari_kdland.recipes import load_recipe, with_settings

if TYPE_CHECKING:
    from napari_kdland.evaluation.doubts import Doubts

KINDS = ("swap", "shift", "wrong image")
SHIFT_PX = 30.0


def prepared(work: Path, data: Path, name: str) -> Path:
    """Make a project once: wingspan-512 with its splits and landmarks."""
    path = work / f"{name}.kdland"
    if not path.exists():
        Project.create(path, load_scheme("chest-10")).close()
        folder = data / "wingspan-512"
        side = SideFiles(landmarks=folder / "landmarks_clinical.csv", split=folder / "split.csv")
        events.run(import_images(path, [folder / "images"], side_files=side, reader="masks"), say)
    return path


def shifted(points: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Move one landmark (L, 2) by 30 px in a direction that leaves it in the image."""
    while True:
        angle, landmark = rng.uniform(0, 2 * np.pi), rng.integers(len(points))
        moved = points.copy()
        moved[landmark] += SHIFT_PX * np.array([np.sin(angle), np.cos(angle)])
        if ((moved[landmark] >= 0) & (moved[landmark] < np.array(size))).all():
            return moved


def corrupted(path: Path, share: float, seed: int) -> dict[str, str]:
    """Corrupt a share of the labels of train and val, once; gives the kind by image."""
    file = path / "corrupted.json"
    if file.exists():
        return dict(json.loads(file.read_text()))
    rng = np.random.default_rng(seed)
    with Project.open(path, announce=False) as project:
        names, pairs = project.scheme.landmark_names, project.scheme.pairs
        records = [one for split in ("train", "val") for one in project.records.page(0, -1, split=split)]
        labels = project.annotations.labels([record.image_id for record in records])
        chosen = rng.permutation(len(records))[: max(3, round(share * len(records)))]
        kinds: dict[str, str] = {}
        for place, row in enumerate(chosen):
            record, kind = records[row], KINDS[place % len(KINDS)]
            points = labels[record.image_id].points.copy()
            if kind == "swap":
                pair = [names.index(name) for name in pairs[rng.integers(len(pairs))]]
                points[pair] = points[pair[::-1]]
            elif kind == "shift":
                points = shifted(points, record.size, rng)
            else:
                other = records[(row + 1 + rng.integers(len(records) - 1)) % len(records)]
                points = labels[other.image_id].points
            placed = [
                Annotation(record.image_id, name, LandmarkState.PLACED, (float(y), float(x)))
                for name, (y, x) in zip(names, points, strict=True)
                if np.isfinite([y, x]).all()
            ]
            project.annotations.edit_many(placed, reader="masks")
            kinds[record.name] = kind
    file.write_text(json.dumps(kinds))
    return kinds


def figures(doubts: Doubts, kinds: dict[str, str]) -> dict[str, object]:
    """Give precision and recall of images, over all, and recall by kind of corruption."""
    named = set(doubts.images)
    hits = named & set(kinds)
    by_kind = {kind: [name for name, one in kinds.items() if one == kind] for kind in KINDS}
    by_doubt = {}
    for kind in sorted({one.kind for one in doubts.found}):
        images = {one.image for one in doubts.found if one.kind == kind}
        by_doubt[kind] = {"n_images": len(images), "n_right": len(images & set(kinds))}
    return {
        "n_corrupted": len(kinds),
        "n_doubted": len(named),
        "precision": len(hits) / len(named) if named else None,
        "recall": len(hits) / len(kinds) if kinds else None,
        "recall_by_corruption": {
            kind: sum(n in named for n in names) / max(1, len(names)) for kind, names in by_kind.items()
        },
        "by_doubt": by_doubt,
        "precision_of_the_first": len([n for n in doubts.images[: len(kinds)] if n in kinds]) / max(1, len(kinds)),
    }


def main() -> int:
    """Corrupt, look, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.05, help="of the labels of train and val that are corrupted")
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 4, 5])
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--size", type=int, default=128, help="side of the input in pixels")
    parser.add_argument("--backbone", default="tiny")
    parser.add_argument("--threshold", type=float, default=Inspection(folds=0).threshold)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "doubtful_labels.json")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    settings = [
        f"student.backbone={options.backbone}",
        f"input.size={options.size}",
        "input.sigma_px=3",
        f"training.steps={options.steps}",
    ]
    inspection = Inspection(options.folds, with_settings(load_recipe("supervised"), settings), options.threshold)
    result: dict[str, object] = {"circumstances": circumstances(), "settings": {**vars(options), "set": settings}}
    clean = prepared(options.work, options.data, "untouched")
    doubts = events.run(find_doubts(clean, inspection, options.work / "untouched"), say)
    result["untouched"] = doubts.to_json()
    print(f"untouched: {len(doubts.images)} of {doubts.n_images} images doubted")
    for one in doubts.found[:10]:
        print(f"  {one.score:5.1f}  {one.image}  {one.landmark}  {one.kind}: {one.reason}")
    for seed in options.seeds:
        path = prepared(options.work, options.data, f"corrupted-{seed}")
        kinds = corrupted(path, options.share, seed)
        doubts = events.run(find_doubts(path, inspection, options.work / f"corrupted-{seed}"), say)
        found = figures(doubts, kinds)
        result[f"seed {seed}"] = found
        print(f"seed {seed}: {json.dumps(found)}", flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1, default=str) + "\n", encoding="utf-8")
    print(f"Wrote {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
