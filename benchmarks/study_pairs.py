"""Hold rows of a finished study against each other, image by image, errors averaged over seeds and draws.

    python benchmarks/study_pairs.py PROJECT REPORT_FOLDER --against continued [--pair composite kd ...] [--labels N]

REPORT_FOLDER is PROJECT/reports/STUDY. Of a study with several numbers of labels one is read, or all, whose rows are
called ROW@LABELS then. The interval is a bootstrap over draws (in pairs), seeds and images (95 %), p is Wilcoxon's,
two-sided and not adjusted. Lost landmarks are named by run.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from measuring import circumstances

from napari_kdland.evaluation import evaluate
from napari_kdland.evaluation.effects import means, nested_interval
from napari_kdland.evaluation.statistics import wilcoxon_p
from napari_kdland.project import Project

if TYPE_CHECKING:
    from numpy.typing import NDArray

    ByDraw = dict[str, NDArray[np.float64]]

# A landmark whose mean error in a run is above this was learnt to be somewhere else.
LOST_PX = 40


def errors_of(
    project_path: Path, report: Path, split: str, labels: str | None
) -> tuple[dict[str, ByDraw], dict[str, list[str]]]:
    """Give each row's mean radial errors by draw, (runs, images) in pixels, and each run's lost landmarks."""
    runs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with (report / "runs.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    there = sorted({line["labels"] for line in lines})
    if labels and labels not in there:
        raise SystemExit(f"The study has rows of {', '.join(there)} labels: name one of them with --labels.")
    for line in lines:
        if labels in (None, line["labels"]):
            is_told_apart = labels is None and len(there) > 1
            row = f"{line['row']}@{line['labels']}" if is_told_apart else line["row"]
            runs[row].append((line["draw"], line["run"]))
    found, lost = {}, {}
    with Project.open(project_path, announce=False) as project:
        records = project.records.page(0, -1, split=split)
        readings = project.annotations.labels([record.image_id for record in records])
        truth = {record.name: readings[record.image_id] for record in records}
        for row, names in runs.items():
            rows = defaultdict(list)
            for draw, run in names:
                known = {record.name: project.predictions.load(run, record.image_id) for record in records}
                judged = evaluate(known, truth).to_json()
                rows[draw].append([judged["per_image"][record.name] for record in records])
                lost[run] = [
                    name for name, one in judged["per_landmark"].items() if (one["mean_radial_error_px"] or 0) > LOST_PX
                ]
            found[row] = {draw: np.array(errors) for draw, errors in rows.items()}
    return found, lost


def difference(one: ByDraw, other: ByDraw) -> dict[str, float]:
    """Give the mean difference of two rows, draw by draw, with its interval."""
    pairs = [(one[draw], other[draw]) for draw in one if draw in other]
    low, high = nested_interval([first for first, _ in pairs], [second for _, second in pairs], means)
    each = np.mean([first.mean(axis=0) - second.mean(axis=0) for first, second in pairs], axis=0)
    figures = {"difference_px": each.mean(), "low": low, "high": high, "p": wilcoxon_p(each)}
    return {name: round(float(figure), 4) for name, figure in figures.items()}


def main() -> None:
    """Measure all pairs and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("--against", required=True, help="row that all others are held against")
    parser.add_argument("--pair", nargs=2, action="append", default=[], metavar=("ROW", "OTHER"))
    parser.add_argument("--split", default="test")
    parser.add_argument("--labels", help="number of labels, of a study with several; all, if none is named")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    errors, lost = errors_of(options.project, options.report, options.split, options.labels)
    pairs = [(row, options.against) for row in errors if row != options.against] + [
        tuple(pair) for pair in options.pair
    ]
    found = {f"{one} - {other}": difference(errors[one], errors[other]) for one, other in pairs}
    by_run = {
        row: [round(float(mean), 2) for rows in by_draw.values() for mean in rows.mean(axis=1)]
        for row, by_draw in errors.items()
    }
    result = {
        "mean_px_by_run": by_run,
        "pairs": found,
        "lost_landmarks": {run: names for run, names in lost.items() if names},
    }
    text = json.dumps({**circumstances(), **result}, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
