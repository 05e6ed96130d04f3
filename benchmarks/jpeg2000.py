"""Time the decoders of JPEG 2000, and for how long each stops the other threads of the process.

python benchmarks/jpeg2000.py [--repeats 9] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gui import write_dicom
from measuring import circumstances
from pydicom import dcmread
from pydicom.pixels import pixel_array

import napari_kdland.images.dicom.compressed  # noqa: F401 - registers the plugin
from napari_kdland.images.dicom import imagecodecs_plugin

if TYPE_CHECKING:
    from collections.abc import Callable

PLUGINS = (imagecodecs_plugin.LABEL, "pylibjpeg", "gdcm", "pillow")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Give the milliseconds that work took, and the longest for which another thread could not go on."""
    is_over, stops = threading.Event(), [0.0]

    def beat() -> None:
        last = time.perf_counter()
        while not is_over.wait(0.001):
            now = time.perf_counter()
            stops.append(now - last)
            last = now

    other = threading.Thread(target=beat)
    other.start()
    begun = time.perf_counter()
    work()
    took = time.perf_counter() - begun
    is_over.set()
    other.join()
    return 1000 * took, 1000 * max(stops)


def main() -> None:
    """Measure in turns and write down medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.dcm")
        write_dicom(path, 1, "jpeg2000")
        dataset = dcmread(path)
        found: dict[str, list[tuple[float, float]]] = {plugin: [] for plugin in PLUGINS}
        for _ in range(options.repeats):
            for plugin in PLUGINS:
                found[plugin].append(timed(lambda plugin=plugin: pixel_array(dataset, decoding_plugin=plugin)))
    rows = {
        plugin: {
            "median_ms": round(statistics.median(took for took, _ in pairs), 1),
            "max_ms": round(max(took for took, _ in pairs), 1),
            "median_longest_stop_of_another_thread_ms": round(statistics.median(stop for _, stop in pairs), 1),
        }
        for plugin, pairs in found.items()
    }
    text = json.dumps({**circumstances(), "image": "2048 x 2048, 12 of 16 bits, lossless", "decoders": rows}, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
