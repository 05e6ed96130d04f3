"""Jobs and waiting for the tests of the session."""

import time
from pathlib import Path

from napari_kdland.errors import KdlandError, OutOfMemory
from napari_kdland.events import Advanced, Started


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


def wait_for(runner, is_so, seconds=10.0):
    until = time.monotonic() + seconds
    while not is_so():
        runner.poll()
        time.sleep(0.002)
        assert time.monotonic() < until, "waited too long"


def drain(runner, seconds=10.0):
    wait_for(runner, lambda: not runner.running, seconds)
