"""The further channels of images: files that show the same examination pixel by pixel, by name."""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select, update

from napari_kdland.errors import UsageError
from napari_kdland.project.image_paths import located, paths_of
from napari_kdland.project.image_queries import refuse_unknown
from napari_kdland.project.journal import chunks
from napari_kdland.project.tables import channels, images

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari_kdland.anatomy.scheme import Scheme
    from napari_kdland.project.database import Database

_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")


class ChannelFile(NamedTuple):
    """Where one channel of an image is.

    Parameters
    ----------
    path
        The file; it may be missing.
    frame
        Which frame, page or slice of it, from 0; `None` for a file that holds one image.
    content_hash
        SHA-256 of its pixels, to find it again; empty where nobody has read it yet.
    """

    path: Path
    frame: int | None = None
    content_hash: str = ""


class Channels:
    """The channels of one project's images beside the images themselves.

    Parameters
    ----------
    database
        The open project database.
    folder
        The project folder, from which relative paths run.
    scheme
        Which names there may be.
    """

    def __init__(self, database: Database, folder: Path, scheme: Scheme) -> None:
        self._database = database
        self._folder = folder
        self._scheme = scheme

    def set_many(self, found: Mapping[int, Mapping[str, tuple[Path, int | None] | ChannelFile]]) -> None:
        """Say where channels of images are, in place of what was said of the same channels before.

        Parameters
        ----------
        found
            By image number and channel: (path, frame), or a `ChannelFile`.

        Raises
        ------
        UsageError
            If there is no such image, or the scheme has no such channel; nothing is changed.
        """
        for name in {name for files in found.values() for name in files}:
            self.refuse_unknown(name)
        rows = [
            {"image_id": image_id, "name": name, **self._columns(ChannelFile(*file))}
            for image_id, files in found.items()
            for name, file in files.items()
        ]
        with self._database.writing() as connection:
            refuse_unknown(connection, found)
            if rows:
                connection.execute(insert(channels).prefix_with("OR REPLACE"), rows)

    def of(self, image_ids: Iterable[int]) -> dict[int, dict[str, ChannelFile]]:
        """Give the channels of images beside the images themselves; images that have none are missing."""
        found: dict[int, dict[str, ChannelFile]] = defaultdict(dict)
        with self._database.reading() as connection:
            for chunk in chunks(list(image_ids)):
                query = select(channels).where(channels.c.image_id.in_(chunk)).order_by(channels.c.name)
                for row in connection.execute(query):
                    path = located(row.relative_path, row.absolute_path, self._folder)
                    found[row.image_id][row.name] = ChannelFile(path, row.frame, row.content_hash)
        return dict(found)

    def names(self) -> tuple[str, ...]:
        """Give every channel that any image of the project has, the images' own one first."""
        own = self._scheme.default_channel
        query = select(channels.c.name).join(images).where(images.c.removed.is_(None)).distinct()
        with self._database.reading() as connection:
            further = set(connection.execute(query).scalars())
        order = {name: place for place, name in enumerate(self._scheme.channels)}
        return (own, *sorted(further, key=lambda name: (order.get(name, len(order)), name)))

    def missing(self) -> dict[int, dict[str, ChannelFile]]:
        """Give the channels whose file is not where it was, of images that are in the project."""
        with self._database.reading() as connection:
            query = select(channels.c.image_id).join(images).where(images.c.removed.is_(None)).distinct()
            image_ids = list(connection.execute(query).scalars())
        lost = {
            image_id: {name: file for name, file in files.items() if not file.path.exists()}
            for image_id, files in self.of(image_ids).items()
        }
        return {image_id: files for image_id, files in lost.items() if files}

    def relink(self, found: Mapping[int, Mapping[str, Path]]) -> int:
        """Point channels to where their files are now; gives how many were pointed anew."""
        changed = 0
        with self._database.writing() as connection:
            for image_id, files in found.items():
                for name, path in files.items():
                    query = update(channels).where(channels.c.image_id == image_id, channels.c.name == name)
                    values = paths_of(path.expanduser().absolute(), self._folder)
                    changed += connection.execute(query.values(values)).rowcount
        return changed

    def refuse_unknown(self, name: str) -> None:
        """Refuse a name that no further channel of this project may have.

        Raises
        ------
        UsageError
            If it is the name of the images' own channel, the scheme names others, or it is no plain word.
        """
        further = [known for known in self._scheme.channels if known != self._scheme.default_channel]
        if name == self._scheme.default_channel:
            raise UsageError(f"{name!r} is the channel that the images themselves are. Give another one its name.")
        if self._scheme.channels and name not in further:
            close = get_close_matches(name, further, n=3)
            hint = f"close to it: {', '.join(close)}" if close else f"there are: {', '.join(further) or 'none'}"
            raise UsageError(f"The scheme {self._scheme.name} has no channel {name!r} beside the images ({hint}).")
        if not _NAME.fullmatch(name):
            raise UsageError(f"A channel cannot be called {name!r}: use small letters, digits and underscores.")

    def _columns(self, file: ChannelFile) -> dict[str, object]:
        path = Path(file.path).expanduser().absolute()
        return {**paths_of(path, self._folder), "frame": file.frame, "content_hash": file.content_hash}
