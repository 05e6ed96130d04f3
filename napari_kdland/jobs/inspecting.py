"""Look at the machine: devices with free memory, versions, decoders. Holds no patient data."""

from __future__ import annotations

import importlib.metadata
import platform
import sqlite3
from typing import TYPE_CHECKING

from napari_kdland import __version__
from napari_kdland.events import Advanced, Job, Started

if TYPE_CHECKING:
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
    for device in (yield from list_devices()):
        free = "" if device.free_bytes is None else f", {device.free_bytes / 2**30:.1f} GiB free"
        findings[f"device {device.name}"] = device.title + free
    yield Advanced(1)
    return findings
