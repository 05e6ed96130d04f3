"""Look at the machine: devices with free memory, versions, decoders. Holds no patient data."""

from __future__ import annotations

import importlib.metadata
import platform
import sqlite3
import sys
from typing import TYPE_CHECKING

from napari_kdland import __version__
from napari_kdland.events import Advanced, Job, Started, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_kdland.engine.devices import Device

_PACKAGES = (
    "napari",
    "PyQt5",
    "PyQt6",
    "torch",
    "lightning-fabric",
    "monai",
    "numpy",
    "pydicom",
    "python-gdcm",
    "imagecodecs",
    "pylibjpeg-openjpeg",
    "pylibjpeg-rle",
    "pylibjpeg-libjpeg",
    "SQLAlchemy",
)


def list_devices() -> Job[tuple[Device, ...]]:
    """Find the devices that can train, with their free memory; loads torch, so it takes a second or more."""
    yield Started("Looking for devices", 1)
    from napari_kdland.engine.devices import devices

    found = tuple(devices())
    yield Advanced(1)
    return found


def examine_installation() -> Job[dict[str, str]]:
    """Collect what a bug report needs: versions of the program and its parts, and the devices."""
    yield Started("Looking at the installation", 1)
    findings = versions() | _described((yield from list_devices()))
    yield Advanced(1)
    return findings


def versions() -> dict[str, str]:
    """Give the versions of the program, its parts and the system; loads nothing."""
    findings = {
        "napari-kdland": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
    }
    for package in _PACKAGES:
        try:
            findings[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            findings[package] = "not installed"
    return findings


def known_devices() -> dict[str, str]:
    """Give the devices with their free memory where torch is loaded already; nothing where it is not."""
    return _described(run(list_devices())) if "torch" in sys.modules else {}


def _described(devices: Iterable[Device]) -> dict[str, str]:
    free = {device: device.free_bytes for device in devices}
    memory = {device: "" if size is None else f", {size / 2**30:.1f} GiB free" for device, size in free.items()}
    return {f"device {device.name}": device.title + said for device, said in memory.items()}
