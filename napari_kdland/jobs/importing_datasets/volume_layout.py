"""Data sets of volumes with labelled voxels: slices of them become images, labels become regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import Origin, Regions
from napari_kdland.errors import SchemeError, UnreadableImage, UnsupportedImage, UsageError
from napari_kdland.images.windows import Window
from napari_kdland.jobs.importing_datasets.adding import Slice, add_slices
from napari_kdland.jobs.importing_datasets.slice_files import claim, write_slices
from napari_kdland.jobs.importing_datasets.volumes import open_aligned, read_labels, windowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Scheme
    from napari_kdland.images.volume import Volume
    from napari_kdland.jobs.importing_datasets.base import Case, DatasetOrder, Taken
    from napari_kdland.jobs.importing_datasets.volumes import Windowed
    from napari_kdland.project import Project

LABELS = "labels"
# The channel of data sets that have one image a patient.
ONLY = ""


@dataclass(frozen=True)
class VolumeLayout:
    """A data set of volumes.

    Parameters
    ----------
    name
        In the menu and in patient groups.
    title
        For people.
    cases
        Finds the cases below a folder, each with its images by channel (`ONLY` where there is one) and its `LABELS`.
    files
        What files a case has, in words.
    labels
        Which labels make up each region that the data set can give.
    schemes
        Ready-made schemes for it.
    channels
        Names of the channels; empty where there is one image a patient.
    window
        Of the modality values; `None` takes the window of each volume's own tissue.
    """

    name: str
    title: str
    cases: Callable[[Path], list[Case]]
    files: str
    labels: Mapping[str, frozenset[int]]
    schemes: tuple[str, ...]
    channels: tuple[str, ...] = ()
    window: Window | None = None

    def check(self, scheme: Scheme, order: DatasetOrder) -> None:
        """Refuse a scheme without regions or channels of this data set, and an order without a folder for slices."""
        strange = sorted(set(scheme.region_names) - set(self.labels))
        if strange or not scheme.region_names:
            found = f"has the regions {', '.join(strange)}" if strange else "has no regions"
            raise SchemeError(
                f"The scheme {scheme.name} {found}; {self.title} has {', '.join(self.labels)}. Make a project with the "
                f"scheme {' or '.join(self.schemes)}, or one of your own with such regions."
            )
        if self.channels and not (scheme.channels and set(scheme.channels) <= set(self.channels)):
            raise SchemeError(
                f"The scheme {scheme.name} has the channels {', '.join(scheme.channels) or '(none named)'}; those of "
                f"{self.title} are {', '.join(self.channels)}. Make a project with the scheme "
                f"{' or '.join(self.schemes)}, or one of your own with some of them."
            )
        if order.out is None:
            raise UsageError(f"{self.title} comes as volumes: say with --out which folder their slices go to.")
        if order.landmarks is not None:
            raise UsageError(f"{self.title} has no landmark files; leave --landmarks out.")
        claim(order.out, self._settings(scheme, order))

    def find(self, order: DatasetOrder) -> list[Case]:
        """List the cases below the folder."""
        return self.cases(order.folder)

    def take(self, project: Project, case: Case, order: DatasetOrder, split: str) -> Taken:
        """Write the slices of a case and add them with their regions."""
        scheme = project.scheme
        wanted = scheme.channels if self.channels else (ONLY,)
        volumes = self._volumes(case, wanted)
        labels = read_labels(volumes[LABELS], {0}.union(*self.labels.values()))
        tables = label_tables(self._labels_of(scheme))
        chosen = [index for index, each in enumerate(labels) if order.every_slice or tables[:, each].any()]
        if not chosen:
            raise UnsupportedImage(
                f"{case.name} has no slice with {' or '.join(scheme.region_names)} in it. Nothing is to be learned "
                "from it here; ask for every slice to take it all the same."
            )
        images = {role: windowed(volumes[role], chosen, self._window(order)) for role in wanted}
        chosen, images = _that_show(case, chosen, images)
        files = write_slices(_out(order), case.name, images, chosen)
        own = images[wanted[0]]
        slices = [
            Slice(row, own.volume.spacing, _said(own, index), Regions(scheme.region_names, tables[:, labels[index]]))
            for row, index in zip(files, chosen, strict=True)
        ]
        whose = {"case": case.name, "patient": f"{self.name} {case.name}", "split": split}
        origin = Origin("file", case.files[LABELS].name)
        return add_slices(project, slices, **whose, reader=order.reader, origin=origin)

    def _volumes(self, case: Case, wanted: tuple[str, ...]) -> dict[str, Volume]:
        roles = (*wanted, LABELS)
        missing = [role or "image" for role in roles if role not in case.files]
        if missing:
            raise UnreadableImage(
                f"{case.name} has no {', '.join(missing)} in {case.folder}: a case of {self.title} has {self.files}. "
                "Copy it again from the source."
            )
        return open_aligned({role: case.files[role] for role in roles})

    def _labels_of(self, scheme: Scheme) -> list[frozenset[int]]:
        """Give the labels of each region of the scheme; where regions may not overlap, the smallest one keeps each."""
        sets = [self.labels[name] for name in scheme.region_names]
        if scheme.regions_overlap:
            return sets
        return [own - frozenset().union(*(other for other in sets if other < own)) for own in sets]

    def _window(self, order: DatasetOrder) -> Window | None:
        if order.window is None:
            return self.window
        low, high = order.window
        if not low < high:
            raise UsageError(f"A window runs from a lower to a higher value; found {low:g} to {high:g}.")
        return Window(low, high, self.window.unit if self.window else "")

    def _settings(self, scheme: Scheme, order: DatasetOrder) -> str:
        slices = "every slice" if order.every_slice else f"slices with {' or '.join(scheme.region_names)}"
        window = self._window(order)
        channels = f", channels {', '.join(scheme.channels)}" if self.channels else ""
        return f"{self.name}, {slices}, window {window or 'of the tissue'}{channels}\n"


def label_tables(sets: Sequence[frozenset[int]]) -> NDArray[np.bool_]:
    """Give a table (R, 256) that says of each label whether it belongs to each of R regions.

    Indexed with labels (H, W), it gives masks (R, H, W).
    """
    tables = np.zeros((len(sets), 256), dtype=bool)
    for row, members in zip(tables, sets, strict=True):
        row[list(members)] = True
    return tables


def _that_show(case: Case, chosen: list[int], images: Mapping[str, Windowed]) -> tuple[list[int], dict[str, Windowed]]:
    """Leave out slices in which a channel is the same everywhere: there is no image in them."""
    shows = np.all([np.ptp(image.pixels, axis=(1, 2)) > 0 for image in images.values()], axis=0)
    if not shows.any():
        raise UnsupportedImage(f"{case.name} shows nothing in any slice. Look at its files, or change the window.")
    kept = [index for index, is_kept in zip(chosen, shows, strict=True) if is_kept]
    return kept, {role: image._replace(pixels=image.pixels[shows]) for role, image in images.items()}


def _said(image: Windowed, index: int) -> str:
    volume, window, _ = image
    where = f"{volume.plane.name} slice {index} of {volume.shape[0]} of {volume.path.name}"
    return f"{where}, window {window} ({window.source})"


def _out(order: DatasetOrder) -> Path:
    if order.out is None:
        raise UsageError("Say with --out which folder the slices go to.")
    return order.out
