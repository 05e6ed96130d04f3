"""The leaves of a recipe: every value that a form can show, found by walking the recipe's own model."""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import annotated_types
from pydantic import BaseModel

from napari_kdland.engine.distillation import SCHEDULES, TARGETS, TERMS, WEIGHTINGS
from napari_kdland.engine.networks import BACKBONES
from napari_kdland.recipes.shelf import recipe_from_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

    from napari_kdland.menus import Entry
    from napari_kdland.recipes import Recipe

# Names that the recipe keeps as plain text, because it knows no menu; the last key of the path decides.
_MENUS: dict[tuple[str, str], tuple[Entry, ...]] = {
    ("student", "backbone"): BACKBONES,
    ("target", "kind"): TARGETS,
    ("terms", "loss"): TERMS,
    ("weighting", "kind"): WEIGHTINGS,
    ("schedule", "kind"): SCHEDULES,
}
# What a recipe is, not how it trains: shown as text above the form.
_ABOUT = ("name", "title", "summary", "cites", "departs")
_UNITS = {"px": "px", "deg": "degrees"}


@dataclass(frozen=True)
class Leaf:
    """One value of a recipe.

    Parameters
    ----------
    path
        Keys and list positions that lead to it.
    value
        What the recipe has.
    kind
        Its plain type: bool, int, float or str.
    tooltip
        The field's own description.
    choices
        (value, words for people) where only these are allowed.
    limits
        ``ge``, ``gt``, ``le``, ``lt``, ``multiple_of`` as the model has them.
    """

    path: tuple[str | int, ...]
    value: Any
    kind: type
    tooltip: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Words for people, with the unit."""
        name, _, unit = str(self.path[-1]).rpartition("_")
        if unit in _UNITS:
            return f"{_words(name)} ({_UNITS[unit]})"
        return _words(str(self.path[-1]))

    @property
    def group(self) -> str:
        """Title of the part of the recipe it belongs to."""
        steps = [str(step + 1) if isinstance(step, int) else step for step in self.path[:-1]]
        return _words(" ".join(steps).replace("terms", "term"))


def leaves(recipe: Recipe) -> tuple[Leaf, ...]:
    """Give every value of a recipe but its name and its citations, in the model's order."""
    return tuple(leaf for leaf in _walk(recipe, ()) if leaf.path[0] not in _ABOUT)


def with_values(recipe: Recipe, values: Mapping[tuple[str | int, ...], Any]) -> Recipe:
    """Give the recipe with leaves replaced.

    Raises
    ------
    RecipeError
        If a value, or the whole, is not allowed.
    """
    plain = recipe.model_dump(mode="json")
    for path, value in values.items():
        place: Any = plain
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return recipe_from_values(plain, where=recipe.name)


def _walk(part: BaseModel, path: tuple[str | int, ...]) -> Iterator[Leaf]:
    for name, info in type(part).model_fields.items():
        value, here = getattr(part, name), (*path, name)
        if isinstance(value, BaseModel):
            yield from _walk(value, here)
        elif isinstance(value, tuple):
            for index, entry in enumerate(value):
                if isinstance(entry, BaseModel):
                    yield from _walk(entry, (*here, index))
        else:
            yield Leaf(here, value, type(value), info.description or "", _choices(here, info), _limits(info))


def _choices(path: tuple[str | int, ...], info: FieldInfo) -> tuple[tuple[str, str], ...]:
    if typing.get_origin(info.annotation) is typing.Literal:
        return tuple((choice, choice) for choice in typing.get_args(info.annotation))
    names = [step for step in path if isinstance(step, str)]
    menu = _MENUS.get((names[-2], names[-1]), ()) if len(names) > 1 else ()
    return tuple((entry.name, entry.summary) for entry in menu)


def _limits(info: FieldInfo) -> dict[str, float]:
    limits: dict[str, float] = {}
    for rule in info.metadata:
        for kind, key in (
            (annotated_types.Ge, "ge"),
            (annotated_types.Gt, "gt"),
            (annotated_types.Le, "le"),
            (annotated_types.Lt, "lt"),
            (annotated_types.MultipleOf, "multiple_of"),
        ):
            if isinstance(rule, kind):
                limits[key] = getattr(rule, key)
    return limits


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize().replace("Ema ", "EMA ")
