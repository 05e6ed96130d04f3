"""The leaves of a recipe: every value that a form can show, found by walking the recipe's own model."""

from __future__ import annotations

import inspect
import typing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import annotated_types
from pydantic import BaseModel

from napari_kdland.engine.decoding import DECODERS
from napari_kdland.engine.distillation import (
    BASE_LOSSES,
    REGION_LOSSES,
    SCHEDULES,
    TARGETS,
    TEACHERS,
    TERMS,
    WEIGHTINGS,
)
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
    ("teacher", "source"): TEACHERS,
    ("target", "kind"): TARGETS,
    ("base", "loss"): BASE_LOSSES,
    ("base", "region_loss"): REGION_LOSSES,
    ("terms", "loss"): TERMS,
    ("weighting", "kind"): WEIGHTINGS,
    ("schedule", "kind"): SCHEDULES,
    ("decoding", "kind"): DECODERS,
}
# What a recipe is, not how it trains: shown as text above the form.
_ABOUT = ("name", "title", "summary", "cites", "departs")
# Text that may hold a comma, so that a list of it is written one entry a line.
_LINES = {("teacher", "settings")}
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
        Its plain type: bool, int, float, str, or tuple where it is a list of names or numbers.
    tooltip
        The field's own description.
    choices
        (value, words for people) where only these are allowed.
    limits
        ``ge``, ``gt``, ``le``, ``lt``, ``multiple_of`` as the model has them.
    entry
        Plain type of a list's entries, of the value itself where it is no list.
    separator
        Between the entries of a list as people write it: a comma or the end of a line.
    part
        What the part of the recipe that it belongs to is about.
    """

    path: tuple[str | int, ...]
    value: Any
    kind: type
    tooltip: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    entry: type = str
    separator: str = ","
    part: str = ""

    @property
    def title(self) -> str:
        """Words for people, with the unit."""
        name, _, unit = str(self.path[-1]).rpartition("_")
        if unit in _UNITS:
            return f"{_words(name)} ({_UNITS[unit]})"
        return _words(str(self.path[-1]))

    @property
    def group(self) -> str:
        """Title of the part of the recipe it belongs to; parts of a part are named behind a comma."""
        first, *rest = self.path[:-1]
        if first == "terms":
            first, rest = f"term {int(rest[0]) + 1}", rest[1:]
        return _words(", ".join(str(step) for step in (first, *rest)))


def leaves(recipe: Recipe) -> tuple[Leaf, ...]:
    """Give every value of a recipe but its name and its citations, in the model's order."""
    return tuple(leaf for leaf in _walk(recipe, ()) if leaf.path[0] not in _ABOUT)


def is_idle(path: tuple[str | int, ...], recipe: Recipe) -> bool:
    """Say whether a value does nothing in a recipe as it stands: views without a teacher, changes nobody sees."""
    if path[0] in ("teacher", "target", "weighting", "views") and not recipe.terms:
        return True
    if path[0] == "decoding":
        return not recipe.heads.landmarks
    return path[:2] in (("views", "weak"), ("views", "strong")) and recipe.views.kind != "weak-strong"


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
        elif _holds_parts(info):
            for index, entry in enumerate(value):
                yield from _walk(entry, (*here, index))
        else:
            yield Leaf(
                here,
                value,
                type(value),
                tooltip=info.description or "",
                choices=_choices(here, info),
                limits=_limits(info),
                entry=next(iter(typing.get_args(info.annotation)), str) if isinstance(value, tuple) else type(value),
                separator="\n" if here in _LINES else ",",
                part=inspect.getdoc(type(part)) or "",
            )


def _holds_parts(info: FieldInfo) -> bool:
    entry = next(iter(typing.get_args(info.annotation)), None)
    return isinstance(entry, type) and issubclass(entry, BaseModel)


def _choices(path: tuple[str | int, ...], info: FieldInfo) -> tuple[tuple[str, str], ...]:
    names = [step for step in path if isinstance(step, str)]
    menu = _MENUS.get((names[-2], names[-1]), ()) if len(names) > 1 else ()
    words = {entry.name: entry.summary for entry in menu}
    if typing.get_origin(info.annotation) is typing.Literal:
        return tuple((choice, words.get(choice, choice)) for choice in typing.get_args(info.annotation))
    return tuple(words.items())


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
