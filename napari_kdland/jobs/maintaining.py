"""Look after a project: find damage, and find images again that were moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland import images
from napari_kdland.errors import ImageError
from napari_kdland.events import Advanced, Job, Started
from napari_kdland.project import Project

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class RelinkResult:
    """How many images were missing, how many were found again, and the names of those that still are."""

    n_missing: int
    n_found: int
    still_missing: tuple[str, ...]


def check_project(project_path: Path) -> Job[tuple[str, ...]]:
    """Look for damage: database, journal against current state, image files (gone or changed), run folders.

    Gives one line a problem; none where all is well.
    """
    with Project.open(project_path, announce=False) as project:
        problems = [problem.message for problem in project.check()]
        records = project.records.page(0, -1)
        yield Started("Checking images", len(records))
        for done, record in enumerate(records, start=1):
            try:
                if images.read(record.path).content_hash != record.content_hash:
                    problems.append(f"{record.name} has other pixels than when it was imported ({record.path}).")
            except ImageError as error:
                problems.append(f"{record.name}: {error}")
            yield Advanced(done, record.name)
    return tuple(problems)


def relink_images(project_path: Path, folder: Path) -> Job[RelinkResult]:
    """Search a folder for images that are not where they were, and point the project to them, by their pixels."""
    with Project.open(project_path, announce=False) as project:
        missing = project.records.missing()
        wanted = {record.content_hash for record in missing}
        files = images.find_images([folder]) if missing else []
        yield Started("Looking for moved images", len(files))
        found: dict[str, Path] = {}
        for done, path in enumerate(files, start=1):
            if len(found) == len(wanted):
                break
            try:
                content_hash = images.read(path).content_hash
            except ImageError:
                continue
            if content_hash in wanted:
                found[content_hash] = path.resolve()
            yield Advanced(done, path.name)
        project.records.relink(found)
        still = tuple(record.name for record in missing if record.content_hash not in found)
    return RelinkResult(len(missing), len(found), still)
