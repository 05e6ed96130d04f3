"""The training queue of a project: one training at a time, and a dead one does not block it."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from napari_kdland.errors import ProjectBusy
from napari_kdland.project.signs_of_life import Sign, moment, own_sign
from napari_kdland.project.tables import training_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database

# The lock of a process that ended is free at once; that of a silent one after this time.
STALE_SECONDS = 60.0
_BEAT_SECONDS = 5.0


class TrainingLock:
    """The held lock; its holder calls `heartbeat` at every step."""

    def __init__(self, database: Database, token: str, owner: str) -> None:
        self._database = database
        self._token = token
        self._owner = owner
        self._last_beat = moment()

    def heartbeat(self) -> None:
        """Say that the training goes on; written at most every five seconds.

        Raises
        ------
        ProjectBusy
            If another training took the lock during more than `STALE_SECONDS` of silence.
        """
        if moment() - self._last_beat < _BEAT_SECONDS:
            return
        self._last_beat = moment()
        query = update(training_lock).where(training_lock.c.token == self._token).values(beat=self._last_beat)
        with self._database.writing() as connection:
            if connection.execute(query).rowcount == 0:
                raise ProjectBusy(
                    f"{self._owner} gave no sign of life for more than {STALE_SECONDS:.0f} s, and another training has "
                    f"begun in {self._database.path.parent}. Resume {self._owner} when that has ended."
                )


@contextmanager
def held(database: Database, owner: str) -> Iterator[TrainingLock]:
    """Hold the project's training queue for `owner`, the name of a run.

    Raises
    ------
    ProjectBusy
        If another training holds it; the message names that and the age of its last sign of life.
    """
    token, sign = secrets.token_hex(8), own_sign()
    with database.writing() as connection:
        _refuse_if_held(connection, database)
        connection.execute(delete(training_lock))
        values = {"only": 1, "token": token, "owner": owner, "host": sign.host, "process": sign.process}
        connection.execute(insert(training_lock).values(**values, beat=sign.beat))
    try:
        yield TrainingLock(database, token, owner)
    finally:
        with database.writing() as connection:
            connection.execute(delete(training_lock).where(training_lock.c.token == token))


def holder(connection: Connection) -> tuple[str, Sign] | None:
    """Give who trains in the project now, and its sign of life; `None` where the queue is free."""
    row = connection.execute(select(training_lock)).one_or_none()
    if row is None:
        return None
    sign = Sign(row.host, row.process, row.beat)
    return None if sign.is_gone or sign.age > STALE_SECONDS else (row.owner, sign)


def _refuse_if_held(connection: Connection, database: Database) -> None:
    found = holder(connection)
    if found is not None:
        owner, sign = found
        raise ProjectBusy(
            f"{owner} is training in {database.path.parent} (process {sign.process} on {sign.host}, last sign of life "
            f"{sign.age:.0f} s ago), and a project trains one run at a time. Wait for it, or stop it."
        )
