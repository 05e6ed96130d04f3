"""The menu: how every room that grows lists its dishes without loading them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from napari_kdland.errors import UsageError


@dataclass(frozen=True)
class Entry:
    """One dish: its name, a line about it, and where it is, as ``module:object``."""

    name: str
    summary: str
    target: str

    def resolve(self) -> Any:
        """Import the dish."""
        module, _, attribute = self.target.partition(":")
        return getattr(importlib.import_module(module), attribute)


def choose(menu: tuple[Entry, ...], name: str, *, what: str) -> Entry:
    """Find a dish by name; `what` says in messages what the menu lists.

    Raises
    ------
    UsageError
        If the menu has no such dish; the message lists those that it has.
    """
    for entry in menu:
        if entry.name == name:
            return entry
    raise UsageError(f"There is no {what} {name!r}. There are: {', '.join(entry.name for entry in menu)}.")
