"""Find among runs those that differ in nothing but their seeds: the same method, trained several times."""

from __future__ import annotations

import json
import re
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from napari_kdland.errors import RunError
from napari_kdland.jobs.freezing import FrozenData
from napari_kdland.jobs.reporting_facts import recipes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from napari_kdland.project import Project


class _Kind(NamedTuple):
    """What a run was made of, and the seeds that went into it: its own, then those of the runs it learnt from."""

    method: str
    seeds: tuple[int, ...]


def seed_groups(project: Project, runs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Put runs together that differ in nothing but their seeds; by what they are called together.

    They have the same recipe with all its settings, learnt from the same images and labels, with the same teachers and
    first weights or with such as differ in nothing but their seeds in turn. A run that was trained with the seeds of
    another one stands by itself: it is the same training once more, and no further sample. So does a run that kept no
    recipe or no list of its data.

    Raises
    ------
    RunError
        If there is no such run.
    """
    found: dict[str, dict[tuple[int, ...], str]] = {}
    own = {one.name for one in project.runs.all()}
    for run in runs:
        kind = _kind(project, run, own)
        if kind is None or kind.seeds in found.get(kind.method, {}):
            kind = _Kind(run, ())
        found.setdefault(kind.method, {})[kind.seeds] = run
    taken = set(runs)
    groups: dict[str, tuple[str, ...]] = {}
    for of in found.values():
        group = tuple(of.values())
        groups[_name(group, taken | groups.keys())] = group
    return groups


def _kind(project: Project, run: str, own: Collection[str]) -> _Kind | None:
    record = project.runs.get(run)
    recipe = recipes_of(project, [run]).get(run)
    try:
        data = FrozenData.read(record.folder).sha256
    except RunError:
        return None
    if recipe is None:
        return None
    # A run of elsewhere is known by its folder alone.
    needed = [
        (_kind(project, name, own) if name in own else None) or _Kind(name, ())
        for name in (*record.teachers, *filter(None, [record.start]))
    ]
    method = json.dumps([recipe, data, sorted(kind.method for kind in needed)], sort_keys=True, default=str)
    return _Kind(method, (record.seed, *(seed for kind in sorted(needed) for seed in kind.seeds)))


def _name(runs: Sequence[str], taken: Collection[str]) -> str:
    """Name runs together: by what their names begin with, or by the first of them."""
    if len(runs) == 1:
        return runs[0]
    begin = "".join(letters[0] for letters in takewhile(lambda of: len(set(of)) == 1, zip(*runs, strict=False)))
    if any(run[len(begin) :][:1].isdigit() for run in runs):
        begin = begin.rstrip("0123456789")
    begin = re.sub(r"[-_ .]+(seed|s)?[-_ .]*$", "", begin)
    return begin if begin and begin not in taken else f"{runs[0]} and {len(runs) - 1} more"
