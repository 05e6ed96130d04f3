"""Projects that were opened lately, kept in the user's settings."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QSettings

_KEY = "recent_projects"
_KEPT = 6


def recent_projects() -> list[Path]:
    """Give the projects opened lately that are still there, the latest first."""
    return [path for path in _stored() if (path / "project.toml").exists()]


def remember(path: Path) -> None:
    """Put a project first."""
    others = [each for each in _stored() if each != path]
    window_settings().setValue(_KEY, [str(each) for each in [path, *others][:_KEPT]])


def _stored() -> list[Path]:
    value = window_settings().value(_KEY, [])
    names = [value] if isinstance(value, str) else list(value or [])
    return [Path(name) for name in names]


def window_settings() -> QSettings:
    """Give the file in which the window keeps what it remembers for the user."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "napari-kdland", "window")
