"""Changes of the project's scheme: the manifest is replaced whole, and what was taken out is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from napari_kdland.anatomy.scheme import LandmarkEntry, RegionEntry
from napari_kdland.anatomy.scheme_editing import Removed, taken_out
from napari_kdland.errors import SchemeError
from napari_kdland.project.database import now
from napari_kdland.project.manifest import read_manifest, write_manifest
from napari_kdland.project.tables import rankings, removed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from napari_kdland.anatomy.scheme import Scheme
    from napari_kdland.project.database import Database
    from napari_kdland.project.layout import Layout


class SchemeChanges:
    """The scheme of one project, and what it once had.

    Parameters
    ----------
    database, layout
        The open project.
    scheme
        As this opening of the project knows it.
    """

    def __init__(self, database: Database, layout: Layout, scheme: Scheme) -> None:
        self._database = database
        self._layout = layout
        self._scheme = scheme

    def removed(self) -> Removed:
        """Give the landmarks and regions that were taken out of the scheme and not added again."""
        landmarks, regions = {}, {}
        with self._database.reading() as connection:
            for row in connection.execute(select(removed).order_by(removed.c.time, removed.c.name)):
                if row.kind == "landmark":
                    landmarks[row.name] = LandmarkEntry.model_validate(row.entry)
                else:
                    regions[row.name] = RegionEntry.model_validate(row.entry)
        return Removed(landmarks, regions)

    def is_outdated(self) -> bool:
        """Whether the scheme on the disk is another one by now.

        Raises
        ------
        ProjectError
            If the manifest cannot be read.
        """
        return read_manifest(self._layout.manifest_path).scheme != self._scheme

    def change(self, scheme: Scheme) -> None:
        """Put another scheme in place of this one; open the project anew to work with it.

        The journals stay as they are: what was said of a landmark or region that is taken out counts again when one of
        its name is added. Rankings are dropped where the landmarks are others now.

        Raises
        ------
        SchemeError
            If the scheme was changed elsewhere since this project was opened; nothing is changed.
        ProjectError
            If it cannot be written; nothing is changed.
        """
        with self._database.writing() as connection:
            manifest = read_manifest(self._layout.manifest_path)
            if manifest.scheme != self._scheme:
                raise SchemeError(
                    "The scheme was changed in another window meanwhile. Nothing is changed here: look at it as it is "
                    "now, then change it again."
                )
            _remember(connection, self._scheme, scheme)
            if set(scheme.landmark_names) != set(self._scheme.landmark_names):
                connection.execute(delete(rankings))
            # Last: where it cannot be written, nothing above is kept either.
            write_manifest(manifest.model_copy(update={"scheme": scheme}), self._layout.manifest_path)


def _remember(connection: Connection, before: Scheme, after: Scheme) -> None:
    gone = taken_out(before, after)
    for kind, entries, names in (
        ("landmark", gone.landmarks, after.landmark_names),
        ("region", gone.regions, after.region_names),
    ):
        connection.execute(delete(removed).where(removed.c.kind == kind, removed.c.name.in_([*names, *entries])))
        rows = [
            {"kind": kind, "name": name, "entry": entry.model_dump(mode="json"), "time": now()}
            for name, entry in entries.items()
        ]
        if rows:
            connection.execute(insert(removed), rows)
