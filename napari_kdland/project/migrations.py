"""From older schema versions to this one, after a copy of the database was put aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import ProjectError
from napari_kdland.project import journal
from napari_kdland.project.backups import back_up
from napari_kdland.project.manifest import Manifest, newer_project, write_manifest
from napari_kdland.project.tables import (
    EDITS_ONLY_GROW,
    FLAGS_ONLY_GROW,
    MASKS_ONLY_GROW,
    RANKING_ENDS_WITH_ITS_RUNS,
    REVIEWS_ONLY_GROW,
    SCHEMA_VERSION,
    channels,
    decisions,
    flags,
    image_scores,
    landmark_scores,
    locks,
    masks,
    ranking_runs,
    rankings,
    removed,
    reviews,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database
    from napari_kdland.project.layout import Layout


def migrate(database: Database, layout: Layout, manifest: Manifest) -> str:
    """Bring an older database up to date.

    Returns
    -------
    str
        What was done, in a sentence; empty where nothing was to do.

    Raises
    ------
    NewerProject
        If a newer version of the program made the database.
    ProjectError
        If it is no project database, or it is older and read-only.
    """
    version = _version(database)
    if version > SCHEMA_VERSION:
        raise newer_project(layout.folder, version)
    if version < 1:
        raise ProjectError(
            f"{layout.database_path} is damaged: it holds no project. "
            f"Put the newest copy from {layout.backups_folder} in its place."
        )
    note = "" if version == SCHEMA_VERSION else _upgrade(database, layout, version)
    if manifest.schema_version != SCHEMA_VERSION and not database.is_read_only:
        write_manifest(manifest.model_copy(update={"schema_version": SCHEMA_VERSION}), layout.manifest_path)
    return note


def _upgrade(database: Database, layout: Layout, version: int) -> str:
    if database.is_read_only:
        raise ProjectError(
            f"{layout.folder} is of schema version {version} and must be brought to {SCHEMA_VERSION}, but it is "
            "read-only. Copy it to a folder that you may write, and open the copy."
        )
    copy = back_up(database, layout, note=f"v{version}")
    with database.writing() as connection:
        # Read again inside the transaction: another window may have been faster.
        for step in range(_version_of(connection), SCHEMA_VERSION):
            MIGRATIONS[step](connection)
        # Which edit stands for all readers is worked out by the rules of today.
        journal.rebuild(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
    return (
        f"The project was brought from schema version {version} to {SCHEMA_VERSION}. The older one is kept in {copy}."
    )


def _version(database: Database) -> int:
    with database.reading() as connection:
        return _version_of(connection)


def _version_of(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _to_2(connection: Connection) -> None:
    """Let images be removed, keep recipes and decisions, and let the journal refuse to be replaced."""
    connection.exec_driver_sql("ALTER TABLE images ADD COLUMN removed VARCHAR")
    connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN settings JSON")
    decisions.create(connection)
    connection.exec_driver_sql(EDITS_ONLY_GROW[-1])


def _to_3(connection: Connection) -> None:
    """Keep masks, further channels, images that are one slice of a file, and what a run began with."""
    connection.exec_driver_sql("ALTER TABLE images ADD COLUMN frame INTEGER")
    connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN start VARCHAR")
    connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN best_dice FLOAT")
    channels.create(connection)
    masks.create(connection)
    for trigger in MASKS_ONLY_GROW:
        connection.exec_driver_sql(trigger)


def _to_4(connection: Connection) -> None:
    """Keep locks, who reviewed and who flagged what, and what needs a look; let masks be taken back and repeated."""
    for table in (locks, reviews, flags, rankings, ranking_runs, image_scores, landmark_scores, removed):
        table.create(connection)
    for trigger in (*REVIEWS_ONLY_GROW, *FLAGS_ONLY_GROW, RANKING_ENDS_WITH_ITS_RUNS):
        connection.exec_driver_sql(trigger)
    if "kind" not in _columns(connection, "masks"):  # an older version still makes the table as it is now
        connection.exec_driver_sql("ALTER TABLE masks ADD COLUMN kind VARCHAR NOT NULL DEFAULT 'edit'")
        connection.exec_driver_sql("ALTER TABLE masks ADD COLUMN target INTEGER REFERENCES masks (mask_id)")
        connection.exec_driver_sql("ALTER TABLE masks ADD COLUMN after_edit INTEGER NOT NULL DEFAULT 0")
        connection.exec_driver_sql("CREATE INDEX masks_by_target ON masks (target, mask_id)")


def _columns(connection: Connection, table: str) -> set[str]:
    return {row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")}


# From the version that is the key to the next one.
MIGRATIONS: dict[int, Callable[[Connection], None]] = {1: _to_2, 2: _to_3, 3: _to_4}
