"""Who has the project open: two windows may edit it, and each should know of the other."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from napari_kdland.project.signs_of_life import Sign, moment, own_sign
from napari_kdland.project.tables import windows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from napari_kdland.project.database import Database

# A window on another machine that said nothing for so long is taken to have died.
SILENT_SECONDS = 600.0
_BEAT_SECONDS = 30.0


class Windows:
    """One opening of a project among all openings of it.

    Parameters
    ----------
    database
        The open project database; nothing is announced in a read-only one.

    Attributes
    ----------
    token
        What this opening is known by.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.token = secrets.token_hex(8)
        self._last_beat = 0.0

    def announce(self) -> None:
        """Say that the project is open here, and forget those that died."""
        sign = own_sign()
        self._last_beat = sign.beat
        with self._database.writing() as connection:
            gone = [token for token, other, _ in _all(connection) if not _is_open(other)]
            connection.execute(delete(windows).where(windows.c.token.in_(gone)))
            values = {"token": self.token, "host": sign.host, "process": sign.process}
            connection.execute(insert(windows).values(**values, opened=sign.beat, beat=sign.beat))

    def others(self, but: Windows | None = None) -> tuple[str, ...]:
        """Give a sentence for each other process that has the project open, and renew the own sign of life.

        A window asks this now and then; on other machines it is taken for dead after `SILENT_SECONDS` of silence.
        `but` is an opening that counts as none.
        """
        own = {self.token} if but is None else {self.token, but.token}
        if moment() - self._last_beat > _BEAT_SECONDS and not self._database.is_read_only:
            self._last_beat = moment()
            with self._database.writing() as connection:
                query = update(windows).where(windows.c.token == self.token).values(beat=self._last_beat)
                connection.execute(query)
        with self._database.reading() as connection:
            found = _all(connection)
        # One sentence a process: its jobs may have opened the project too.
        sentences: dict[tuple[str, int], str] = {}
        for token, sign, opened in found:
            if token not in own and _is_open(sign):
                sentences.setdefault((sign.host, sign.process), _sentence(sign, opened))
        return tuple(sentences.values())

    def leave(self) -> None:
        """Say that the project is closed here."""
        with self._database.writing() as connection:
            connection.execute(delete(windows).where(windows.c.token == self.token))


def _all(connection: Connection) -> list[tuple[str, Sign, float]]:
    query = select(windows).order_by(windows.c.opened)
    return [(row.token, Sign(row.host, row.process, row.beat), row.opened) for row in connection.execute(query)]


def _is_open(sign: Sign) -> bool:
    return not sign.is_gone and (sign.is_here or sign.age < SILENT_SECONDS)


def _sentence(sign: Sign, opened: float) -> str:
    when = datetime.fromtimestamp(opened, UTC).strftime("%Y-%m-%d %H:%M UTC")
    where = "on this computer" if sign.is_here else f"on {sign.host}"
    return (
        f"The project is also open {where} (process {sign.process}, since {when}). "
        "Both may edit; what the other saves appears here."
    )
