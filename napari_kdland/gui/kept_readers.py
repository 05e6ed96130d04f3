"""How the user read each project last, kept in the user's settings: each user of a shared project has their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from napari_kdland.gui.recent import window_settings
from napari_kdland.session.reader_keeping import Reading

if TYPE_CHECKING:
    from pathlib import Path

_KEY = "readers"
# Of so many projects; the oldest are forgotten.
_KEPT = 200


class KeptReaders:
    """The `Memory` of readings of the window, which outlasts it."""

    def recall(self, project: Path) -> Reading | None:
        """Give how a project was read last; `None` where that is not known."""
        return _stored().get(str(project))

    def keep(self, project: Path, reading: Reading) -> None:
        """Keep how a project is read now."""
        others = {path: each for path, each in _stored().items() if path != str(project)}
        latest = list({str(project): reading, **others}.items())[:_KEPT]
        window_settings().setValue(_KEY, json.dumps([[path, each.reader, each.is_blind] for path, each in latest]))


def _stored() -> dict[str, Reading]:
    try:
        lines = json.loads(str(window_settings().value(_KEY, "[]")))
        return {str(path): Reading(str(reader), bool(is_blind)) for path, reader, is_blind in lines}
    except (ValueError, TypeError):  # settings that somebody has edited by hand
        return {}
