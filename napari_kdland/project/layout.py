"""Where everything of a project lies in its folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".kdland"
MANIFEST = "project.toml"


@dataclass(frozen=True)
class Layout:
    """The places inside one project folder.

    Parameters
    ----------
    folder
        The project folder, an absolute path.
    """

    folder: Path

    @classmethod
    def at(cls, path: Path | str) -> Layout:
        """Give the layout of the project at `path`, its folder or its ``project.toml``; links are kept as they are."""
        folder = Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100 - folds ".." without following links
        return cls(folder.parent if folder.name == MANIFEST else folder)

    @property
    def manifest_path(self) -> Path:
        """``project.toml``: name, schema version and scheme, to be read and compared."""
        return self.folder / MANIFEST

    @property
    def database_path(self) -> Path:
        """``project.db``: everything else that must not be lost."""
        return self.folder / "project.db"

    @property
    def cache_folder(self) -> Path:
        """Decoded images and thumbnails; may be deleted at any time."""
        return self.folder / "cache"

    @property
    def masks_folder(self) -> Path:
        """Region masks of readers, files and models, each named by its content."""
        return self.folder / "masks"

    @property
    def runs_folder(self) -> Path:
        """One folder a run."""
        return self.folder / "runs"

    @property
    def reports_folder(self) -> Path:
        """Comparison pages."""
        return self.folder / "reports"

    @property
    def backups_folder(self) -> Path:
        """Copies of the database, made before every migration and when asked for."""
        return self.folder / "backups"

    def run_folder(self, name: str) -> Path:
        """Give the folder of the run called `name`."""
        return self.runs_folder / name
