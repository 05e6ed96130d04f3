"""What a recipe consists of: the parts that another recipe may do without, and the settings of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.recipes.model import Recipe, Term

READERS = "the readers' labels"
# What a recipe is called and whom it cites, and what is told by a part or must be equal anyway.
_NOT_SETTINGS = ("name", "title", "summary", "cites", "departs", "terms", "input", "heads")


def parts_of(recipe: Recipe) -> dict[str, str]:
    """Give the parts of a recipe, each by what it is a part of: a loss term, the teacher's kind, a weighting and so on.

    What every recipe has, such as a backbone, is no part; nor is a single frozen teacher, without which there are no
    terms. A term of weight 0 is not there.
    """
    found = {f"term {term_title(term)}": term_title(term) for term in recipe.terms if term.weight > 0}
    kinds = {
        "teacher": (recipe.teacher.source, ("none", "frozen")),
        "target": (recipe.target.kind, ("soft",)),
        "weighting": (recipe.weighting.kind, ("none",)),
        "views": (recipe.views.kind, ("same",)),
        "student.start": (recipe.student.start, ("fresh",)),
    }
    found |= {of: f"{of.rpartition('.')[2]}: {kind}" for of, (kind, usual) in kinds.items() if kind not in usual}
    schedules = dict.fromkeys(term.schedule.kind for term in recipe.terms if term.weight > 0)
    ramps = [kind for kind in schedules if kind != "constant"]
    there = {
        "schedule": (f"schedule: {', '.join(ramps)}", bool(ramps)),
        "student.dropout": ("dropout", recipe.student.dropout > 0),
        "training.unlabelled_batch": ("unlabelled images", recipe.training.unlabelled_batch > 0),
        "training.rounds": (f"{recipe.training.rounds} rounds", recipe.training.rounds > 1),
        "heads.regions": ("regions", recipe.heads.regions),
        "base": (READERS, recipe.base.weight > 0),
    }
    return found | {of: title for of, (title, is_there) in there.items() if is_there}


def settings_of(recipe: Recipe) -> dict[str, object]:
    """Give every setting of a recipe by dotted key, those of a term under its title."""
    values = recipe.model_dump(mode="json")
    flat = dict(_flat({key: value for key, value in values.items() if key not in _NOT_SETTINGS}))
    for term in recipe.terms:
        flat |= _flat({f"term {term_title(term)}": term.model_dump(mode="json")})
    return flat


def frame_of(recipe: Recipe) -> tuple[object, ...]:
    """Give what recipes must have in common to be told apart by their parts: the network and what it is given."""
    return recipe.student.backbone, recipe.input, recipe.heads.landmarks


def term_title(term: Term) -> str:
    """Name a loss term, with what tells it from another one of the same loss."""
    told: list[str] = [term.where] if term.where != "all" else []
    told += list(term.taps)
    return f"{term.loss} ({', '.join(told)})" if told else term.loss


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
