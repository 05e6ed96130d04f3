"""The open project: its folder, its database, and everything that is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from sqlalchemy import insert

from napari_kdland.errors import ProjectError
from napari_kdland.project import patients
from napari_kdland.project.annotations import Annotations
from napari_kdland.project.database import Database, now
from napari_kdland.project.layout import SUFFIX, Layout
from napari_kdland.project.manifest import Manifest, read_manifest, write_manifest
from napari_kdland.project.records import Records
from napari_kdland.project.tables import SCHEMA_VERSION, create_tables, facts

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from napari_kdland.anatomy.scheme import Scheme


class Project:
    """One project, open. Close it when done, or use it in a ``with`` block."""

    def __init__(self, layout: Layout, manifest: Manifest, database: Database, notes: tuple[str, ...] = ()) -> None:
        self.layout = layout
        self.name = manifest.name
        self.scheme = manifest.scheme
        self.notes = notes
        self._database = database
        names = manifest.scheme.landmark_names
        self.records = Records(database, layout.folder, len(names))
        self.annotations = Annotations(database, names)

    @classmethod
    def create(cls, path: Path, scheme: Scheme, name: str | None = None) -> Project:
        """Make a new project folder and open it.

        Raises
        ------
        ProjectError
            If there is something at `path` already, or it cannot be written.
        """
        layout = Layout.at(path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX))
        if layout.folder.exists() and (not layout.folder.is_dir() or any(layout.folder.iterdir())):
            raise ProjectError(f"{layout.folder} exists already. Choose another name, or open it.")
        try:
            for folder in (layout.cache_folder, layout.runs_folder, layout.reports_folder):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"Cannot make {layout.folder}: {error.strerror}. Choose another folder.") from error
        database = Database(layout.database_path)
        with database.writing() as connection:
            create_tables(connection)
            patients.make_key(connection)
            connection.execute(insert(facts).values(key="created", value=now()))
        database.close()
        manifest = Manifest(name=name or layout.folder.stem, schema_version=SCHEMA_VERSION, scheme=scheme)
        write_manifest(manifest, layout.manifest_path)
        return cls.open(layout.folder)

    @classmethod
    def open(cls, path: Path) -> Project:
        """Open a project folder.

        Raises
        ------
        NewerProject
            If a newer version of the program made it.
        ProjectError
            If it is no project, or is damaged.
        """
        layout = Layout.at(path)
        manifest = read_manifest(layout.manifest_path)
        if not layout.database_path.exists():
            raise ProjectError(f"{layout.folder} has no project.db. Put it back from a copy of the project.")
        return cls(layout, manifest, Database(layout.database_path))

    @property
    def path(self) -> Path:
        """The project folder."""
        return self.layout.folder

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be changed."""
        return self._database.is_read_only

    def close(self) -> None:
        """Close the project; everything is on the disk already."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
