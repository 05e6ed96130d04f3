"""Time what a person feels in the window: its opening, the event loop and the way to the next image during a training.

Needs a display (or ``xvfb-run``). The training runs in the background of this process, on all cores, as from the panel.

    python benchmarks/gui.py [--images 12] [--seconds 20] [--out FILE.json]
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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
from measuring import circumstances
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
    generate_uid,
)
from qtpy.QtCore import QEventLoop, Qt, QTimer
from qtpy.QtWidgets import QApplication, QWidget
from scipy.ndimage import gaussian_filter

from napari_kdland import images
from napari_kdland.anatomy import LandmarkState, load_scheme
from napari_kdland.gui.window import show
from napari_kdland.project import Annotation, Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.gui.main_widget import KdlandWidget

SIDE = 2048
SETTINGS = {("training", "steps"): 100_000, ("training", "validate_every"): 100, ("student", "backbone"): "light"}
SYNTAXES = {"uncompressed": ExplicitVRLittleEndian, "jpeg2000": JPEG2000Lossless, "rle": RLELossless}

_OPENING = """
import time, napari
from qtpy.QtWidgets import QApplication
viewer = napari.Viewer()
QApplication.processEvents()
start = time.perf_counter()
from napari_kdland.gui.main_widget import KdlandWidget
widget = KdlandWidget(viewer)
viewer.window.add_dock_widget(widget, name="KDLand")
QApplication.processEvents()
print(time.perf_counter() - start)
viewer.close()
"""


def write_dicom(path: Path, seed: int, syntax: str) -> None:
    """Write a 12-bit image in 16 bits: smooth shapes, and so much grain that it compresses as radiographs do.

    JPEG 2000 without loss comes to about 3 bits a pixel; a real radiograph of 10 bits came to 2.2.
    """
    rng = np.random.default_rng(seed)
    smooth = np.kron(gaussian_filter(rng.normal(size=(128, 128)), 8), np.ones((16, 16)))
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    pixels = np.clip(400 + 3000 * smooth + rng.normal(0, 1.6, (SIDE, SIDE)), 0, 4095).astype(np.uint16)
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = ComputedRadiographyImageStorage, generate_uid()
    dataset.PatientID, dataset.Modality, dataset.ImagerPixelSpacing = f"BENCH-{seed}", "CR", [0.17, 0.17]
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.set_pixel_data(pixels, "MONOCHROME2", 12)
    if SYNTAXES[syntax] != ExplicitVRLittleEndian:
        dataset.compress(SYNTAXES[syntax], generate_instance_uid=False)
    dataset.save_as(path, enforce_file_format=True)


def build(folder: Path, count: int) -> Path:
    """Make a project with `count` images of each syntax; the uncompressed ones are annotated and in train."""
    scheme = load_scheme("chest-10")
    rng = np.random.default_rng(0)
    with Project.create(folder / "bench", scheme) as project:
        for place, syntax in enumerate(SYNTAXES):
            for number in range(count):
                path = folder / f"{syntax}_{number:02d}.dcm"
                write_dicom(path, 1000 * place + number, syntax)
                split = "train" if syntax == "uncompressed" else "pool"
                record = project.records.add(images.read(path), path, split=split)
                points = rng.uniform(100, SIDE - 100, (len(scheme.landmarks), 2)).tolist()
                project.annotations.edit_many(
                    [
                        Annotation(record.image_id, name, LandmarkState.PLACED, (y, x))
                        for name, (y, x) in zip(scheme.landmark_names, points, strict=True)
                    ],
                    reader="bench",
                )
        return project.path


def wait(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    """Run the event loop until something is so; it sleeps in between, as it does under a user's hands."""
    until = time.perf_counter() + seconds
    loop, timer = QEventLoop(), QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: loop.quit() if is_so() or time.perf_counter() > until else None)
    timer.start(1)
    if not is_so():
        loop.exec()
    timer.stop()
    QApplication.processEvents()
    if not is_so():
        raise TimeoutError("waited too long")


def opening(repeats: int) -> list[float]:
    """Time a fresh process: from napari's own window to the plugin in it, painted; in seconds."""
    commands = [sys.executable, "-c", _OPENING]
    runs = [subprocess.run(commands, capture_output=True, text=True, check=True) for _ in range(repeats)]
    return [float(run.stdout.split()[-1]) for run in runs]


def timer_gaps(seconds: float) -> list[float]:
    """Give the milliseconds between the ticks of a 10 ms timer."""
    ticks: list[float] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start(10)
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()
    timer.stop()
    return list(1000 * np.diff(ticks))


