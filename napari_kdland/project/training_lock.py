"""Who may train in a project: one run a device, or the runs of one study together; the dead do not block it."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from napari_kdland.errors import ProjectBusy, ProjectError
from napari_kdland.project.signs_of_life import Sign, moment, own_sign
from napari_kdland.project.tables import facts, training_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database

# The lock of a process that ended is free at once; that of a silent one after this time.
STALE_SECONDS = 60.0
_BEAT_SECONDS = 5.0
# A run's place beside the others of its study is a fact of this name. Run names have no blanks, so that the queue of a
# study, which is held under a name with one, is not taken for that of a run.
_PLACE = "training "
# Where the run trains that holds the queue; places say so themselves.
_QUEUE_DEVICE = "device of the queue"
_STUDY = "the study "
# Locks that this process holds: one that it could not give back, since the disk was full, blocks nothing all the same.
_HELD: set[str] = set()
_ONE_PROCESS = "and one process trains a run at a time"


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
        with self._database.writing() as connection:
            if not self._beat(connection):
                raise ProjectBusy(
                    f"{self._owner} gave no sign of life for more than {STALE_SECONDS:.0f} s, and another training has "
                    f"begun in {self._database.path.parent}. Resume {self._owner} when that has ended."
                )

    def release(self) -> None:
        """Give the lock back; does nothing where another training took it."""
        with self._database.writing() as connection:
            self._release(connection)

    def _beat(self, connection: Connection) -> bool:
        """Write the sign of life; says whether the lock is still held."""
        query = update(training_lock).where(training_lock.c.token == self._token).values(beat=self._last_beat)
        return connection.execute(query).rowcount > 0

    def _release(self, connection: Connection) -> None:
        connection.execute(delete(training_lock).where(training_lock.c.token == self._token))


class StudyLock(TrainingLock):
    """The queue as a study holds it: its own runs may train meanwhile, each under a lock of its own."""

    def admit(self, run: str) -> None:
        """Let a run train, in whatever process, for as long as the study lasts."""
        with self._database.writing() as connection:
            place = _place_of(connection, run) or _Place(self._token)
            _put(connection, run, replace(place, study=self._token))

    def _release(self, connection: Connection) -> None:
        super()._release(connection)
        _forget_empty_places(connection)


class _PlaceLock(TrainingLock):
    """The lock of one run of a study, or of one that trains beside the run that holds the queue."""

    def _beat(self, connection: Connection) -> bool:
        place = self._own_place(connection)
        if place is not None:
            _put(connection, self._owner, replace(place, beat=self._last_beat))
        return place is not None

    def _release(self, connection: Connection) -> None:
        place = self._own_place(connection)
        if place is not None:
            _leave(connection, self._owner, place.study)

    def _own_place(self, connection: Connection) -> _Place | None:
        place = _place_of(connection, self._owner)
        return place if place is not None and place.token == self._token else None


@dataclass(frozen=True)
class _Place:
    """A run's place beside others: the token of the study's lock it is admitted by, and who trains it where, if any."""

    study: str
    token: str = ""
    host: str = ""
    process: int = 0
    beat: float = 0.0
    device: str = ""

    @property
    def sign(self) -> Sign | None:
        """The sign of life of the process that trains the run; `None` where none does."""
        sign = Sign(self.host, self.process, self.beat)
        return sign if self.token and _is_alive(sign, self.token) else None


@contextmanager
def held(database: Database, owner: str, device: str = "") -> Iterator[TrainingLock]:
    """Hold what is needed to train `owner`, the name of a run, on a device.

    That is the project's training queue; or the run's place, where a study holds the queue and has admitted the run,
    or a run on another device holds it. A device that is not told is taken to be every device's rival.

    Raises
    ------
    ProjectBusy
        If another training is in the way: on the same device, or a study; the message names that and the age of its
        last sign of life.
    """
    token = secrets.token_hex(8)
    with database.writing() as connection:
        is_place = is_admitted(connection, owner)
        if not is_place:
            _refuse_if_busy(connection, database, owner, device)
            # Who slept in a place finds it gone, and stops, as who slept over the queue does.
            _forget_empty_places(connection, study="")
            is_place = holder(connection) is not None
        if is_place:
            _take_place(connection, database, owner, _Place("", token, device=device))
        else:
            _take_queue(connection, owner, token, device)
    lock = (_PlaceLock if is_place else TrainingLock)(database, token, owner)
    with _kept(token, lock):
        yield lock


@contextmanager
def held_by_study(database: Database, study: str) -> Iterator[StudyLock]:
    """Hold the project's training queue for a study.

    Runs that an earlier process of the study left to others may still be training; see `StudyLock.admit`.

    Raises
    ------
    ProjectBusy
        If another training or study holds it.
    """
    token, owner = secrets.token_hex(8), f"{_STUDY}{study}"
    with database.writing() as connection:
        _refuse_if_queue_is_held(connection, database)
        for run, place in _places(connection).items():
            if not place.study and place.sign is not None:
                raise _busy(database, run, place.sign)
        _forget_empty_places(connection)
        _take_queue(connection, owner, token)
    lock = StudyLock(database, token, owner)
    with _kept(token, lock):
        yield lock


def holder(connection: Connection) -> tuple[str, Sign] | None:
    """Give who holds the queue, and its sign of life; `None` where it is free."""
    found = _queue(connection)
    return None if found is None else (found[1], found[2])


def trainers(connection: Connection) -> dict[str, Sign]:
    """Give the runs that are trained now, in whatever process, and the sign of life of each."""
    found = {run: place.sign for run, place in _places(connection).items()}
    queue = holder(connection)
    if queue is not None and not queue[0].startswith(_STUDY):
        found[queue[0]] = queue[1]
    return {run: sign for run, sign in found.items() if sign is not None}


def rivals(connection: Connection, device: str = "") -> dict[str, Sign]:
    """Give the runs that a training on a device would have to wait for, and the sign of life of each.

    Those are trained on it, or on one that is not known. Without a device, and during a study, all are.
    """
    found = {run: place.device for run, place in _places(connection).items()}
    queue = holder(connection)
    is_study = queue is not None and queue[0].startswith(_STUDY)
    if queue is not None and not is_study:
        found[queue[0]] = connection.execute(select(facts.c.value).where(facts.c.key == _QUEUE_DEVICE)).scalar() or ""
    living = trainers(connection).items()
    return {run: sign for run, sign in living if is_study or not device or found.get(run, "") in ("", device)}


def speak_for(connection: Connection, run: str) -> None:
    """Give a sign of life in the name of a run that is held on purpose; does nothing where it is not known to train."""
    place, queue = _place_of(connection, run), holder(connection)
    if place is not None and place.sign is not None:
        _put(connection, run, replace(place, beat=moment()))
    elif queue is not None and queue[0] == run:
        connection.execute(update(training_lock).values(beat=moment()))


def is_admitted(connection: Connection, run: str) -> bool:
    """Say whether a study that is going on has admitted a run."""
    queue, place = _queue(connection), _place_of(connection, run)
    return queue is not None and place is not None and place.study == queue[0]


def forget_all(connection: Connection) -> None:
    """Forget who trains: for a copy of a project, whose trainings go on in the project itself."""
    connection.execute(delete(training_lock))
    connection.execute(delete(facts).where(facts.c.key.startswith(_PLACE) | (facts.c.key == _QUEUE_DEVICE)))


def _queue(connection: Connection) -> tuple[str, str, Sign] | None:
    row = connection.execute(select(training_lock)).one_or_none()
    if row is None:
        return None
    sign = Sign(row.host, row.process, row.beat)
    return (row.token, row.owner, sign) if _is_alive(sign, row.token) else None


def _take_queue(connection: Connection, owner: str, token: str, device: str = "") -> None:
    sign = own_sign()
    where = {"key": _QUEUE_DEVICE, "value": device}
    connection.execute(insert(facts).prefix_with("OR REPLACE").values(where))
    connection.execute(delete(training_lock))
    values = {"only": 1, "token": token, "owner": owner, "host": sign.host, "process": sign.process}
    connection.execute(insert(training_lock).values(**values, beat=sign.beat))


def _take_place(connection: Connection, database: Database, run: str, wanted: _Place) -> None:
    place = _place_of(connection, run) or _Place("")
    if place.sign is not None:
        raise _busy(database, run, place.sign, _ONE_PROCESS)
    sign = own_sign()
    taken = replace(wanted, study=place.study, host=sign.host, process=sign.process, beat=sign.beat)
    _put(connection, run, taken)


def _leave(connection: Connection, run: str, study: str) -> None:
    """Give a run's place free: it stays the study's, and where there is none it is forgotten."""
    if study:
        _put(connection, run, _Place(study))
    else:
        connection.execute(delete(facts).where(facts.c.key == f"{_PLACE}{run}"))


def _refuse_if_busy(connection: Connection, database: Database, owner: str, device: str) -> None:
    found = holder(connection)
    if found is not None and found[0].startswith(_STUDY):
        raise _busy(database, *found)
    living = trainers(connection)
    if owner in living:
        raise _busy(database, owner, living[owner], _ONE_PROCESS)
    for run, sign in rivals(connection, device).items():
        why = [f"and {device} trains one run of a project at a time"] if device else []
        raise _busy(database, run, sign, *why)


def _refuse_if_queue_is_held(connection: Connection, database: Database) -> None:
    found = holder(connection)
    if found is not None:
        raise _busy(database, *found)


def _busy(
    database: Database, owner: str, sign: Sign, why: str = "and a project trains one run at a time"
) -> ProjectBusy:
    return ProjectBusy(
        f"{owner} is training in {database.path.parent} (process {sign.process} on {sign.host}, last sign of life "
        f"{sign.age:.0f} s ago), {why}. Wait for it, or stop it."
    )


def _is_alive(sign: Sign, token: str) -> bool:
    is_given_back = sign.is_here and sign.process == os.getpid() and token not in _HELD
    return not sign.is_gone and not is_given_back and sign.age <= STALE_SECONDS


@contextmanager
def _kept(token: str, lock: TrainingLock) -> Iterator[None]:
    """Hold a lock that was taken, then give it back; a disk that is full keeps nobody from going on."""
    _HELD.add(token)
    try:
        yield
    finally:
        _HELD.discard(token)
        with suppress(ProjectError):
            lock.release()


def _place_of(connection: Connection, run: str) -> _Place | None:
    value = connection.execute(select(facts.c.value).where(facts.c.key == f"{_PLACE}{run}")).scalar()
    return None if value is None else _Place(**json.loads(value))


def _places(connection: Connection) -> dict[str, _Place]:
    rows = connection.execute(select(facts).where(facts.c.key.startswith(_PLACE))).all()
    return {row.key.removeprefix(_PLACE): _Place(**json.loads(row.value)) for row in rows}


def _put(connection: Connection, run: str, place: _Place) -> None:
    values = {"key": f"{_PLACE}{run}", "value": json.dumps(asdict(place))}
    connection.execute(insert(facts).prefix_with("OR REPLACE").values(values))


def _forget_empty_places(connection: Connection, *, study: str | None = None) -> None:
    """Forget the places in which nobody trains: all, or those of one study."""
    places = {run: place for run, place in _places(connection).items() if study in (None, place.study)}
    empty = [f"{_PLACE}{run}" for run, place in places.items() if place.sign is None]
    connection.execute(delete(facts).where(facts.c.key.in_(empty)))
