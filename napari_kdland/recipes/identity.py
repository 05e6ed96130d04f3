"""A recipe as what is reckoned from it is named by: the same after an update that brought new settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from napari_kdland.recipes.model import Recipe

# Settings that came after the first studies. Where one is not made use of, a recipe is told as before it came, so that
# studies go on after an update.
_LATER = (("base", "levels"),)


def identity(recipe: Recipe, *, without: Collection[str] = ()) -> dict[str, Any]:
    """Give the settings of a recipe, as JSON holds them, but for the parts in `without` and later settings not used."""
    values = recipe.model_dump(mode="json", exclude=set(without))
    for name, setting in _LATER:
        part = getattr(recipe, name)
        if getattr(part, setting) == type(part).model_fields[setting].default:
            del values[name][setting]
    return values
