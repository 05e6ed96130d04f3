"""Measure what unlabelled radiographs are worth to a small student when labels are few.

For every number of labels k: three teachers (supervised, the larger network), shared by all seeds of the student; then,
for every seed, the same small student trained by each recipe with the same number of steps and of images a step. Labels
are the k lowest of `label_rank`; the seeds vary initialisation, order and augmentation. All other training images, and
the pool, are unlabelled.

    python benchmarks/label_efficiency.py WORK --data DATA            trains what is missing, measures on val
    python benchmarks/label_efficiency.py WORK --data DATA --final    the same on test, and writes the result file

DATA holds the folders wingspan-512 and covid-cxr-boxes. WORK keeps one project for every k, so that several k may run
at a time; a script that was stopped goes on where it was. The result file keeps the k that are not run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from measuring import circumstances
from study_projects import from_radiographs

from napari_kdland import events
from napari_kdland.evaluation import evaluate, mean_shape
from napari_kdland.jobs import TrainingOrder, predict_run, resume_run, train_run
from napari_kdland.jobs.freezing import FrozenData
from napari_kdland.jobs.predicting import ChosenImages
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe, with_settings

RECIPES = ("supervised", "kd", "ensemble-kd")
N_TEACHERS = 3
FIGURES = (
    "mean_radial_error_px",
    "median_radial_error_px",
    "p95_radial_error_px",
    "outlier_rate",
)


def say(event: events.Event) -> None:
    """Show measurements and warnings, one line each."""
    if isinstance(event, events.Measured) and any(name.startswith("val") for name in event.values):
        values = "  ".join(f"{name} {value:.3g}" for name, value in event.values.items())
        print(f"    {event.step:>6}  {values}", flush=True)
    elif isinstance(event, (events.Started, events.Warned)):
        print(f"  {event.title if isinstance(event, events.Started) else event.message}", flush=True)


def prepared(work: Path, data: Path, k: int) -> Path:
    """Make the project once: wingspan-512 with its splits and landmarks, covid-cxr-boxes as further pool."""
    path = work / f"labels-{k}.kdland"
    if path.exists():
        return path
    from_radiographs(path, data, say)
    return path


def trained(project: Path, name: str, order: TrainingOrder) -> None:
    """Train a run, go on with one that was stopped, leave a finished one alone."""
    with Project.open(project) as opened:
        status = {run.name: run.status for run in opened.runs.all()}.get(name)
    if status == "done":
        return
    print(f"{name}{' (resumed)' if status else ''}", flush=True)
    began = time.perf_counter()
    events.run(resume_run(project, name) if status else train_run(project, order), say)
    print(f"  {time.perf_counter() - began:.0f} s", flush=True)


def student_order(recipe: str, k: int, seed: int, settings: list[str], teachers: list[str]) -> TrainingOrder:
    """Order a student: the light backbone, the same steps and images a step for every recipe."""
    chosen = with_settings(load_recipe(recipe), settings)
    names = tuple(teachers[: chosen.teacher.count])
    return TrainingOrder(chosen, labels=k, seed=seed, teachers=names, name=f"{recipe}-k{k}-s{seed}")


def measured(project: Path, run: str, split: str) -> dict[str, object]:
    """Measure a run on a split."""
    with Project.open(project) as opened:
        records = opened.records.page(0, -1, split=split)
        labels = opened.annotations.labels([record.image_id for record in records])
        truth = {record.name: labels[record.image_id] for record in records}
        known = {record.name: opened.predictions.load(run, record.image_id) for record in records}
    if any(landmarks is None for landmarks in known.values()):
        known = dict(events.run(predict_run(project, run, ChosenImages(split=split))).landmarks)
    summary = evaluate(known, truth).to_json()
    return {name: summary[name] for name in (*FIGURES, "per_image")}


def floor(project: Path, run: str, split: str) -> dict[str, float]:
    """Measure the mean shape of the labels that a run saw."""
    with Project.open(project) as opened:
        records = opened.records.page(0, -1, split=split)
        labels = opened.annotations.labels([record.image_id for record in records])
        sizes = {record.content_hash: record.size for record in opened.records.page(0, -1)}
        frozen = FrozenData.read(opened.runs.get(run).folder)
    pairs = [(image.landmarks, sizes[image.content_hash]) for image in frozen.labelled if image.landmarks is not None]
    shape = mean_shape(pairs)
    predicted = {record.name: shape.predict(record.size) for record in records}
    summary = evaluate(predicted, {record.name: labels[record.image_id] for record in records}).to_json()
    return {name: summary[name] for name in FIGURES}


def pooled(rows: list[dict[str, object]]) -> dict[str, float]:
    """Give mean and spread (sample SD over seeds) of each figure."""
    values = {name: np.array([float(str(row[name])) for row in rows]) for name in FIGURES}
    spread = {f"sd_{name}": float(v.std(ddof=1)) if len(v) > 1 else float("nan") for name, v in values.items()}
    return {name: float(v.mean()) for name, v in values.items()} | spread


def main() -> int:
    """Train what is missing and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--k", type=int, nargs="+", default=[10, 5, 25])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--recipes", nargs="+", default=list(RECIPES))
    parser.add_argument("--steps", type=int, default=600, help="of every student")
    parser.add_argument("--teacher-steps", type=int, default=300)
    parser.add_argument("--student", default="tiny", help="backbone of the student")
    parser.add_argument("--set", action="append", default=[], help="setting of every student")
    parser.add_argument("--final", action="store_true", help="measure on test and write the result file")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "label_efficiency.json")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    split = "test" if options.final else "val"
    result: dict[str, object] = json.loads(options.out.read_text()) if options.out.exists() else {}
    for k in options.k:
        project = prepared(options.work, options.data, k)
        table, rows = study(project, k, options, split)
        show(k, split, table)
        settings = {"steps": options.steps, "teacher_steps": options.teacher_steps, "student": options.student}
        result[f"k={k}"] = {
            "circumstances": circumstances(),
            "settings": {**settings, "set": options.set},
            "table": table,
            "per_seed": rows,
        }
    if options.final:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"Wrote {options.out}")
    return 0


