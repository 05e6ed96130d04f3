"""Look after a project: find damage, and find images and their channels again that were moved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from napari_kdland import images
from napari_kdland.errors import ImageError, UsageError
from napari_kdland.events import Advanced, Job, Started
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class RelinkResult:
    """How many files were missing, how many were found again, and the names of those that still are."""

    n_missing: int
    n_found: int
    still_missing: tuple[str, ...]


@dataclass(frozen=True)
class _File:
    """One file that the project knows of: an image, or a channel of one, which then is in `channel`."""

    image_id: int
    name: str
    path: Path
    frame: int | None
    content_hash: str
    channel: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} ({self.channel})" if self.channel else self.name


def check_project(project_path: Path) -> Job[tuple[str, ...]]:
    """Look for damage: database, journal, masks, files of images and channels (gone or changed), run folders.

    Gives one line a problem; none where all is well.
    """
    with Project.open(project_path, announce=False) as project:
        problems = [problem.message for problem in project.check()]
        files = list(_files(project))
        yield Started("Checking images", len(files))
        for done, file in enumerate(files, start=1):
            try:
                content_hash = images.read(file.path, frame=file.frame).content_hash
            except (ImageError, UsageError) as error:
                problems.append(f"{file.title}: {error}")
            else:
                # A channel that was never read before has nothing to be held against.
                if file.content_hash not in ("", content_hash):
                    problems.append(f"{file.title} has other pixels than when it was imported ({file.path}).")
            yield Advanced(done, file.title)
    return tuple(problems)


def relink_images(project_path: Path, folder: Path) -> Job[RelinkResult]:
    """Search a folder for images and channels that are not where they were, and point the project to them.

    Whole files are known by their pixels, whatever they are called now; slices of a file by its name and their pixels;
    channels that nobody has read yet by the path that ends most like the old one.
    """
    with Project.open(project_path, announce=False) as project:
        missing = [file for file in _files(project) if not file.path.exists()]
        search = _Search(missing)
        paths = images.find_images([folder]) if missing else []
        yield Started("Looking for moved images", len(paths))
        for done, path in enumerate(paths, start=1):
            if search.is_over:
                break
            search.look_at(path.resolve())
            yield Advanced(done, path.name)
        found = search.found()
        project.records.relink({file.content_hash: path for file, path in found.items() if not file.channel})
        moved: dict[int, dict[str, Path]] = defaultdict(dict)
        for file, path in found.items():
            if file.channel:
                moved[file.image_id][file.channel] = path
        project.channels.relink(moved)
    still = tuple(file.title for file in missing if file not in found)
    return RelinkResult(len(missing), len(found), still)


def _files(project: Project) -> Iterator[_File]:
    records = project.records.page(0, -1)
    channels = project.channels.of([record.image_id for record in records])
    for record in records:
        yield _File(record.image_id, record.name, record.path, record.frame, record.content_hash)
        for name, file in channels.get(record.image_id, {}).items():
            yield _File(record.image_id, record.name, file.path, file.frame, file.content_hash, name)


@dataclass
class _Search:
    """What is looked for, and what the files seen so far answer to it."""

    missing: Sequence[_File]
    _by_hash: dict[str, Path] = field(default_factory=dict)
    _by_name: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._hashes = {file.content_hash for file in self.missing if _is_known_by_pixels(file)}
        self._names = {file.path.name for file in self.missing if not _is_known_by_pixels(file)}

    @property
    def is_over(self) -> bool:
        """Whether everything is found that the pixels tell; names may always fit better further on."""
        return not self._names and len(self._by_hash) == len(self._hashes)

    def look_at(self, path: Path) -> None:
        """Take one file into account; those that cannot be read are passed over."""
        if path.name in self._names:
            self._by_name[path.name].append(path)
        if len(self._by_hash) < len(self._hashes):
            content_hash = _hash_of(path, None)
            if content_hash in self._hashes:
                self._by_hash[content_hash] = path

    def found(self) -> dict[_File, Path]:
        """Give where the missing files are now, as far as that is certain."""
        where = {file: self._place_of(file) for file in self.missing}
        return {file: path for file, path in where.items() if path is not None}

    def _place_of(self, file: _File) -> Path | None:
        if _is_known_by_pixels(file):
            return self._by_hash.get(file.content_hash)
        paths = self._by_name.get(file.path.name, [])
        if not file.content_hash:
            return _most_alike(file.path, paths)
        return next((path for path in paths if _hash_of(path, file.frame) == file.content_hash), None)


def _hash_of(path: Path, frame: int | None) -> str:
    """Give the hash of an image's pixels; empty where there is none to be read."""
    try:
        return images.read(path, frame=frame).content_hash
    except (ImageError, UsageError):
        return ""


def _is_known_by_pixels(file: _File) -> bool:
    return bool(file.content_hash) and file.frame is None


def _most_alike(was: Path, paths: Sequence[Path]) -> Path | None:
    """Give the path that shares the most folders with where a file was, counted from its end; `None` where two do."""

    def shared(path: Path) -> int:
        pairs = zip(reversed(was.parts), reversed(path.parts), strict=False)
        return next((count for count, (a, b) in enumerate(pairs) if a != b), len(path.parts))

    ordered = sorted(paths, key=shared, reverse=True)
    if not ordered or (len(ordered) > 1 and shared(ordered[0]) == shared(ordered[1])):
        return None
    return ordered[0]
