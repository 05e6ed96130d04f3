"""A folder of region masks: one PNG of bit flags an image, and a table of what such flags cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.anatomy.regions import Regions, RegionState, unnamed_bits
from napari_kdland.errors import AnnotationError, ProjectError, UsageError
from napari_kdland.project.exchange.rows import Problems, write_text
from napari_kdland.project.exchange.tables import read_table, write_table
from napari_kdland.project.mask_files import MaskFile, read_bits, to_png
from napari_kdland.project.matching import without_ending

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.project.matching import ImageNames
    from napari_kdland.project.project import Project
    from napari_kdland.project.records import Record

# Beside the masks: image,region,state, for regions without a pixel.
STATES_FILE = "regions.csv"


class MaskFolder:
    """The masks of one folder, held against one project; every problem is noted, and nothing is written.

    A file is called like its image, with any folders below this one that tell images of one name apart, and ends in
    ``.png``. A region without a pixel in its mask is unknown, unless ``regions.csv`` (image,region,state) calls it
    absent.

    Parameters
    ----------
    folder
        The folder.
    project
        The project whose images and regions the masks are of.

    Raises
    ------
    AnnotationError
        If there is no such folder, it holds no PNG, or the scheme has no regions.
    """

    def __init__(self, folder: Path, project: Project) -> None:
        if not project.scheme.regions:
            raise AnnotationError(f"The scheme {project.scheme.name} names no regions, so masks cannot be read.")
        if not folder.is_dir():
            raise AnnotationError(f"There is no folder {folder} to read masks from. See that the path is right.")
        self.paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".png" and path.is_file())
        if not self.paths:
            raise AnnotationError(f"The folder {folder} holds no PNG, so there are no masks in it.")
        self._folder = folder
        self._scheme = project.scheme
        self._names = project.records.names()
        self._sizes = project.records.sizes()
        self._problems = Problems(folder)
        self._where: dict[int, str] = {}
        self._bits: dict[int, MaskFile] = {}
        self._states = self._read_states()

    def take(self, path: Path) -> None:
        """Read and check one of the `paths`."""
        where = path.relative_to(self._folder).as_posix()
        image_id = self._image_of(where)
        if image_id is None:
            return
        if image_id in self._where:
            self._problems.add(where, f"the mask of {self._names.name_of(image_id)} is {self._where[image_id]} already")
            return
        self._where[image_id] = where
        try:
            bits = read_bits(path)
        except AnnotationError as error:
            self._problems.add("", str(error).removesuffix("."))
            return
        problem = self._problem_with(bits, self._sizes[image_id])
        if problem:
            self._problems.add(where, problem)
            return
        self._bits[image_id] = self._file(image_id, bits)

    def files(self) -> tuple[dict[int, MaskFile], int]:
        """Give the masks by image number, for `Masks.save_many`, and how many more say nothing of any region.

        Raises
        ------
        AnnotationError
            If anything was wrong; the first few problems are named, with their number.
        """
        for image_id in self._states:
            if image_id not in self._where:
                name = self._names.name_of(image_id)
                self._problems.add(STATES_FILE, f"{name} has no mask in the folder; an empty one would do")
        self._problems.refuse_if_any()
        telling = {image_id: file for image_id, file in self._bits.items() if file.known}
        return telling, len(self._bits) - len(telling)

    def _image_of(self, where: str) -> int | None:
        try:
            return self._names.match(where)
        except UsageError as error:
            problem = str(error).removesuffix(".")
        try:
            # Images that differ by their ending only have masks called "a.dcm.png".
            return self._names.match(where[: -len(".png")])
        except UsageError:
            self._problems.add(where, problem)
            return None

    def _problem_with(self, bits: NDArray[np.uint16], size: tuple[int, int]) -> str:
        if bits.shape != size:
            return f"it has {bits.shape[1]} x {bits.shape[0]} pixels, the image {size[1]} x {size[0]}"
        entries = self._scheme.regions
        named = ", ".join(f"{entry.bit} {entry.name}" for entry in entries)
        stray = unnamed_bits(bits, entries)
        if stray:
            return f"it has the bits {', '.join(map(str, stray))}, which no region of the scheme has (bits: {named})"
        n_overlapping = int((Regions.from_bits(bits, entries).masks.sum(axis=0) > 1).sum())
        if n_overlapping and not self._scheme.regions_overlap:
            return f"{n_overlapping} pixels lie in several regions, but those of {self._scheme.name} do not overlap"
        return ""

    def _file(self, image_id: int, bits: NDArray[np.uint16]) -> MaskFile:
        said = self._states.get(image_id, {})
        regions = Regions.from_bits(bits, self._scheme.regions)
        known = []
        for name, state in zip(regions.names, regions.states, strict=True):
            is_drawn = state is RegionState.DRAWN
            if is_drawn and name in said:
                found = f"{self._where[image_id]} draws {name}, which is called {said[name].value}"
                self._problems.add(STATES_FILE, found)
            if is_drawn or said.get(name) is RegionState.ABSENT:
                known.append(name)
        return MaskFile(to_png(bits, is_quick=True), self._sizes[image_id], tuple(known))

    def _read_states(self) -> dict[int, dict[str, RegionState]]:
        path = self._folder / STATES_FILE
        found: dict[int, dict[str, RegionState]] = {}
        for line in read_table(path, ("image", "region", "state")) if path.exists() else ():
            where, region, state = f"{STATES_FILE}, {line.where}", line.fields["region"], line.fields["state"].lower()
            try:
                image_id = self._names.match(line.fields["image"])
            except UsageError as error:
                self._problems.add(where, str(error).removesuffix("."))
                continue
            if region not in self._scheme.region_names:
                there = ", ".join(self._scheme.region_names)
                self._problems.add(where, f"the scheme has no region {region!r} (there are: {there})")
            elif state not in (RegionState.ABSENT, RegionState.UNKNOWN):
                self._problems.add(where, f"there is no state {state!r} for a region without a pixel (absent, unknown)")
            elif region in found.setdefault(image_id, {}):
                self._problems.add(where, f"{region} of {line.fields['image']} comes twice")
            else:
                found[image_id][region] = RegionState(state)
        return found


def write_masks(folder: Path, project: Project, *, reader: str | None = None) -> Iterator[str]:
    """Write the masks that count as a folder that `MaskFolder` reads; gives the name of each image when it is done.

    Parameters
    ----------
    folder
        A new or empty folder.
    project
        Whose masks.
    reader
        What this reader drew, in place of what counts for all readers together.

    Raises
    ------
    UsageError
        If there is no such reader, or the folder is not empty.
    ProjectError
        If the folder cannot be written, or a mask is lost.
    """
    readers = sorted({record.reader for record in project.masks.all_saved()})
    if reader is not None and reader not in readers:
        raise UsageError(f"No mask is by {reader!r}. Those who drew some: {', '.join(readers) or 'nobody yet'}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists already and is not empty. Give a new folder for the masks.")
    names = project.records.names()
    states: list[tuple[str, str, str]] = []
    try:
        for record in project.records.page(limit=-1):
            regions = project.masks.load(record.image_id, reader=reader)
            if regions is None or not regions.known.any():
                continue
            path = folder / _file_name(record, names)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(to_png(regions.to_bits(project.scheme.regions)))
            pairs = zip(regions.names, regions.states, strict=True)
            states += [(record.name, name, state.value) for name, state in pairs if state is not RegionState.DRAWN]
            yield record.name
    except OSError as error:
        raise ProjectError(f"Cannot write the masks to {folder}: {error.strerror}. Choose another folder.") from error
    write_text(folder / STATES_FILE, write_table(("image", "region", "state"), states))


def _file_name(record: Record, names: ImageNames) -> str:
    """Give the shortest name by which a mask's image is found again."""
    short = f"{without_ending(record.name)}.png"
    try:
        is_enough = names.match(short) == record.image_id
    except UsageError:
        is_enough = False
    return short if is_enough else f"{record.name}.png"
