"""Whether a project is sound, and what to do where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from napari_kdland.project.masks import problem_with_file
from napari_kdland.project.tables import edits

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.project.project import Project

_SHOWN = 5


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, in a word; where and what to do, in a sentence; whether `repair` mends it."""

    what: str
    message: str
    can_be_repaired: bool = False

    def __str__(self) -> str:
        return self.message


def damage(project: Project) -> list[Problem]:
    """Look for damage of the database file."""
    with project.database.reading() as connection:
        found = [str(line) for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars() if line != "ok"]
        links = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    found += [f"{row[0]} row {row[1]} points to nothing in {row[2]}" for row in links]
    message = (
        f"project.db is damaged: {_some(found)}. Put the newest copy from {project.layout.backups_folder} in its place."
    )
    return [Problem("damage", message)] if found else []


def journal(project: Project) -> list[Problem]:
    """Hold the current annotations against the journal that they come from."""
    if project.annotations.replay() == project.annotations.standing():
        return []
    message = (
        "The current annotations are not what the journal of edits says. Repair writes them anew from the journal."
    )
    return [Problem("journal", message, can_be_repaired=True)]


def missing_files(project: Project) -> list[Problem]:
    """Look for images whose file is gone."""
    missing = project.records.missing()
    names = _some([f"{record.name} (was {record.path})" for record in missing])
    message = f"{len(missing)} image files are not where they were: {names}. Relink them to where they are now."
    return [Problem("missing files", message)] if missing else []


def landmarks(project: Project) -> list[Problem]:
    """Look for annotations of landmarks that the scheme does not have."""
    with project.database.reading() as connection:
        used = set(connection.execute(select(edits.c.landmark).distinct()).scalars())
    unknown = sorted(used - set(project.scheme.landmark_names) - set(project.scheme_changes.removed().landmarks))
    message = (
        f"There are annotations of {_some(unknown)}, which the scheme in project.toml lacks. Put its landmarks back."
    )
    return [Problem("landmarks", message)] if unknown else []


def masks(project: Project) -> list[Problem]:
    """Look for mask files that are gone or damaged, of masks that count and of earlier ones."""
    paths = dict.fromkeys(record.path for record in project.masks.all_saved())
    problems = [problem for path in paths if (problem := problem_with_file(path))]
    hint = "Put the masks folder back from a copy of the project, or import or draw these masks anew."
    return [Problem("masks", f"{len(problems)} masks are lost: {_some(problems)}. {hint}")] if problems else []


def regions(project: Project) -> list[Problem]:
    """Look for masks of regions that the scheme does not have."""
    used = {name for record in project.masks.all_saved() for name in record.known}
    unknown = sorted(used - set(project.scheme.region_names) - set(project.scheme_changes.removed().regions))
    message = f"There are masks of {_some(unknown)}, which the scheme in project.toml lacks. Put its regions back."
    return [Problem("regions", message)] if unknown else []


def channels(project: Project) -> list[Problem]:
    """Look for channels whose file is gone."""
    lost = project.channels.missing()
    names = {record.image_id: record.name for record in project.records.page(limit=-1)} if lost else {}
    found = [
        f"{channel} of {names[image_id]} (was {file.path})"
        for image_id, files in lost.items()
        for channel, file in files.items()
    ]
    message = f"{len(found)} channel files are not where they were: {_some(found)}. Relink them to where they are now."
    return [Problem("channels", message)] if found else []


def splits(project: Project) -> list[Problem]:
    """Look for patients whose images stand on two sides of the split."""
    parted = project.splits.straddling()
    message = f"Images of one patient stand on two sides of the split: {_some([', '.join(kin) for kin in parted])}."
    return [Problem("splits", f"{message} Put all images of a patient together.")] if parted else []


def runs(project: Project) -> list[Problem]:
    """Look for runs without a folder, and folders without a run."""
    without_folder, without_run = project.runs.orphans()
    found = []
    if without_folder:
        message = f"Runs whose folder is gone: {_some(without_folder)}. Put the folders back, or delete the runs."
        found.append(Problem("runs", message))
    if without_run:
        message = f"Folders in runs/ that belong to no run: {_some(without_run)}. Delete them, or move them elsewhere."
        found.append(Problem("runs", message))
    return found


# In the order in which they are made; a job that reports its progress goes through them one by one.
CHECKS: tuple[Callable[[Project], list[Problem]], ...] = (
    damage,
    journal,
    missing_files,
    channels,
    landmarks,
    masks,
    regions,
    splits,
    runs,
)


def check(project: Project) -> list[Problem]:
    """Make every check.

    Raises
    ------
    ProjectError
        If the database is damaged so far that it cannot be read.
    """
    return [problem for look in CHECKS for problem in look(project)]


def repair(project: Project) -> list[str]:
    """Mend what can be mended, after a copy of the database was put aside; gives what was done, in sentences."""
    done = []
    if journal(project):
        done.append(f"A copy of the database was put into {project.back_up()}.")
        project.annotations.rebuild()
        done.append("The current annotations were written anew from the journal.")
    lost = project.runs.recover()
    if lost:
        done.append(f"Marked as stopped, since their process ended: {', '.join(lost)}.")
    return done


def _some(found: list[str]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{'; '.join(found[:_SHOWN])}{more}"
