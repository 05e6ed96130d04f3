"""The same loop on radiographs of other hospitals, and the student of one collection tested on the other, untrained.

`covid-cxr` differs from `wingspan-512` in everything: sizes, hospitals, rotated and cropped films, tubes, text,
disease. First the loop is run there: teacher, supervised student, distilled student, with `covid-cxr-boxes` as the
unlabelled pool. Then the students that `label_efficiency.py` trained on wingspan-512 predict the same test images, and
are measured on the six lung landmarks that both schemes share.

    python benchmarks/other_hospitals.py WORK --data DATA [--wingspan FOLDER_OF_label_efficiency]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from label_efficiency import FIGURES, N_TEACHERS, measured, pooled, say, show, student_order, trained
from measuring import circumstances

from napari_kdland import events
from napari_kdland.anatomy import load_scheme
from napari_kdland.evaluation import evaluate
from napari_kdland.jobs import SideFiles, TrainingOrder, import_images, predict_run
from napari_kdland.jobs.predicting import ChosenImages
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe, with_settings

RECIPES = ("supervised", "kd")


def prepared(work: Path, data: Path) -> Path:
    """Make the project once: covid-cxr with its splits and landmarks, covid-cxr-boxes as pool."""
    path = work / "covid-cxr.kdland"
    if path.exists():
        return path
    Project.create(path, load_scheme("chest-8")).close()
    covid, boxes = data / "covid-cxr", data / "covid-cxr-boxes"
    side = SideFiles(landmarks=covid / "landmarks_clinical.csv", split=covid / "split.csv")
    events.run(import_images(path, [covid / "images"], side_files=side, reader="masks"), say)
    events.run(import_images(path, [boxes / "images"], into="pool"), say)
    return path


def trained_there(project: Path, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Run the loop on covid-cxr."""
    k = 12
    teacher = f"teacher-k{k}"
    settings = [f"training.steps={options.teacher_steps}", "student.backbone=teacher"]
    recipe = with_settings(load_recipe("supervised"), settings)
    trained(project, teacher, TrainingOrder(recipe, labels=k, seed=100, name=teacher))
    settings = [f"training.steps={options.steps}", f"student.backbone={options.student}"]
    rows: dict[str, list[dict[str, object]]] = {recipe: [] for recipe in RECIPES}
    for seed in options.seeds:
        for name in RECIPES:
            order = student_order(name, k, seed, settings, [teacher])
            trained(project, str(order.name), order)
            rows[name].append(measured(project, str(order.name), "test"))
    table = {name: pooled(found) for name, found in rows.items()}
    return table | {"teacher": pooled([measured(project, teacher, "test")])}


def tested_there(wingspan: Path, covid: Path, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Measure runs that were trained on wingspan-512 on the test images of covid-cxr."""
    shared = [name for name in load_scheme("chest-8").landmark_names if name in load_scheme("chest-10").landmark_names]
    with Project.open(covid) as opened:
        records = opened.records.page(0, -1, split="test")
        labels = opened.annotations.labels([record.image_id for record in records])
    truth = {record.name: labels[record.image_id].reordered(shared) for record in records}
    chosen = ChosenImages(paths=tuple(record.path for record in records))
    table = {}
    for name in ("supervised", "kd", "ensemble-kd", "teacher"):
        runs = [f"{name}-k10-s{seed}" for seed in options.seeds]
        if name == "teacher":
            runs = [f"teacher-k10-s{100 + index}" for index in range(N_TEACHERS)]
        rows = []
        for run in runs:
            found = events.run(predict_run(wingspan, run, chosen)).landmarks
            summary = evaluate({image: one.reordered(shared) for image, one in found.items()}, truth).to_json()
            rows.append({figure: summary[figure] for figure in FIGURES})
        table[name] = pooled(rows)
    return table


def main() -> int:
    """Train what is missing, print both tables and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--wingspan", type=Path, help="folder that label_efficiency.py worked in")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--teacher-steps", type=int, default=300)
    parser.add_argument("--student", default="tiny")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "other_hospitals.json")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    project = prepared(options.work, options.data)
    result: dict[str, object] = {"circumstances": circumstances(), "seeds": options.seeds, "steps": options.steps}
    table = trained_there(project, options)
    show(12, "covid-cxr test, trained there", table)
    result["trained on covid-cxr, 12 labels"] = table
    if options.wingspan:
        table = tested_there(options.wingspan / "labels-10.kdland", project, options)
        show(10, "covid-cxr test, trained on wingspan-512, six landmarks", table)
        result["trained on wingspan-512, 10 labels"] = table
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
