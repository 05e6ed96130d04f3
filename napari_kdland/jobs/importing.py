"""Bring radiographs into a project: read each, check its view, refuse duplicates, list what was left out.

Landmarks, masks, channels, splits and patients that come along are taken once the images are in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from napari_kdland.errors import ImageError, UnsupportedImage, UsageError
from napari_kdland.events import Advanced, Job, Started, Warned
from napari_kdland.images import find_images, read
from napari_kdland.jobs.annotating import import_annotations, import_masks
from napari_kdland.jobs.pairing import pair_channels
from napari_kdland.project import DuplicateImage, FrozenTest, PartedPatient, Project
from napari_kdland.project.exchange import (
    find_channels,
    match_patients,
    read_channels_csv,
    read_patients_csv,
    read_split_csv,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from napari_kdland.project.exchange import ChannelRow


@dataclass(frozen=True)
class Skipped:
    """A file that did not enter the project, and why; `is_known` where the project has these pixels already."""

    path: Path
    reason: str
    is_known: bool = False


@dataclass(frozen=True)
class SideFiles:
    """Files that may come along with the images of an import.

    Parameters
    ----------
    landmarks
        CSV image,landmark,x,y[,state] or a COCO keypoints JSON.
    split
        CSV image,split[,label_rank].
    patients
        CSV image,patient: groups images of one patient where the files do not say.
    masks
        Folder of region masks, one PNG of bit flags an image; files in it are no images.
    channels
        CSV image,channel,path[,frame], or ``auto`` for files called like their image and the channel (``x_bone.png``
        of ``x.png``); files that are channels are no images.
    """

    landmarks: Path | None = None
    split: Path | None = None
    patients: Path | None = None
    masks: Path | None = None
    channels: Path | Literal["auto"] | None = None


@dataclass(frozen=True)
class ImportResult:
    """What an import did."""

    added: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    n_annotations: int = 0
    n_masks: int = 0
    n_channels: int = 0

    @property
    def is_void(self) -> bool:
        """Whether no file gave an image, neither a new one nor one that was there already."""
        return bool(self.skipped) and not self.added and not any(one.is_known for one in self.skipped)


def import_images(
    project_path: Path,
    paths: Iterable[Path],
    *,
    into: str = "train",
    side_files: SideFiles | None = None,
    allow_lateral: bool = False,
    reader: str = "import",
) -> Job[ImportResult]:
    """Add images to a project, then the annotations, channels and splits that come with them.

    Whatever cannot be read is skipped and listed with its reason; the job goes on. Closing the job early keeps what is
    in by then: each image is one transaction.

    Parameters
    ----------
    paths
        Files and folders; folders are searched with all that is below them.
    into
        Split of images that the split file does not name: train, val, test or pool. An image of a patient whose other
        images stand elsewhere joins them.
    allow_lateral
        Let images enter whose file says that they are not frontal.
    reader
        Whom the imported landmarks and masks belong to.

    Raises
    ------
    UsageError
        If there is no image at all under the paths.
    AnnotationError
        If a side file does not fit; the images stay, and nothing of that file is taken.
    """
    given = [Path(path) for path in paths]
    side = side_files or SideFiles()
    files = find_images(given)
    if not files:
        where = ", ".join(map(str, given)) or "nothing"
        raise UsageError(f"Found no image in {where}. Give DICOM, PNG, JPEG or TIFF files, or folders that hold some.")
    with Project.open(project_path, announce=False) as project:
        channels = _channel_rows(project, side, files)
        added, skipped = yield from _add_all(
            project, _without(files, channels, side.masks), into=into, allow_lateral=allow_lateral
        )
        if side.patients:
            patients = match_patients(read_patients_csv(side.patients), side.patients, project.records)
            project.splits.assign_patients(patients)
        if side.split:
            project.splits.assign_many(read_split_csv(side.split, project.records))
    n_annotations = n_masks = n_channels = 0
    if side.landmarks:
        n_annotations = yield from import_annotations(project_path, side.landmarks, reader=reader)
    if side.masks:
        n_masks = yield from import_masks(project_path, side.masks, reader=reader)
    if side.channels:
        source = given[0] if side.channels == "auto" else side.channels
        n_channels = yield from pair_channels(project_path, channels, source)
    return ImportResult(tuple(added), tuple(skipped), n_annotations, n_masks, n_channels)


def _add_all(
    project: Project, files: Sequence[Path], *, into: str, allow_lateral: bool
) -> Job[tuple[list[str], list[Skipped]]]:
    yield Started("Importing images", len(files))
    added: list[str] = []
    skipped: list[Skipped] = []
    for done, path in enumerate(files, start=1):
        try:
            added.append(_add(project, path, into=into, allow_lateral=allow_lateral))
        except (ImageError, DuplicateImage, FrozenTest) as error:
            skipped.append(Skipped(path, str(error), isinstance(error, DuplicateImage)))
        yield Advanced(done, path.name)
    if skipped:
        yield Warned(f"{len(skipped)} of {len(files)} files were left out; the first: {skipped[0].reason}")
    return added, skipped


def _channel_rows(project: Project, side: SideFiles, files: Sequence[Path]) -> list[ChannelRow]:
    if side.channels is None:
        return []
    return find_channels(files, project.scheme) if side.channels == "auto" else read_channels_csv(side.channels)


def _without(files: Sequence[Path], channels: Sequence[ChannelRow], masks: Path | None) -> list[Path]:
    """Give the files that are images themselves, neither a channel of one nor a mask."""
    taken = {row.path.resolve() for row in channels}
    images = [path for path in files if path.resolve() not in taken]
    return images if masks is None else [path for path in images if not path.resolve().is_relative_to(masks.resolve())]


def _add(project: Project, path: Path, *, into: str, allow_lateral: bool) -> str:
    """Add one file and give its name in the project."""
    radiograph = read(path)
    if radiograph.view.is_frontal is False and not allow_lateral:
        raise UnsupportedImage(
            f"{path.name} is not a frontal view (found {radiograph.view.name or radiograph.view.laterality!r}). "
            "Allow lateral views to import it all the same."
        )
    try:
        return project.records.add(radiograph, path, split=into).name
    except PartedPatient:
        # The patient's other images stand in another split: this one joins them.
        return project.records.add(radiograph, path).name
