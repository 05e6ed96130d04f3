"""What there is of the image on screen beside its pixels and landmarks: region masks, and further channels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_kdland.events import Advanced, Started
from napari_kdland.project import Project
from napari_kdland.session.album import FIRST_LANE, read_picture
from napari_kdland.session.isolation import here
from napari_kdland.session.outlines import Outlined

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.events import Job
    from napari_kdland.project.channels import ChannelFile
    from napari_kdland.session.album import Picture
    from napari_kdland.session.isolation import Isolation
    from napari_kdland.session.job_runner import JobHandle, JobRunner
    from napari_kdland.session.session import Session

_MASKS_LANE = "masks that are looked at"
_Place = tuple["Path", int]


class Companions:
    """Follows the session from image to image and reads in the background.

    Parameters
    ----------
    session, runner
        Whose image on screen it follows, and what reads.
    where
        Where files of channels are read.

    Attributes
    ----------
    masks
        Region masks that count for the image on screen, readers' before models'; `None` where there are none, or they
        have not been read yet.
    shows_masks
        Whether the user wants to see masks.
    channel
        The one that the user wants to see; empty for none. It stays from image to image.
    picture
        That channel of the image on screen; `None` where it has none, or it has not been read yet.
    """

    masks_changed = Signal()
    channels_changed = Signal()
    picture_changed = Signal()
    refused = Signal(str)

    def __init__(self, session: Session, runner: JobRunner, *, where: Isolation = here) -> None:
        self._session = session
        self._runner = runner
        self._where = where
        self._shown: _Place | None = None
        self._mask_id: int | None = None
        self._files: dict[str, ChannelFile] = {}
        self.masks: Outlined | None = None
        self.shows_masks = True
        self.channel = ""
        self.picture: Picture | None = None
        session.image_changed.connect(self._on_image)
        session.images_changed.connect(self._on_images)

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the further channels of the image on screen."""
        return tuple(self._files)

    def close(self) -> None:
        """Part from the session."""
        self._session.image_changed.disconnect(self._on_image)
        self._session.images_changed.disconnect(self._on_images)

    def refresh(self) -> None:
        """Take in what was saved since the last look, here or in other windows."""
        self._look_again()

    def show_masks(self, is_wanted: bool) -> None:
        """Let masks be seen, or not."""
        if is_wanted != self.shows_masks:
            self.shows_masks = is_wanted
            self.masks_changed.emit()

    def look_at(self, channel: str) -> None:
        """Choose a channel to be seen; none where the name is empty."""
        self.channel = channel
        self._read_channel()

    def _on_image(self) -> None:
        project, record = self._session.project, self._session.record
        shown = None if project is None or record is None else (project.path, record.image_id)
        is_other = shown != self._shown
        if is_other:
            self._shown, self._mask_id, self.masks = shown, None, None
            self.masks_changed.emit()
        self._look_again(is_other=is_other)

    def _on_images(self) -> None:
        self._look_again()

    def _look_again(self, *, is_other: bool = False) -> None:
        """Ask the project what there is of the image on screen now, and read what is new."""
        project, record = self._session.project, self._session.record
        mask_id, files = None, {}
        if project is not None and record is not None:
            only = self._session.blind.only
            mask = project.masks.current([record.image_id], reader=only).get(record.image_id)
            mask_id = None if mask is None else mask.mask_id
            files = project.channels.of([record.image_id]).get(record.image_id, {})
        if mask_id != self._mask_id:
            self._mask_id = mask_id
            self._read_masks()
        if files != self._files or is_other:
            self._files = files
            self.channels_changed.emit()
            self._read_channel()

    def _read_masks(self) -> None:
        if self._shown is None:
            return
        if self._mask_id is None:  # it was taken back
            self.masks = None
            self.masks_changed.emit()
            return
        job = partial(_read_masks, *self._shown, self._session.blind.only)
        on_end = partial(self._masks_read, (self._shown, self._mask_id))
        self._runner.start("Open masks", job, lane=_MASKS_LANE, on_end=on_end)

    def _masks_read(self, asked: tuple[_Place, int], handle: JobHandle[Outlined | None]) -> None:
        if asked != (self._shown, self._mask_id):
            return
        self.masks = handle.result
        self.masks_changed.emit()
        if handle.error:
            self.refused.emit(handle.error)

    def _read_channel(self) -> None:
        self.picture = None
        self.picture_changed.emit()
        file = self._files.get(self.channel)
        if file is None or self._shown is None:
            return
        job = self._where(partial(read_picture, file.path, file.frame, file.content_hash or None))
        on_end = partial(self._channel_read, (self._shown, file))
        self._runner.start(f"Open {self.channel}", job, lane=FIRST_LANE, on_end=on_end)

    def _channel_read(self, asked: tuple[_Place, ChannelFile], handle: JobHandle[Picture]) -> None:
        if asked != (self._shown, self._files.get(self.channel)):
            return
        self.picture = handle.result
        self.picture_changed.emit()
        if handle.error:
            self.refused.emit(handle.error)


def _read_masks(project_path: Path, image_id: int, only: str | None) -> Job[Outlined | None]:
    yield Started("Opening masks", 1)
    with Project.open(project_path, announce=False) as project:
        regions = project.masks.load(image_id, reader=only)
    yield Advanced(1)
    return None if regions is None else Outlined.of(regions)
