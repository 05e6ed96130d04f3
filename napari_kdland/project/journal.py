"""The append-only journal of edits, and what stands after it: for each reader, and for all readers together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import delete, func, insert, select

from napari_kdland.anatomy.landmarks import LandmarkState
from napari_kdland.project.database import now
from napari_kdland.project.held_labels import all_held, held
from napari_kdland.project.tables import consensus, edits, latest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

# Reading a file never hides what a person did in the program, whatever the time; and of that, what a reader placed
# beats what a reader accepted from a model, the other kinds of origin.
_FILE, _MODEL, _READER = 0, 1, 2
_RANKS = {"file": _FILE, "reader": _READER}
# SQLite takes some thousand values in one statement.
_CHUNK = 800

Point = tuple[float, float]
_Value = TypeVar("_Value")


class Key(NamedTuple):
    """Whose word on which landmark of which image."""

    image_id: int
    landmark: str
    reader: str


class Standing(NamedTuple):
    """The edit that stands for each reader, and the one that stands for all: edit ids by key."""

    latest: dict[Key, int]
    consensus: dict[tuple[int, str], int]


@dataclass(frozen=True)
class Change:
    """One line to be written into the journal.

    `after` is the edit that stands afterwards: 0 for this line itself, `None` where the reader takes the word back.
    """

    key: Key
    state: LandmarkState
    point: Point | None
    origin: tuple[str, str]
    note: str = ""
    kind: str = "edit"
    target: int | None = None
    after: int | None = 0


def gesture(connection: Connection, reader: str, joins: int | None) -> int | None:
    """Give the gesture of the edit `joins`; `None` where that is not the last thing that the reader did."""
    if joins is None:
        return None
    query = select(edits.c.edit_id, edits.c.action, edits.c.kind).where(edits.c.reader == reader)
    last = connection.execute(query.order_by(edits.c.edit_id.desc()).limit(1)).one_or_none()
    return last.action if last is not None and (last.edit_id, last.kind) == (joins, "edit") else None


def append(connection: Connection, changes: Sequence[Change], *, action: int | None = None) -> list[int]:
    """Write changes as one gesture, or into the gesture `action`, and bring the current state up to date.

    Gives their edit ids.
    """
    first = (connection.execute(select(func.max(edits.c.edit_id))).scalar() or 0) + 1
    before = _words_of(connection, {change.key.image_id for change in changes})
    standing = {key: row["edit_id"] for key, row in before.items()}
    said = {row["edit_id"]: (row["state"], row["y"], row["x"]) for row in before.values()}
    time, rows = now(), []
    for edit_id, change in enumerate(changes, first):
        old = standing.get(change.key)
        rows.append(
            _row(
                edit_id,
                action or first,
                time,
                change,
                old,
                said.get(old or 0, (LandmarkState.NOT_YET.value, None, None)),
            )
        )
        said[edit_id] = (rows[-1]["state"], rows[-1]["y"], rows[-1]["x"])
        after = edit_id if change.after == 0 else change.after
        if after is None:
            standing.pop(change.key, None)
        else:
            standing[change.key] = after
            said[after] = said[edit_id]
    connection.execute(insert(edits), rows)
    _store_latest(connection, {change.key for change in changes}, standing)
    agree_anew(connection, {(change.key.image_id, change.key.landmark) for change in changes})
    return list(range(first, first + len(rows)))


def _row(
    edit_id: int, action: int, time: str, change: Change, old: int | None, old_said: tuple[str, Any, Any]
) -> dict[str, Any]:
    y, x = change.point if change.point is not None else (None, None)
    return {
        "edit_id": edit_id,
        "action": action,
        "time": time,
        **change.key._asdict(),
        "origin_kind": change.origin[0],
        "origin_name": change.origin[1],
        "kind": change.kind,
        "target": change.target,
        "before": old,
        **dict(zip(("old_state", "old_y", "old_x"), old_said, strict=True)),
        "state": change.state.value,
        "y": y,
        "x": x,
        "note": change.note,
    }


def _words_of(connection: Connection, image_ids: Collection[int]) -> dict[Key, RowMapping]:
    columns = (latest, edits.c.state, edits.c.y, edits.c.x, edits.c.origin_kind)
    query = select(*columns).join(edits, latest.c.edit_id == edits.c.edit_id)
    words: dict[Key, RowMapping] = {}
    for chunk in chunks(sorted(image_ids)):
        for row in connection.execute(query.where(latest.c.image_id.in_(chunk))).mappings():
            words[Key(row["image_id"], row["landmark"], row["reader"])] = row
    return words


def _store_latest(connection: Connection, keys: Collection[Key], standing: Mapping[Key, int]) -> None:
    gone = [key._asdict() for key in keys if key not in standing]
    kept = [{**key._asdict(), "edit_id": standing[key]} for key in keys if key in standing]
    if gone:
        connection.exec_driver_sql(
            "DELETE FROM latest WHERE image_id = :image_id AND landmark = :landmark AND reader = :reader", gone
        )
    if kept:
        connection.execute(insert(latest).prefix_with("OR REPLACE"), kept)


def agree_anew(connection: Connection, places: Collection[tuple[int, str]]) -> None:
    """Work out again what stands for all readers at places (image, landmark); what a lock holds stays."""
    words: dict[tuple[int, str], list[RowMapping]] = defaultdict(list)
    for key, row in _words_of(connection, {image_id for image_id, _ in places}).items():
        words[key.image_id, key.landmark].append(row)
    stand = {place: agreed(words.get(place, [])) for place in places}
    for chunk in chunks(sorted(places)):
        stand |= held(connection, chunk)
    gone = [{"image_id": i, "landmark": name} for (i, name), edit_id in stand.items() if edit_id is None]
    kept = [{"image_id": i, "landmark": name, "edit_id": e} for (i, name), e in stand.items() if e is not None]
    if gone:
        connection.exec_driver_sql("DELETE FROM consensus WHERE image_id = :image_id AND landmark = :landmark", gone)
    if kept:
        connection.execute(insert(consensus).prefix_with("OR REPLACE"), kept)


def agreed(words: Iterable[RowMapping]) -> int | None:
    """Give the edit that stands for all readers, of those that stand for each; `None` where nothing is known.

    What a reader placed beats what a reader accepted from a model, that beats what a file says, and among equals the
    later wins. Resetting to not-yet takes back what was said before, not what is said afterwards; a file cannot reset
    what a person did, and to reject a prediction takes back nothing but accepted predictions.
    """
    known: list[tuple[int, int]] = []
    resets: list[tuple[int, int]] = []
    for word in words:
        place = (_RANKS.get(word["origin_kind"], _MODEL), word["edit_id"])
        (resets if word["state"] == LandmarkState.NOT_YET.value else known).append(place)
    left = [
        (rank, edit_id)
        for rank, edit_id in known
        if not any(_takes_back(reset_rank, rank) and reset_id > edit_id for reset_rank, reset_id in resets)
    ]
    return max(left)[1] if left else None


def _takes_back(reset_rank: int, rank: int) -> bool:
    return rank == _MODEL if reset_rank == _MODEL else reset_rank >= rank


def standing(connection: Connection) -> Standing:
    """Read the current state that the edits have left."""
    by_reader = {Key(*row[:3]): row.edit_id for row in connection.execute(select(latest))}
    together = {(row.image_id, row.landmark): row.edit_id for row in connection.execute(select(consensus))}
    return Standing(by_reader, together)


def replay(connection: Connection) -> Standing:
    """Work the current state out again from the journal, and from what locks hold."""
    journal = {row["edit_id"]: row for row in connection.execute(select(edits).order_by(edits.c.edit_id)).mappings()}
    by_reader: dict[Key, int] = {}
    for edit_id, row in journal.items():
        key = Key(row["image_id"], row["landmark"], row["reader"])
        after = journal[row["target"]]["before"] if row["kind"] == "undo" else edit_id
        if after is None:
            by_reader.pop(key, None)
        else:
            by_reader[key] = after
    words: dict[tuple[int, str], list[RowMapping]] = defaultdict(list)
    for key, edit_id in by_reader.items():
        words[key.image_id, key.landmark].append(journal[edit_id])
    together = {place: agreed(said) for place, said in words.items()} | all_held(connection)
    return Standing(by_reader, {place: edit_id for place, edit_id in together.items() if edit_id is not None})


def rebuild(connection: Connection) -> None:
    """Write what `replay` gives over the current state."""
    fresh = replay(connection)
    connection.execute(delete(latest))
    connection.execute(delete(consensus))
    if fresh.latest:
        connection.execute(insert(latest), [{**key._asdict(), "edit_id": e} for key, e in fresh.latest.items()])
    if fresh.consensus:
        rows = [{"image_id": i, "landmark": name, "edit_id": e} for (i, name), e in fresh.consensus.items()]
        connection.execute(insert(consensus), rows)


def chunks(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """Give `values` in parts that fit into one statement."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def news(connection: Connection, changes: Sequence[Change]) -> list[Change]:
    """Give the changes without those that repeat what their reader's word on the landmark is already."""
    words = _words_of(connection, {change.key.image_id for change in changes})
    silent = (LandmarkState.NOT_YET.value, None)
    said = {key: (row["state"], None if row["y"] is None else (row["y"], row["x"])) for key, row in words.items()}
    fresh = []
    for change in changes:
        if said.get(change.key, silent) != (change.state.value, change.point):
            said[change.key] = (change.state.value, change.point)
            fresh.append(change)
    return fresh
