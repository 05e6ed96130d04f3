"""Which image of the project a name in somebody else's file means."""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import get_close_matches
from typing import TYPE_CHECKING

from napari_kdland.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

# Only endings that look like one: the last number of a DICOM UID is part of the name.
_ENDING = re.compile(r"(\.nii)?\.[a-z][a-z0-9]{1,4}(?=(#\d+)?$)", re.IGNORECASE)


class ImageNames:
    """The names of a project's images, to be matched against.

    Parameters
    ----------
    entries
        (image_id, name, path) of each image; the path of one frame of a file ends with ``#`` and its number.
    """

    def __init__(self, entries: Iterable[tuple[int, str, str]]) -> None:
        self._by_name: dict[str, int] = {}
        self._by_stem: dict[str, list[int]] = defaultdict(list)
        self._name: dict[int, str] = {}
        self._path: dict[int, tuple[str, ...]] = {}
        for image_id, name, path in entries:
            self._by_name[name] = image_id
            self._by_stem[_stem(path)].append(image_id)
            self._name[image_id] = name
            self._path[image_id] = _parts(path)

    def match(self, text: str) -> int:
        """Give the number of the image that `text` names.

        The exact name counts first, then the file name without folder and ending; where several images share that, the
        folders in `text` decide.

        Raises
        ------
        UsageError
            If no image or more than one fits; the message names those that fit or come close.
        """
        text = text.strip()
        if text in self._by_name:
            return self._by_name[text]
        candidates = self._by_stem.get(_stem(text), [])
        if len(candidates) > 1:
            candidates = self._narrowed(candidates, _parts(text))
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            names = ", ".join(self._name[image_id] for image_id in candidates[:5])
            raise UsageError(f"{text!r} fits {len(candidates)} images: {names}. Write the name as it is shown.")
        close = get_close_matches(text, self._by_name, n=3)
        hint = f"Close to it: {', '.join(close)}." if close else "No name comes close to it."
        raise UsageError(f"The project has no image {text!r}. {hint}")

    def name_of(self, image_id: int) -> str:
        """Give the name of an image."""
        return self._name[image_id]

    def _narrowed(self, candidates: list[int], parts: tuple[str, ...]) -> list[int]:
        def fits(image_id: int, wanted: tuple[str, ...]) -> bool:
            own = self._path[image_id]
            return own[-len(wanted) :] == wanted

        for wanted in (parts, (*parts[:-1], _stem(parts[-1]))):
            exact = [image_id for image_id in candidates if fits(image_id, wanted)]
            if len(exact) == 1:
                return exact
        folders = parts[:-1]
        same = [i for i in candidates if folders and self._path[i][-len(parts) : -1] == folders]
        return same if len(same) == 1 else candidates


def without_ending(name: str) -> str:
    """Give a file's or image's name without the ending that says its format; folders stay."""
    return _ENDING.sub("", name)


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))


def _stem(path: str) -> str:
    parts = _parts(path)
    return without_ending(parts[-1]) if parts else ""
