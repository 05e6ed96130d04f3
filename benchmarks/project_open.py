"""Time opening, listing and editing a project of many images.

Every time is given twice: what a person waits, and what the processor works; on a busy machine they differ.

    python benchmarks/project_open.py [--images 10000]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from measuring import circumstances

from napari_kdland.anatomy import LandmarkState, Origin, load_scheme
from napari_kdland.images.radiograph import Radiograph, Spacing, View
from napari_kdland.project import Annotation, Project
from napari_kdland.project.exchange import read_annotations, write_annotations

if TYPE_CHECKING:
    from collections.abc import Callable

_OPEN = """
import sys, time
start = time.perf_counter()
from napari_kdland.project import Project
loaded = time.perf_counter()
with Project.open(sys.argv[1]) as project:
    page = project.records.page(limit=100)
    landmarks = project.annotations.current(page[0].image_id)
    print(loaded - start, time.perf_counter() - loaded)
"""


def build(folder: Path, n_images: int) -> Path:
    """Make a project of `n_images` annotated images, three of each patient; gives its path."""
    scheme = load_scheme("chest-10")
    pixels = np.zeros((2048, 2048), dtype=np.float32)
    generator = np.random.default_rng(0)
    with Project.create(folder / "large.kdland", scheme) as project:
        for number in range(n_images):
            spacing = Spacing(0.14, 0.14, "ImagerPixelSpacing")
            radiograph = Radiograph(pixels, pixels, spacing, f"{number:064x}", f"P{number // 3}", View("PA", True))
            project.records.add(radiograph, folder / "images" / f"{number:05d}.dcm")
        points = generator.uniform(0, 2047, (n_images, len(scheme.landmark_names), 2)).tolist()
        project.annotations.edit_many(
            [
                Annotation(image_id, name, LandmarkState.PLACED, (y, x))
                for image_id in range(1, n_images + 1)
                for name, (y, x) in zip(scheme.landmark_names, points[image_id - 1], strict=True)
            ],
            reader="import",
            origin=Origin("file", "landmarks.csv"),
        )
    return project.path


def milliseconds(work: Callable[[int], object], repeats: int) -> dict[str, float]:
    """Time `work` (given the number of the repeat): what a person waits, and what the processor works for it."""
    times, works = [], []
    for repeat in range(repeats):
        start, start_work = time.perf_counter(), time.process_time()
        work(repeat)
        times.append(1000 * (time.perf_counter() - start))
        works.append(1000 * (time.process_time() - start_work))
    p95 = statistics.quantiles(times, n=20)[-1]
    figures = {"median_ms": statistics.median(times), "p95_ms": p95, "processor_ms": statistics.median(works)}
    return {name: round(figure, 2) for name, figure in figures.items()}


def opening(path: Path, repeats: int) -> dict[str, float]:
    """Time a fresh process that opens the project and shows its first page; gives medians in seconds."""
    runs = [
        subprocess.run([sys.executable, "-c", _OPEN, str(path)], capture_output=True, text=True, check=True).stdout
        for _ in range(repeats)
    ]
    imported, opened = (statistics.median(float(run.split()[part]) for run in runs) for part in (0, 1))
    return {"import_s": round(imported, 3), "open_and_first_page_s": round(opened, 3)}


def measure(n_images: int) -> dict[str, object]:
    """Build a project and time what a person waits for."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        path = build(Path(folder), n_images)
        built = time.perf_counter() - start
        result: dict[str, object] = {"images": n_images, "build_s": round(built, 1), **opening(path, 5)}
        with Project.open(path) as project:
            records, annotations = project.records, project.annotations
            result["page"] = milliseconds(lambda n: records.page(97 * n % n_images), 100)
            result["page_by_known"] = milliseconds(lambda n: records.page(97 * n % n_images, order="known"), 20)
            result["search"] = milliseconds(lambda n: records.page(text=f"{n:02d}"), 50)
            result["neighbours"] = milliseconds(lambda n: records.neighbours(1 + 97 * n % n_images), 100)
            result["current"] = milliseconds(lambda n: annotations.current(1 + 97 * n % n_images), 100)
            state = LandmarkState.PLACED
            edit = lambda n: annotations.edit(1 + n, "left_lung_apex", state, (5.0, n), reader="ada")  # noqa: E731
            result["edit"] = milliseconds(edit, 200)
            result["undo"] = milliseconds(lambda _: annotations.undo("ada"), 200)
            result["all_labels"] = milliseconds(lambda _: annotations.labels(records.ids()), 3)
            result["replay"] = milliseconds(lambda _: annotations.replay(), 3)
            table = Path(folder) / "landmarks.csv"
            result["export_csv"] = milliseconds(lambda _: write_annotations("csv", table, project), 2)
            result["read_csv"] = milliseconds(lambda _: read_annotations("csv", table, project), 2)
        result["database_mb"] = round((path / "project.db").stat().st_size / 1e6, 1)
    return result


def main() -> None:
    """Measure, print and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "project_open.json")
    options = parser.parse_args()
    load = {"processes_waiting_at_start": os.getloadavg()[0]} if hasattr(os, "getloadavg") else {}
    result = {**circumstances(), **load, **measure(options.images)}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
