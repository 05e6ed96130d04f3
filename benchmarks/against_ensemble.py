"""Hold students against the ensemble of their teachers itself: the mean of its heatmaps, read as one answer.

    python benchmarks/against_ensemble.py PROJECT --teachers RUN RUN RUN --students RUN [RUN ...] --out FILE

The interval is a bootstrap over students and images (95 %).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from measuring import circumstances

from napari_kdland import events
from napari_kdland.evaluation.abstention import Limit
from napari_kdland.evaluation.effects import hierarchical_interval, means
from napari_kdland.jobs.calibrating import measured, uncertain_predictor
from napari_kdland.jobs.predicting import predictor_of
from napari_kdland.project import Project
from napari_kdland.recipes.asking import Asking

if TYPE_CHECKING:
    from numpy.typing import NDArray


def errors_of(project: Project, split: str, run: str, asking: Asking) -> NDArray[np.float64]:
    """Give the mean radial error of each image in its pixels, with one network or with several."""
    ids = project.annotations.labelled_ids(split=split)
    records = [project.records.get(image_id) for image_id in ids]
    truths = project.annotations.labels(ids)
    predictor = predictor_of(project, run, "cpu")
    uncertain = events.run(uncertain_predictor(project, run, predictor, asking, Limit(), device="cpu"))
    errors, _ = events.run(measured(project, uncertain, records, truths))
    found: NDArray[np.float64] = np.nanmean(errors, axis=1)
    return found


def main() -> None:
    """Measure, print and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--teachers", nargs="+", required=True)
    parser.add_argument("--students", nargs="+", required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    first, *others = options.teachers
    with Project.open(options.project, announce=False) as project:
        ensemble = errors_of(project, options.split, first, Asking("ensemble", tuple(others)))[None]
        alone = np.array([errors_of(project, options.split, run, Asking()) for run in options.teachers])
        students = np.array([errors_of(project, options.split, run, Asking()) for run in options.students])
    low, high = hierarchical_interval(students, ensemble, means)
    result = {
        **circumstances(),
        "images": ensemble.shape[1],
        "teachers_px": dict(zip(options.teachers, alone.mean(axis=1).round(2).tolist(), strict=True)),
        "students_px": dict(zip(options.students, students.mean(axis=1).round(2).tolist(), strict=True)),
        "ensemble_px": round(float(ensemble.mean()), 2),
        "students_minus_ensemble_px": [
            round(float(value), 2) for value in (students.mean() - ensemble.mean(), low, high)
        ],
    }
    text = json.dumps(result, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
