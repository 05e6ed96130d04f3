"""Images of one case into a project, all or none."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from napari_kdland.errors import KdlandError, UnsupportedImage
from napari_kdland.images import read
from napari_kdland.jobs.importing_datasets.base import Taken
from napari_kdland.project import ChannelFile
from napari_kdland.project.mask_files import encoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from napari_kdland.anatomy import Origin, Regions
    from napari_kdland.images import Radiograph, Spacing
    from napari_kdland.project import Project, Record


class Slice(NamedTuple):
    """One slice: its files by channel (the image's own one first), where it came from in words, and its regions."""

    files: Mapping[str, Path]
    spacing: Spacing | None
    applied: str
    regions: Regions


class Newcomers:
    """The images that a case brings into a project; those that are in it under the same path already stay.

    Parameters
    ----------
    project
        The open project.
    case
        The case's name, which its files have in theirs.
    patient
        Whom all images are of; empty where the files say it, or nobody does.
    split
        Where they go.
    """

    def __init__(self, project: Project, *, case: str, patient: str, split: str) -> None:
        there = project.records.page(limit=-1, text=case)
        self._project = project
        self._there = {record.path: record for record in there}
        self._patient = patient or None
        self._split = split
        self._fresh: list[int] = []

    def add(self, radiograph: Radiograph, path: Path) -> Record:
        """Add an image, or give the one that is there.

        Raises
        ------
        UnsupportedImage
            If the project has this file with other pixels.
        ProjectError
            If the project refuses it.
        """
        path = path.absolute()
        known = self._there.get(path)
        if known is None:
            record = self._project.records.add(radiograph, path, split=self._split, patient=self._patient)
            self._fresh.append(record.image_id)
            return record
        if known.content_hash != radiograph.content_hash:
            raise UnsupportedImage(
                f"{path} is in the project with other pixels. Remove {known.name} from the project first, or write the "
                "slices to another folder with --out."
            )
        return known

    def take_back(self) -> None:
        """Remove the images that were added."""
        self._project.records.remove(self._fresh)


@contextmanager
def all_or_none(project: Project, *, case: str, patient: str, split: str) -> Iterator[Newcomers]:
    """Add images inside the block; if it ends in an error, those that it added are removed again."""
    newcomers = Newcomers(project, case=case, patient=patient, split=split)
    try:
        yield newcomers
    except KdlandError:
        newcomers.take_back()
        raise


def add_slices(
    project: Project, slices: Sequence[Slice], *, case: str, patient: str, split: str, reader: str, origin: Origin
) -> Taken:
    """Add the slices of a case with their further channels and their masks.

    Raises
    ------
    ImageError
        If a slice cannot be read back; nothing is added.
    ProjectError
        If the project refuses one; nothing is added.
    """
    with all_or_none(project, case=case, patient=patient, split=split) as newcomers:
        records: list[Record] = []
        channels: dict[int, dict[str, ChannelFile]] = {}
        for each in slices:
            own, *further = each.files.items()
            image = read(own[1])
            said = (*image.applied, each.applied)
            record = newcomers.add(replace(image, spacing=each.spacing, applied=said), own[1])
            records.append(record)
            channels[record.image_id] = {
                name: ChannelFile(path, None, read(path).content_hash) for name, path in further
            }
        project.channels.set_many(channels)
        entries = project.scheme.regions
        masks = {record.image_id: encoded(each.regions, entries) for record, each in zip(records, slices, strict=True)}
        project.masks.save_many(masks, reader=reader, origin=origin)
    return Taken(tuple(record.name for record in records), len(records))
