"""Projects, jobs and waiting for the tests of the session."""

import time
from pathlib import Path

import imageio.v3 as iio
import numpy as np

from napari_kdland import images
from napari_kdland.anatomy.regions import Regions
from napari_kdland.anatomy.scheme import LandmarkEntry, RegionEntry, Scheme
from napari_kdland.errors import KdlandError, OutOfMemory
from napari_kdland.events import Advanced, Started
from napari_kdland.project import Project

NAMES = ("apex", "angle", "border")
REGIONS = ("lung", "heart")


def a_scheme():
    return Scheme(name="three", landmarks=[LandmarkEntry(name=name) for name in NAMES])


def a_scheme_of_regions(*, landmarks=NAMES):
    entries = [RegionEntry(name=name, bit=1 << place, title=name.upper()) for place, name in enumerate(REGIONS)]
    entries[0] = entries[0].model_copy(update={"colour": "#123456"})
    return Scheme(name="organs", landmarks=[LandmarkEntry(name=name) for name in landmarks], regions=entries)


def some_regions(size=(60, 50), shift=0):
    """Give a lung and a heart that overlap, `shift` pixels further down."""
    masks = np.zeros((2, *size), dtype=bool)
    masks[0, 10 + shift : 40 + shift, 5:25] = True
    masks[1, 25 + shift : 50 + shift, 15:40] = True
    return Regions(REGIONS, masks)


def a_project(folder, count=3, size=(60, 50), splits=(), scheme=None):
    """Make a project of `count` different PNG images called image_0.png and so on, and close it; gives its path."""
    with Project.create(folder / "trial", scheme or a_scheme()) as project:
        for number in range(count):
            path = folder / f"image_{number}.png"
            noise = np.random.default_rng(number).integers(0, 255, size, dtype=np.uint8)
            iio.imwrite(path, noise)
            split = splits[number] if number < len(splits) else "pool"
            project.records.add(images.read(path), path, split=split)
        return project.path


def some_pictures(folder, count=3):
    """Write `count` different PNG images called new_0.png and so on; gives the folder."""
    folder.mkdir()
    for number in range(count):
        noise = np.random.default_rng(100 + number).integers(0, 255, (40, 40), dtype=np.uint8)
        iio.imwrite(folder / f"new_{number}.png", noise)
    return folder


def three_steps():
    yield Started("three", 3)
    for done in (1, 2, 3):
        yield Advanced(done)
    return "counted"


def endless(saved):
    try:
        while True:
            time.sleep(0.001)
            yield Advanced(0)
    finally:
        saved.append("checkpoint")


def endless_with_file(path):
    try:
        while True:
            time.sleep(0.001)
            yield Advanced(0)
    finally:
        Path(path).write_text("checkpoint")


def refusing():
    yield Started("train")
    raise KdlandError("No labelled image: place some.")


def memory_short():
    yield Started("train")
    raise OutOfMemory("cpu has no memory left for 8 images.")


def wait_for(runner, is_so, seconds=20.0):
    until = time.monotonic() + seconds
    while not is_so():
        runner.poll()
        time.sleep(0.002)
        assert time.monotonic() < until, "waited too long"


def drain(runner, seconds=20.0):
    wait_for(runner, lambda: not runner.running, seconds)
