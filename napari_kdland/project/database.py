"""The project database: SQLite through SQLAlchemy Core, one connection a thread, every write committed to the disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, QueuePool, create_engine, event
from sqlalchemy.exc import DatabaseError

from napari_kdland.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 10.0

_IN_WORDS = {
    sqlite3.SQLITE_FULL: "the disk is full. What was saved before is not lost. Free some space, then repeat the step",
    sqlite3.SQLITE_BUSY: "another program has been writing it for {busy:.0f} s. Repeat the step, or close "
    "the other program",
    sqlite3.SQLITE_LOCKED: "another program has locked it. Close the other program, then repeat the step",
    sqlite3.SQLITE_READONLY: "it is read-only. Copy the project to a folder that you may write, and open the copy",
    sqlite3.SQLITE_PERM: "this user may not read it. Ask its owner for the right",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened. See that the file is there and that this user may read it",
    sqlite3.SQLITE_IOERR: "the disk reported an error. See that the drive or share is connected, then open it again",
    sqlite3.SQLITE_CORRUPT: "it is damaged. Close the project, keep the file, and put the newest copy from the "
    "project's backups folder in its place",
    sqlite3.SQLITE_NOTADB: "it is damaged: this is no SQLite database. Put the newest copy from the project's backups "
    "folder in its place",
}


def now() -> str:
    """Give this moment as text that sorts by time: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Database:
    """One project database, open for reading or for both.

    Every use of it is one transaction: a `reading` block sees one moment of the project, a `writing` block is committed
    as a whole or not at all. A connection serves one thread at a time.

    Parameters
    ----------
    path
        The database file; it must exist unless this is the first opening, which makes an empty one.
    is_read_only
        Open without writing anything, not even beside the file.
    is_on_share
        Use a rollback journal: write-ahead logging needs memory that a network share cannot give.
    """

    def __init__(self, path: Path, *, is_read_only: bool = False, is_on_share: bool = False) -> None:
        self.path = path
        self.is_read_only = is_read_only
        self._synchronous = "EXTRA" if is_on_share else "FULL"
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=QueuePool)
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        event.listen(self._engine, "begin", _begin)
        if not is_read_only:
            self._set_journal("DELETE" if is_on_share else "WAL")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one moment of the project.

        Raises
        ------
        ProjectError
            If the database cannot be read.
        """
        with self._in_words(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write in one transaction: committed when the block ends, undone when it raises.

        Raises
        ------
        ProjectError
            If the project is read-only, busy or damaged, or the disk is full.
        """
        if self.is_read_only:
            raise ProjectError(
                f"{self.path.parent} is open read-only, so nothing can be changed in it. "
                "Copy the project to a folder that you may write, and open the copy."
            )
        with self._in_words(), self._writer.begin() as connection:
            yield connection

    def copy_to(self, path: Path) -> None:
        """Write a whole copy of the database to `path`, also while others write.

        Raises
        ------
        ProjectError
            If the copy cannot be written; no half copy is left behind.
        """
        unfinished = path.with_name(f"{path.name}.part")
        with self.reading() as connection:
            source = connection.connection.driver_connection
            try:
                with closing(sqlite3.connect(unfinished)) as target:
                    source.backup(target)  # type: ignore[union-attr]  # SQLAlchemy knows no driver's own class
                unfinished.replace(path)
            except (OSError, sqlite3.Error) as error:
                with suppress(OSError):
                    unfinished.unlink()
                raise ProjectError(
                    f"Cannot write the copy {path}: {error}. Choose a folder with enough space."
                ) from error

    def close(self) -> None:
        """Close every connection; the database file is then complete without its log."""
        self._engine.dispose()

    def _connect(self) -> sqlite3.Connection:
        target, is_uri = str(self.path), False
        if self.is_read_only:
            target, is_uri = f"{self.path.as_uri()}?{self._read_only_mode()}", True
        connection = sqlite3.connect(
            target, uri=is_uri, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        return connection

    def _read_only_mode(self) -> str:
        # With no log beside it, a WAL database in a folder that cannot be written opens only as immutable.
        log_path = self.path.with_name(f"{self.path.name}-wal")
        return "mode=ro" if log_path.exists() and log_path.stat().st_size else "immutable=1"

    def _set_journal(self, mode: str) -> None:
        with self._in_words(), self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            driver.execute(f"PRAGMA journal_mode = {mode}").fetchone()  # type: ignore[union-attr]  # as above

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (DatabaseError, sqlite3.DatabaseError) as error:
            cause = error.orig if isinstance(error, DatabaseError) else error
            code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
            if code not in _IN_WORDS:
                raise
            words = _IN_WORDS[code].format(busy=BUSY_SECONDS)
            raise ProjectError(f"Cannot use the project database {self.path}: {words}.") from error


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
