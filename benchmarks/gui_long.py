"""Measure the window over a working day: 10,000 images in a project, a hundred next images, memory and layers over 500.

Needs a display (or ``xvfb-run``). The first hundred images are real files; of the others the window shows the names.

    python benchmarks/gui_long.py [--images 10000] [--visits 500] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import napari
import numpy as np
from gui import look_at, show_time, wait, write_dicom
from measuring import circumstances
from qtpy.QtWidgets import QApplication

from napari_kdland import images
from napari_kdland.anatomy import load_scheme
from napari_kdland.gui.window import show
from napari_kdland.images.radiograph import Radiograph, Spacing, View
from napari_kdland.project import Project

if TYPE_CHECKING:
    from napari_kdland.gui.main_widget import KdlandWidget

N_FILES = 100


def build(folder: Path, count: int) -> Path:
    """Make a project of `count` images, the first hundred of which are there."""
    nothing = np.zeros((2048, 2048), dtype=np.float32)
    with Project.create(folder / "day.kdland", load_scheme("chest-10")) as project:
        for number in range(count):
            path = folder / f"{number:05d}.dcm"
            if number < N_FILES:
                write_dicom(path, number, "uncompressed")
                project.records.add(images.read(path), path, split="pool")
                continue
            spacing = Spacing(0.14, 0.14, "ImagerPixelSpacing")
            radiograph = Radiograph(nothing, nothing, spacing, f"{number:064x}", f"P{number // 3}", View("PA", True))
            project.records.add(radiograph, path, split="pool")
        return project.path


def resident_mb() -> float:
    """Give the memory that this process holds, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def next_images(widget: KdlandWidget, ids: list[int]) -> dict[str, float]:
    """Leaf through the images, looking at each for half a second."""
    show_time(widget, ids[-1])
    times = []
    for image_id in ids:
        look_at(widget, seconds=0.5)
        times.append(show_time(widget, image_id))
    median, p95 = np.percentile(times, [50, 95])
    return {"n": len(times), "median_ms": round(median, 1), "p95_ms": round(p95, 1), "max_ms": round(max(times), 1)}


def visits(viewer: napari.Viewer, widget: KdlandWidget, ids: list[int], count: int) -> list[dict[str, float]]:
    """Change the image many times, round and round; tell memory and layers after every hundred."""
    rows = []
    for number in range(1, count + 1):
        show_time(widget, ids[number % len(ids)])
        if number % 100 == 0:
            look_at(widget, seconds=0.5)
            rows.append({"visits": number, "resident_mb": round(resident_mb(), 1), "layers": len(viewer.layers)})
    return rows


def measure(count: int, n_visits: int) -> dict[str, object]:
    """Build, open, leaf, wander."""
    with tempfile.TemporaryDirectory() as folder:
        path = build(Path(folder), count)
        viewer = napari.Viewer()
        viewer.window.resize(1600, 1000)
        QApplication.processEvents()
        begun = time.perf_counter()
        widget = show(viewer, path)
        wait(lambda: widget.session.record is not None)
        QApplication.processEvents()
        opened = time.perf_counter() - begun
        look_at(widget, seconds=2.0)
        with Project.open(path) as project:
            ids = [record.image_id for record in project.records.page(0, N_FILES)]
        result: dict[str, object] = {"images": count, "open_project_and_first_image_s": round(opened, 2)}
        result["next_images"] = next_images(widget, ids)
        result["over_visits"] = visits(viewer, widget, ids, n_visits)
        viewer.close()
    return result


def main() -> None:
    """Measure and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--visits", type=int, default=500)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    binding = {"binding": os.environ.get("QT_API", "")}
    text = json.dumps({**circumstances(), **binding, **measure(options.images, options.visits)}, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