def show_time(widget: KdlandWidget, image_id: int) -> float:
    """Give the milliseconds from the wish for an image until its first picture has been handed to the screen."""
    canvas: Any = next(each for each in widget.window().findChildren(QWidget) if hasattr(each, "frameSwapped"))
    pictures: list[float] = []

    def note_picture() -> None:
        if widget.session.record is not None and widget.session.record.image_id == image_id:
            pictures.append(time.perf_counter())

    canvas.frameSwapped.connect(note_picture)
    start = time.perf_counter()
    widget.session.paging.go_to(image_id)
    wait(lambda: bool(pictures))
    canvas.frameSwapped.disconnect(note_picture)
    return 1000 * (pictures[0] - start)


def look_at(widget: KdlandWidget, seconds: float) -> None:
    """Let time go by, and all that is being read come."""
    until = time.perf_counter() + seconds
    wait(lambda: time.perf_counter() > until)
    wait(lambda: not [handle for handle in widget.runner.running if handle.title.startswith("Open")])


def next_images(widget: KdlandWidget, name: str, count: int) -> list[float]:
    """Leaf through the images of a syntax, looking at each for a second or more: the next one has been read ahead."""
    records = widget.session.the_project().records
    ids = [records.find(f"{name}_{number:02d}.dcm").image_id for number in range(count)]
    show_time(widget, ids[0])
    times = []
    for image_id in ids[1:]:
        look_at(widget, seconds=1.0)
        times.append(show_time(widget, image_id))
    return times


def jumps(widget: KdlandWidget, name: str, count: int) -> list[float]:
    """Jump to images that nobody has read ahead: every third one, from the last to the first."""
    records = widget.session.the_project().records
    times = []
    for number in range(count - 1, 0, -3):
        look_at(widget, seconds=0.3)
        times.append(show_time(widget, records.find(f"{name}_{number:02d}.dcm").image_id))
    return times


def summed_up(times: list[float]) -> dict[str, float]:
    """Give count, median and largest."""
    return {"n": len(times), "median_ms": round(statistics.median(times), 1), "max_ms": round(max(times), 1)}


def loop_figures(gaps: list[float]) -> dict[str, float]:
    """Give median, 99th percentile and largest gap."""
    p50, p99 = np.percentile(gaps, [50, 99])
    return {"n": len(gaps), "p50_ms": round(p50, 1), "p99_ms": round(p99, 1), "max_ms": round(max(gaps), 1)}


def start_training(widget: KdlandWidget) -> Callable[[], int]:
    """Train in the background as the panel does; gives a function that tells the steps done."""
    panel = widget.panel("Train")
    panel.setup.choose("supervised")
    for (part, key), value in SETTINGS.items():
        panel.setup.form.widget_at(part, key).value = value
    # So many steps take long, which the window would ask about.
    widget.desk.trainings.ask(replace(panel.setup.request(), is_confirmed=True))
    wait(lambda: bool(panel.curves.points_of("loss")[0]), 600)
    return lambda: panel.curves.points_of("loss")[0][-1]


def measure(count: int, seconds: float) -> dict[str, Any]:
    """Build a project, open it in a window, and measure with and without a training."""
    with tempfile.TemporaryDirectory() as folder:
        path = build(Path(folder), count)
        viewer = napari.Viewer()
        viewer.window.resize(1600, 1000)
        widget = show(viewer, path)
        wait(lambda: widget.session.record is not None)
        timer_gaps(3)  # the first picture compiles napari's shaders
        sizes = {name: Path(folder, f"{name}_00.dcm").stat().st_size for name in SYNTAXES}
        about = {"images": f"{SIDE} x {SIDE}, 12 of 16 bits", "file_bytes": sizes}
        result: dict[str, Any] = {**about, "idle": window_figures(widget, count, 5)}
        steps = start_training(widget)
        begun, first = time.perf_counter(), steps()
        result["training"] = window_figures(widget, count, seconds)
        rate = (steps() - first) / (time.perf_counter() - begun)
        result["training"]["steps_per_s_meanwhile"] = round(rate, 2)
        viewer.close()
    return result


def window_figures(widget: KdlandWidget, count: int, seconds: float) -> dict[str, Any]:
    """Measure the event loop and the ways to an image."""
    figures: dict[str, Any] = {
        "timer_10_ms": loop_figures(timer_gaps(seconds)),
        "next_read_ahead": summed_up(next_images(widget, "uncompressed", count)),
    }
    for syntax in SYNTAXES:
        widget.session.paging.forget()  # so that every jump reads its file
        figures[f"jump_{syntax}"] = summed_up(jumps(widget, syntax, count))
    return figures


def main() -> None:
    """Measure and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    opened = opening(3)
    result = {
        **circumstances(),
        "binding": os.environ.get("QT_API", ""),
        "load_average_before": round(os.getloadavg()[0], 1),
        "niceness": os.nice(0) if hasattr(os, "nice") else 0,
        "opening_beyond_napari_s": round(statistics.median(opened), 2),
        **measure(arguments.images, arguments.seconds),
    }
    text = json.dumps(result, indent=2)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
