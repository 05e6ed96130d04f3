"""Reading recipes: from the ready-made ones, from files, and with single settings changed."""

from __future__ import annotations

import tomllib
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from napari_kdland.errors import RecipeError
from napari_kdland.recipes.model import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOLDER = Path(__file__).parent


def ready_made_recipes() -> tuple[str, ...]:
    """Names of the recipes that come with the program."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_recipe(name_or_path: str | Path) -> Recipe:
    """Read a ready-made recipe by name, or a recipe file.

    Raises
    ------
    RecipeError
        If there is no such recipe, or it is not valid.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        if str(name_or_path) not in ready_made_recipes():
            raise RecipeError(
                f"There is no ready-made recipe {str(name_or_path)!r}. Ready-made are: "
                f"{', '.join(ready_made_recipes())}; or give the path of a .toml file."
            )
        path = _FOLDER / f"{name_or_path}.toml"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"Cannot read the recipe file {path}: {error}. Give a TOML text file.") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"The recipe {path} is not valid TOML: {error}.") from error
    return recipe_from_values(values, where=path.name)


def recipe_from_values(values: dict[str, Any], *, where: str) -> Recipe:
    """Check plain values (as TOML or JSON gives them) and give the recipe; `where` names their origin in messages.

    Raises
    ------
    RecipeError
        If a key is unknown (its path and the allowed names are given) or a value is out of range.
    """
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(_in_words(dict(problem)) for problem in error.errors())
        raise RecipeError(f"The recipe {where} cannot be used: {problems}.") from error


def with_settings(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """Give the recipe with ``key.path=value`` settings applied; values are TOML, bare words are text.

    Raises
    ------
    RecipeError
        If a setting is not of that form, or names a key that does not exist.
    """
    values = recipe.model_dump(mode="json")
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path.strip():
            raise RecipeError(f"Cannot read the setting {setting!r}. Write it as training.steps=300.")
        _put(values, path.strip().split("."), _toml_value(text.strip()), setting)
    return recipe_from_values(values, where=f"{recipe.name} with {', '.join(settings) or 'its defaults'}")


def _put(values: Any, steps: list[str], value: Any, setting: str) -> None:
    for step in steps[:-1]:
        try:
            values = values[int(step)] if isinstance(values, list) else values.setdefault(step, {})
        except (IndexError, ValueError, AttributeError) as error:
            raise RecipeError(f"The setting {setting!r} leads nowhere at {step!r}.") from error
    if isinstance(values, list):
        if not steps[-1].isdigit() or int(steps[-1]) >= len(values):
            raise RecipeError(
                f"The setting {setting!r} leads nowhere at {steps[-1]!r}: there are {len(values)} entries."
            )
        values[int(steps[-1])] = value
    elif isinstance(values, dict):
        values[steps[-1]] = value
    else:
        raise RecipeError(f"The setting {setting!r} leads nowhere at {steps[-1]!r}: {'.'.join(steps[:-1])} is a value.")


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _in_words(problem: dict[str, Any]) -> str:
    path = ".".join(str(step) for step in problem["loc"]) or "recipe"
    if problem["type"] == "extra_forbidden":
        return f"{path} is not a key (allowed here: {', '.join(_allowed(problem['loc'][:-1]))})"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return (
        f"{path}: {message}, found {problem['input']!r}" if problem["type"] != "value_error" else f"{path}: {message}"
    )


def _allowed(steps: tuple[str | int, ...]) -> list[str]:
    model: type[BaseModel] = Recipe
    for step in steps:
        if isinstance(step, str):
            annotation = model.model_fields[step].annotation
            inner = [a for a in typing.get_args(annotation) if isinstance(a, type) and issubclass(a, BaseModel)]
            model = inner[0] if inner else typing.cast("type[BaseModel]", annotation)
    return sorted(model.model_fields)
