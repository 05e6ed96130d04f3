"""Hold the readers of a project against each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import UsageError
from napari_kdland.evaluation import sum_up
from napari_kdland.evaluation.readers import ReaderPair, compare_readers, pair_name
from napari_kdland.events import Advanced, Started
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.evaluation import RegionEvaluation
    from napari_kdland.events import Job
    from napari_kdland.project import Record
    from napari_kdland.project.masks import MaskRecord

# A reader who accepts what a run says has not read.
_READ = ("reader", "file")


@dataclass(frozen=True)
class ReadersCompared:
    """Every pair of readers with something in common.

    Parameters
    ----------
    pairs
        With common landmarks.
    n_read
        How many images each has read.
    titles
        Of the landmarks.
    regions
        Of the masks that both drew, by `pair_name`; the first reader stands for the truth, which is of no matter for
        Dice and distances.
    """

    pairs: tuple[ReaderPair, ...]
    n_read: dict[str, int]
    titles: dict[str, str]
    regions: dict[str, RegionEvaluation] = field(default_factory=dict)


def readers_of(project: Project) -> tuple[str, ...]:
    """Give everybody who ever said anything of a landmark or drew a mask, by name."""
    return tuple(sorted({*project.annotations.readers(), *project.masks.readers()}))


def compare_project_readers(
    project_path: Path, readers: Sequence[str] = (), *, split: str | None = None
) -> Job[ReadersCompared]:
    """Measure how far the readers' landmarks and masks lie apart; what was taken over from a run counts as not read.

    Parameters
    ----------
    project_path
        The project.
    readers
        Whom to compare; by default everybody who has read.
    split
        Only images of this split.

    Raises
    ------
    UsageError
        If a reader has read nothing, or fewer than two are named.
    """
    with Project.open(project_path, announce=False) as project:
        there = readers_of(project)
        wanted = tuple(dict.fromkeys(readers)) or there
        _refuse(wanted, there, named=bool(readers))
        yield Started("Comparing readers", len(wanted))
        records = project.records.page(limit=-1, split=split)
        ids = [record.image_id for record in records]
        readings, drawn = {}, {}
        for done, reader in enumerate(wanted, start=1):
            readings[reader], drawn[reader] = _reading(project, ids, reader), _masks(project, ids, reader)
            yield Advanced(done, reader)
        spacings = {record.image_id: record.spacing_mm for record in records}
        titles = project.scheme.landmark_titles
        regions = yield from _regions_compared(project, records, drawn)
    n_read = {reader: len({*reading, *drawn[reader]}) for reader, reading in readings.items()}
    return ReadersCompared(tuple(compare_readers(readings, spacings)), n_read, titles, regions)


def _reading(project: Project, image_ids: list[int], reader: str) -> dict[int, Landmarks]:
    names = project.scheme.landmark_names
    said = project.annotations.details_of(image_ids, reader=reader)
    return {
        image_id: Landmarks.from_mapping(names, known)
        for image_id, edits in said.items()
        if (known := {name: (edit.state, edit.point) for name, edit in edits.items() if edit.origin.kind in _READ})
    }


def _masks(project: Project, image_ids: list[int], reader: str) -> dict[int, MaskRecord]:
    said = project.masks.current(image_ids, reader=reader)
    return {image_id: mask for image_id, mask in said.items() if mask.is_label}


def _regions_compared(
    project: Project, records: Sequence[Record], drawn: dict[str, dict[int, MaskRecord]]
) -> Job[dict[str, RegionEvaluation]]:
    pairs = {
        (one, two): [record for record in records if record.image_id in drawn[one] and record.image_id in drawn[two]]
        for one, two in combinations(drawn, 2)
    }
    pairs = {pair: both for pair, both in pairs.items() if both}
    if not pairs:
        return {}
    from napari_kdland.engine.region_metrics import measure

    yield Started("Comparing the readers' masks", sum(map(len, pairs.values())))
    found, done = {}, 0
    for pair, both in pairs.items():
        figures = {}
        for record in both:
            first, second = (project.masks.regions_of(drawn[reader][record.image_id]) for reader in pair)
            figures[record.name] = measure(second, first, spacing_mm=record.spacing_mm)
            done += 1
            yield Advanced(done, record.name)
        found[pair_name(*pair)] = sum_up(figures)
    return found


def _refuse(wanted: tuple[str, ...], there: tuple[str, ...], *, named: bool) -> None:
    unknown = [reader for reader in wanted if reader not in there]
    if unknown:
        listed = ", ".join(there) or "nobody"
        raise UsageError(f"Nothing was read by {', '.join(unknown)}. In this project have read: {listed}.")
    if named and len(wanted) < 2:
        raise UsageError(f"One reader cannot be compared. Name two or more of: {', '.join(there)}.")