def study(
    project: Path, k: int, options: argparse.Namespace, split: str
) -> tuple[dict[str, dict[str, float]], dict[str, list[dict[str, object]]]]:
    """Train and measure all that belongs to one number of labels."""
    teachers = [f"teacher-k{k}-s{100 + index}" for index in range(N_TEACHERS)]
    for index, name in enumerate(teachers):
        settings = [f"training.steps={options.teacher_steps}", "student.backbone=teacher"]
        recipe = with_settings(load_recipe("supervised"), settings)
        trained(project, name, TrainingOrder(recipe, labels=k, seed=100 + index, name=name))
    settings = [f"training.steps={options.steps}", f"student.backbone={options.student}", *options.set]
    rows: dict[str, list[dict[str, object]]] = {recipe: [] for recipe in options.recipes}
    for seed in options.seeds:
        for recipe in options.recipes:
            order = student_order(recipe, k, seed, settings, teachers)
            trained(project, str(order.name), order)
            rows[recipe].append(measured(project, str(order.name), split))
    table = {recipe: pooled(found) for recipe, found in rows.items()}
    table["teacher"] = pooled([measured(project, name, split) for name in teachers])
    return table | {"mean shape": floor(project, teachers[0], split)}, rows


def show(k: int, split: str, table: dict[str, dict[str, float]]) -> None:
    """Print one table."""
    print(f"\nk = {k}, {split}: mean radial error (SD over seeds), median, 95th percentile in px; share beyond 50 px")
    for name, row in table.items():
        mean, median, p95, outliers = (row[figure] for figure in FIGURES)
        sd = row.get("sd_mean_radial_error_px", float("nan"))
        print(f"  {name:<14} {mean:7.2f} ({sd:.2f})  {median:7.2f}  {p95:7.2f}  {100 * outliers:5.1f} %")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
