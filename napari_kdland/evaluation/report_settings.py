"""How settings and costs of runs are written in a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from napari_kdland.evaluation.report_tables import DASH, Cell, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

_TITLES = {
    "recipe": "Recipe",
    "labels": "Labelled images",
    "steps": "Steps",
    "seed": "Seed",
    "parameters": "Parameters",
    "seconds": "Training time",
    "teachers": "Teachers",
    "device": "Device",
    "backbone": "Backbone",
}
# By key of an efficiency: head of the column, and what the value is divided by.
_COSTS = {
    "n_parameters": ("Parameters (million)", 1e6, 3),
    "n_macs": ("MACs an image (million)", 1e6, 1),
    "file_bytes": ("File (MB)", 1e6, 2),
    "median_ms": ("Time an image (ms)", 1.0, 2),
}


def settings_table(runs: Sequence[str], settings: Mapping[str, Mapping[str, object]]) -> Table:
    """Give the settings of runs, one a row, one run a column."""
    known = [run for run in runs if run in settings]
    keys = dict.fromkeys(key for run in known for key in settings[run])
    rows = tuple(
        (_TITLES.get(key, key.replace("_", " ")), tuple(Cell(written(key, settings[run].get(key))) for run in known))
        for key in keys
    )
    return Table("settings", "How the runs were made", "Settings of each run.", ("Setting", *known), rows)


def changes_table(baseline: str, recipes: Mapping[str, Mapping[str, object]]) -> Table | None:
    """Give the keys of the whole recipes in which a run departs from the baseline; `None` where there are none.

    Parameters
    ----------
    recipes
        By run, by dotted key.
    """
    own, others = recipes.get(baseline, {}), [run for run in recipes if run != baseline]
    keys = dict.fromkeys(key for run in (baseline, *others) for key in recipes.get(run, {}))
    changed = [key for key in keys if any(recipes[run].get(key) != own.get(key) for run in others)]
    if not changed:
        return None
    rows = tuple(
        (key, (Cell(_raw(own, key)), *(Cell(_changed(recipes[run], own, key)) for run in others))) for key in changed
    )
    caption = f"Every key of the recipes in which a run departs from {baseline}; a dash where it does not."
    head = ("Key", f"{baseline} (baseline)", *others)
    return Table("changes", f"What differs from {baseline}", caption, head, rows)


def efficiency_table(costs: Mapping[str, Mapping[str, object]]) -> Table:
    """Give what each run costs, and under which circumstances its time was taken."""
    rows = []
    for run, of in costs.items():
        cells = []
        for key, (_, scale, decimals) in _COSTS.items():
            value = of.get(key)
            cells.append(
                Cell(f"{value / scale:,.{decimals}f}", value) if isinstance(value, (int, float)) else Cell(DASH)
            )
        rows.append((run, (*cells, Cell(str(of.get("how", DASH))))))
    caption = "Size of the networks and the time of one image in a batch of its own (median after a warm-up)."
    heads = [head for head, _, _ in _COSTS.values()]
    return Table("efficiency", "What the runs cost", caption, ("Run", *heads, "Timed on"), tuple(rows))


def written(key: str, value: object) -> str:
    """Write a setting for people."""
    if value is None or value == "" or value == ():
        return DASH
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {written(str(name), item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(written(key, item) for item in value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if key == "seconds":
        return _duration(float(value))
    if key == "parameters":
        return f"{value / 1e6:.2f} million" if value >= 1e5 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else f"{value:g}"


def _raw(recipe: Mapping[str, object], key: str) -> str:
    return "not there" if key not in recipe else str(recipe[key])


def _changed(recipe: Mapping[str, object], own: Mapping[str, object], key: str) -> str:
    return DASH if recipe.get(key) == own.get(key) else _raw(recipe, key)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
