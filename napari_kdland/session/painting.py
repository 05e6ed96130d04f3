"""Painting regions: what the brush paints on, and each stroke saved as one step in the journal of masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from napari_kdland.anatomy.canvas import canvas_of, drawn_in, merged, painted
from napari_kdland.anatomy.regions import RegionState
from napari_kdland.errors import AnnotationError, KdlandError
from napari_kdland.project.mask_files import MaskFile, to_png

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Scheme
    from napari_kdland.project import MaskRecord, Project
    from napari_kdland.session.session import Session


@dataclass(frozen=True)
class _Base:
    """What counts in the project, and so what a stroke changes; `mask_id` is 0 where nothing was saved."""

    image_id: int
    mask_id: int
    bits: NDArray[np.uint16]
    known: tuple[str, ...]


class Painting:
    """The regions that the reader paints in the image on screen.

    Truth is on the disk: what the brush changed is saved when the stroke ends, and what is shown is what was saved.

    Parameters
    ----------
    session
        Whose image on screen is painted.

    Attributes
    ----------
    region
        Name of the region that is painted; empty while nothing is.
    holds
        Gives what the brush has on screen, so that an unfinished stroke is saved before something else is shown;
        `None` where nothing is on screen.
    """

    changed = Signal()
    canvas_changed = Signal()
    refused = Signal(str)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._base: _Base | None = None
        self.region = ""
        self.holds: Callable[[], NDArray[np.integer] | None] = lambda: None
        session.image_changed.connect(self.refresh)
        session.images_changed.connect(self.refresh)
        session.closing.connect(self.stop)

    def close(self) -> None:
        """Save what is under the brush, and part from the session."""
        self.stop()
        self._session.image_changed.disconnect(self.refresh)
        self._session.images_changed.disconnect(self.refresh)
        self._session.closing.disconnect(self.stop)

    @property
    def is_on(self) -> bool:
        """Whether the reader paints."""
        return bool(self.region)

    @property
    def number(self) -> int:
        """Number of the painted region on the canvas: 1 + its place in the scheme."""
        return self._scheme.region_names.index(self.region) + 1

    @property
    def states(self) -> tuple[RegionState, ...]:
        """What is known of each region of the image on screen; all unknown where nothing is painted."""
        base, regions = self._base, self._scheme.regions
        if base is None:
            return (RegionState.UNKNOWN,) * len(regions)
        drawn = drawn_in(base.bits, regions)
        return tuple(
            RegionState.DRAWN
            if entry.name in drawn
            else (RegionState.ABSENT if entry.name in base.known else RegionState.UNKNOWN)
            for entry in regions
        )

    def start(self, region: str = "") -> None:
        """Begin to paint a region, by default the first one.

        Raises
        ------
        AnnotationError
            If no image is on screen, or the scheme has no such region, or none at all.
        ProjectError
            If the mask that counts cannot be read.
        """
        scheme = self._scheme
        self._session.the_record()
        if not scheme.regions:
            raise AnnotationError("The project's scheme has no regions to paint. Add one in the scheme editor.")
        wanted = region or self.region or scheme.region_names[0]
        if wanted not in scheme.region_names:
            raise AnnotationError(f"The scheme has no region {wanted!r} (there are: {', '.join(scheme.region_names)}).")
        self._collect()
        was_on, self.region = self.is_on, wanted
        try:
            self._read()
        except KdlandError:
            if not was_on:
                self.region = ""
            raise
        self.changed.emit()
        self.canvas_changed.emit()

    def stop(self) -> None:
        """Save what is under the brush and paint no more."""
        if not self.is_on:
            return
        self._collect()
        self.region, self._base = "", None
        self.changed.emit()

    def canvas(self) -> NDArray[np.uint8] | None:
        """Give what the brush paints on, (H, W), a copy; `None` while nothing is painted. See `canvas_of`."""
        base = self._base
        return None if base is None else canvas_of(base.bits, self._scheme, self.region)

    def take(self, canvas: NDArray[np.integer]) -> bool:
        """Save what the brush has changed; gives whether it changed anything.

        Parameters
        ----------
        canvas : (H, W)
            As `canvas` gave it, and then painted.

        Raises
        ------
        ProjectError
            If it cannot be saved; what counted before still does, and is shown again.
        """
        base = self._base
        if base is None or canvas.shape != base.bits.shape:
            return False
        bits = painted(base.bits, canvas, self._scheme, self.region)
        if np.array_equal(bits, base.bits):
            return False
        self._save(base, bits, {})
        return True

    def set_state(self, state: RegionState) -> None:
        """Say of the painted region that it is absent, or that nothing is known of it; its pixels go.

        Raises
        ------
        AnnotationError
            If nothing is painted.
        ProjectError
            If it cannot be saved.
        """
        self._collect()
        base = self._base
        if base is None:
            raise AnnotationError("Choose a region to paint first.")
        bit = np.uint16(self._scheme.regions[self.number - 1].bit)
        self._save(base, base.bits & ~bit, {self.region: state is RegionState.ABSENT})
        self.canvas_changed.emit()

    def refresh(self) -> None:
        """Show the mask that counts now: of another image, after an undo, or saved in another window."""
        if not self.is_on:
            return
        record = self._session.record
        if record is None:
            self.stop()
            return
        base, counting = self._base, self._counting()
        mask_id = 0 if counting is None else counting.mask_id
        if base is not None and (base.image_id, base.mask_id) == (record.image_id, mask_id):
            return
        self._collect()
        try:
            self._read()
        except KdlandError as error:
            self.stop()
            self.refused.emit(str(error))
            return
        self.canvas_changed.emit()

    @property
    def _scheme(self) -> Scheme:
        return self._project.scheme

    @property
    def _project(self) -> Project:
        return self._session.the_project()

    def _counting(self) -> MaskRecord | None:
        record = self._session.record
        if record is None:
            return None
        only = self._session.blind.only
        return self._project.masks.current([record.image_id], reader=only).get(record.image_id)

    def _read(self) -> None:
        record, counting = self._session.record, self._counting()
        if record is not None:
            bits = self._project.masks.read(counting, record.size)
            known = () if counting is None else counting.known
            self._base = _Base(record.image_id, 0 if counting is None else counting.mask_id, bits, known)

    def _collect(self) -> None:
        """Save a stroke that has not ended."""
        held = self.holds() if self._base is not None else None
        if held is None:
            return
        try:
            self.take(held)
        except KdlandError as error:
            self.refused.emit(str(error))

    def _save(self, base: _Base, bits: NDArray[np.uint16], said: dict[str, bool]) -> None:
        scheme = self._scheme
        result = _Result(scheme, base, bits, said)
        read = self._project.masks.read

        def change(counting: MaskRecord | None) -> MaskFile:
            if (0 if counting is None else counting.mask_id) != base.mask_id:
                theirs = read(counting, (base.bits.shape[0], base.bits.shape[1]))
                result.join(theirs, () if counting is None else counting.known)
            return result.file()

        try:
            only = self._session.blind.only
            record = self._project.masks.change(base.image_id, change, reader=self._session.reader, only=only)
        except KdlandError:
            self.canvas_changed.emit()
            raise
        self._base = _Base(base.image_id, record.mask_id, result.bits, record.known)
        self._session.saved.emit(record.time)
        if result.is_joined:
            self.canvas_changed.emit()


class _Result:
    """What is to be saved after a stroke, and after joining it with what another window saved meanwhile."""

    def __init__(self, scheme: Scheme, base: _Base, bits: NDArray[np.uint16], said: dict[str, bool]) -> None:
        self._scheme = scheme
        self._base = base
        self._said = said
        self._known = base.known
        self.bits = bits
        self.is_joined = False

    def join(self, theirs: NDArray[np.uint16], known: tuple[str, ...]) -> None:
        """Make the stroke's changes in what counts now."""
        overlapping = self._scheme.regions_overlap
        self.bits = merged(self._base.bits, self.bits, theirs, overlapping=overlapping)
        self._known = known
        self.is_joined = True

    def file(self) -> MaskFile:
        """Give the file to be saved: what has pixels is drawn, what was erased to the last pixel is unknown again."""
        regions = self._scheme.regions
        drawn, before = drawn_in(self.bits, regions), drawn_in(self._base.bits, regions)
        known = [
            entry.name
            for entry in regions
            if entry.name in drawn or self._said.get(entry.name, entry.name in self._known and entry.name not in before)
        ]
        names = self._scheme.region_names
        foreign = [name for name in self._known if name not in names]
        height, width = self.bits.shape
        return MaskFile(to_png(self.bits), (height, width), (*known, *foreign))
