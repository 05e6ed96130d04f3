"""Say which files show further channels of images; each is read once and held against its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland import images
from napari_kdland.errors import ImageError, UsageError
from napari_kdland.events import Advanced, Job, Started
from napari_kdland.project import Project
from napari_kdland.project.exchange import ChannelTable, read_channels_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.project.exchange import ChannelRow


def import_channels(project_path: Path, path: Path) -> Job[int]:
    """Read a table ``image,channel,path[,frame]`` into the project: all of it, or, where anything is wrong, nothing.

    The files themselves stay where they are. Gives the number of channels.

    Raises
    ------
    AnnotationError
        If the table cannot be read or does not fit the project, or a file is no image of its image's size.
    """
    return (yield from pair_channels(project_path, read_channels_csv(path), path))


def pair_channels(project_path: Path, rows: Sequence[ChannelRow], source: Path) -> Job[int]:
    """Keep the channels that `rows` name, all or none; `source` is where the rows come from, for messages.

    Raises
    ------
    AnnotationError
        If a row does not fit the project, or its file is no image of its image's size.
    """
    yield Started("Reading channels", len(rows))
    with Project.open(project_path, announce=False) as project:
        table = ChannelTable(source, project)
        for done, row in enumerate(rows, start=1):
            image_id = table.place_of(row)
            if image_id is not None:
                try:
                    table.take(row, image_id, images.read(row.path, frame=row.frame))
                except (ImageError, UsageError) as error:
                    table.refuse(row, str(error))
            yield Advanced(done, row.path.name)
        project.channels.set_many(table.found())
    return len(rows)
