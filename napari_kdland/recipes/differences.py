"""In which settings one recipe departs from another, in the form in which they can be given again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_kdland.recipes.model import Recipe

# What a recipe is called and whom it cites changes nothing of how it trains.
_ABOUT = ("name", "title", "summary", "cites", "departs")


def settings_between(base: Recipe, recipe: Recipe) -> tuple[str, ...]:
    """Give the settings ``key.path=value`` that make `recipe` of `base`; `with_settings` takes them.

    Where one has more loss terms than the other, the whole list is one setting, in JSON.
    """
    before, after = base.model_dump(mode="json"), recipe.model_dump(mode="json")
    keys = [key for key in after if key not in _ABOUT]
    return tuple(setting for key in keys for setting in _between(before[key], after[key], key))


def _between(before: Any, after: Any, path: str) -> Iterator[str]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for key in after:
            yield from _between(before[key], after[key], f"{path}.{key}")
    elif _are_parts(before) and _are_parts(after) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _between(one, other, f"{path}.{place}")
    else:
        yield f"{path}={json.dumps(after, ensure_ascii=False)}"


def _are_parts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)
