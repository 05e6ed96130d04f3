"""The radius beyond which a run's landmarks are to be looked at: kept with the run, for table and window alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from napari_kdland.errors import RunError, UsageError
from napari_kdland.evaluation.abstention import Limit

if TYPE_CHECKING:
    from napari_kdland.project import Project

_FILE = "look-here.json"


def chosen_limit(project: Project, run: str) -> Limit:
    """Give what was last chosen for a run; no limit where nothing was, or the file is damaged.

    Raises
    ------
    RunError
        If there is no such run.
    """
    path = project.runs.get(run).folder / _FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Limit(values["beyond_px"], values["level"])
    except (OSError, ValueError, KeyError, TypeError, UsageError):
        return Limit()


def choose_limit(project: Project, run: str, limit: Limit) -> None:
    """Keep a limit with a run; one without a radius takes the choice away.

    Raises
    ------
    RunError
        If there is no such run, or its folder cannot be written.
    """
    path = project.runs.get(run).folder / _FILE
    try:
        if limit.beyond_px is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(json.dumps({"beyond_px": limit.beyond_px, "level": limit.level}), encoding="utf-8")
    except OSError as error:
        raise RunError(f"Cannot write {path}: {error}. Free space or make the project writable.") from error
