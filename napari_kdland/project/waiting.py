"""The trainings that wait for their turn, kept in the project: a restart loses none, and its windows share them."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from napari_kdland.project.tables import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database

# One fact holds the whole list: it is short, and its order is what matters.
_FACT = "waiting trainings"


@dataclass(frozen=True)
class Waiting:
    """One training that waits.

    Parameters
    ----------
    key
        By which it is found.
    title
        For people.
    request
        What is wanted, in plain values that JSON can hold.
    """

    key: str
    title: str
    request: Mapping[str, Any] = field(default_factory=dict)


class WaitingTrainings:
    """The trainings that wait in one project, the next one first; every change is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Waiting, ...]:
        """Give what waits, the next one first."""
        with self._database.reading() as connection:
            return tuple(_read(connection))

    def add(self, title: str, request: Mapping[str, Any], *, first: bool = False) -> Waiting:
        """Let a training wait, behind the others or before them."""
        new = Waiting(secrets.token_hex(4), title, request)
        self._change(lambda waiting: [new, *waiting] if first else [*waiting, new])
        return new

    def move(self, key: str, by: int) -> None:
        """Move a training `by` places towards the end; at either end it stays there."""

        def moved(waiting: list[Waiting]) -> list[Waiting]:
            place = next((place for place, each in enumerate(waiting) if each.key == key), None)
            if place is not None:
                each = waiting.pop(place)
                waiting.insert(min(max(0, place + by), len(waiting)), each)
            return waiting

        self._change(moved)

    def take(self, key: str) -> Waiting | None:
        """Take a training out; `None` where it is gone, since another window took it."""
        taken: list[Waiting] = []

        def without(waiting: list[Waiting]) -> list[Waiting]:
            taken.extend(each for each in waiting if each.key == key)
            return [each for each in waiting if each.key != key]

        self._change(without)
        return taken[0] if taken else None

    def _change(self, change: Callable[[list[Waiting]], list[Waiting]]) -> None:
        with self._database.writing() as connection:
            _write(connection, change(_read(connection)))


def rename_run(connection: Connection, name: str, new_name: str) -> None:
    """Let what waits follow a run that gets another name: its teachers, first weights, and the run to go on with."""
    _write(connection, [_renamed(each, name, new_name) for each in _read(connection)])


def _renamed(each: Waiting, name: str, new_name: str) -> Waiting:
    request, order = dict(each.request), dict(each.request.get("order", {}))
    if name in order.get("teachers", ()):
        order["teachers"] = [new_name if teacher == name else teacher for teacher in order["teachers"]]
    if order.get("start") == name:
        order["start"] = new_name
    if order:
        request["order"] = order
    if request.get("resumes") != name:
        return replace(each, request=request)
    return replace(each, request={**request, "resumes": new_name}, title=each.title.replace(name, new_name))


def _write(connection: Connection, waiting: Sequence[Waiting]) -> None:
    connection.execute(delete(facts).where(facts.c.key == _FACT))
    if waiting:
        text = json.dumps([asdict(each) for each in waiting])
        connection.execute(insert(facts).values(key=_FACT, value=text))


def _read(connection: Connection) -> list[Waiting]:
    text = connection.execute(select(facts.c.value).where(facts.c.key == _FACT)).scalar()
    return [] if text is None else [Waiting(**values) for values in json.loads(text)]
