"""Which further files show an image's channels: said by a table, or by what the files are called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.project.channels import ChannelFile
from napari_kdland.project.exchange.rows import Problems
from napari_kdland.project.exchange.tables import Line, read_table
from napari_kdland.project.matching import without_ending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.anatomy.scheme import Scheme
    from napari_kdland.images.radiograph import Radiograph
    from napari_kdland.project.project import Project


@dataclass(frozen=True)
class ChannelRow:
    """What a table or a file's name says of one channel of one image; `where` is its place for messages."""

    image: str
    channel: str
    path: Path
    frame: int | None
    where: str


def read_channels_csv(path: Path) -> list[ChannelRow]:
    """Read ``image,channel,path[,frame]``; paths are relative to the table's own folder.

    Raises
    ------
    AnnotationError
        If it is no such table, a field is empty, or a frame is no whole number from 0.
    """
    problems = Problems(path)
    rows = []
    for line in read_table(path, ("image", "channel", "path"), ("frame",)):
        empty = [column for column in ("image", "channel", "path") if not line.fields[column]]
        frame = line.fields.get("frame", "")
        if empty:
            problems.add(line.where, f"{empty[0]} is empty")
        elif frame and not (frame.isascii() and frame.isdigit()):
            problems.add(line.where, f"frame is {frame!r}, not a whole number from 0")
        else:
            rows.append(_row(path, line, int(frame) if frame else None))
    problems.refuse_if_any()
    return rows


def find_channels(paths: Sequence[Path], scheme: Scheme) -> list[ChannelRow]:
    """Tell by their names which files are channels of others: ``x_bone.png`` of ``x.png`` or of ``x_standard.png``.

    Parameters
    ----------
    paths
        The files that may be images; what one of them is a channel of must be among them, in the same folder.
    scheme
        Which channels there may be.

    Raises
    ------
    AnnotationError
        If the scheme names no channels.
    """
    further = [name for name in scheme.channels if name != scheme.default_channel]
    if not further:
        raise AnnotationError(
            f"The scheme {scheme.name} names no channels beside the images, so none can be told by a file's name. "
            "Add channels = [...] to the scheme, or give a table image,channel,path."
        )
    there = {(path.parent, without_ending(path.name)): path for path in paths}
    rows = []
    for path in paths:
        stem = without_ending(path.name)
        # The longest name first, so that x_soft_tissue is no channel "tissue" of x_soft.
        for channel in sorted(further, key=len, reverse=True):
            base = stem.removesuffix(f"_{channel}")
            of = [there.get((path.parent, name)) for name in (base, f"{base}_{scheme.default_channel}")]
            images = [image for image in of if image is not None]
            if base != stem and images:
                rows.append(ChannelRow(str(images[0].expanduser().absolute()), channel, path, None, path.name))
                break
    return rows


class ChannelTable:
    """The channels that rows name, held against one project; every problem is noted, and nothing is written.

    Parameters
    ----------
    source
        The table or folder that the rows come from, for messages.
    project
        The project whose images the rows speak of.
    """

    def __init__(self, source: Path, project: Project) -> None:
        self._project = project
        self._names = project.records.names()
        self._sizes = project.records.sizes()
        self._problems = Problems(source)
        self._found: dict[int, dict[str, ChannelFile]] = {}

    def place_of(self, row: ChannelRow) -> int | None:
        """Give the number of the image that a row speaks of; `None` where something is wrong, which is noted."""
        try:
            self._project.channels.refuse_unknown(row.channel)
            image_id = self._names.match(row.image)
        except UsageError as error:
            self.refuse(row, str(error))
            return None
        if row.channel in self._found.get(image_id, {}):
            self.refuse(row, f"{row.channel} of {self._names.name_of(image_id)} comes twice")
            return None
        return image_id

    def take(self, row: ChannelRow, image_id: int, radiograph: Radiograph) -> None:
        """Note a channel's file, as read, if it has its image's size."""
        (height, width), (rows, columns) = self._sizes[image_id], radiograph.size
        if (height, width) != (rows, columns):
            found = f"{row.path.name} has {columns} x {rows} pixels, {self._names.name_of(image_id)} {width} x {height}"
            self.refuse(row, f"{found}; a channel lies on its image pixel by pixel")
            return
        file = ChannelFile(row.path, row.frame, radiograph.content_hash)
        self._found.setdefault(image_id, {})[row.channel] = file

    def refuse(self, row: ChannelRow, problem: str) -> None:
        """Note what is wrong with a row."""
        self._problems.add(row.where, problem.removesuffix("."))

    def found(self) -> dict[int, dict[str, ChannelFile]]:
        """Give the channels, for `Channels.set_many`.

        Raises
        ------
        AnnotationError
            If anything was wrong; the first few problems are named, with their number.
        """
        self._problems.refuse_if_any()
        return self._found


def _row(table: Path, line: Line, frame: int | None) -> ChannelRow:
    path = table.parent / Path(line.fields["path"].replace("\\", "/")).expanduser()
    return ChannelRow(line.fields["image"], line.fields["channel"], path, frame, line.where)
