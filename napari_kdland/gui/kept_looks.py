"""How the user looked at each project last, kept in the user's own settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_kdland.gui.recent import window_settings
from napari_kdland.session.look_keeping import looks_of

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.session.look_keeping import Looks

_KEY = "looks"
# Of so many projects; the oldest are forgotten.
_KEPT = 50


class KeptLooks:
    """The `Memory` of looks of the window, which outlasts it."""

    def recall(self, project: Path) -> Looks | None:
        """Give how a project was looked at last; `None` where that is not known."""
        try:
            return looks_of(_stored()[str(project)])
        except (ValueError, TypeError, KeyError):  # never looked at, or edited by hand
            return None

    def keep(self, project: Path, looks: Looks) -> None:
        """Keep how a project is looked at now."""
        others = {path: each for path, each in _stored().items() if path != str(project)}
        latest = list({str(project): looks.plain(), **others}.items())[:_KEPT]
        window_settings().setValue(_KEY, json.dumps(dict(latest)))


def _stored() -> dict[str, Any]:
    try:
        stored = json.loads(str(window_settings().value(_KEY, "{}")))
    except ValueError:  # edited by hand
        return {}
    return stored if isinstance(stored, dict) else {}
