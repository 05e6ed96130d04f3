"""What an installation brings along, and what it leaves to the user."""

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BINDINGS = {"pyqt5", "pyqt6", "pyside2", "pyside6"}


def wanted(requirement: str) -> tuple[str, set[str]]:
    """Give the name and the extras of a requirement."""
    name, extras = re.match(r"([\w.-]+)(?:\[([^]]*)\])?", requirement).groups()
    return name.lower(), {extra.strip().lower() for extra in (extras or "").split(",")} - {""}


def test_no_qt_binding_comes_along_unasked():
    names, extras = zip(*map(wanted, PROJECT["dependencies"]), strict=True)

    # opencv-python bundles a Qt of its own.
    assert set(names).isdisjoint(BINDINGS | {"opencv-python"})
    assert set().union(*extras).isdisjoint(BINDINGS | {"qt", "pyqt", "all"})


def test_each_binding_is_an_extra_that_brings_no_other():
    bindings = {
        name: set().union(*(wanted(one)[1] for one in requirements)) & BINDINGS
        for name, requirements in PROJECT["optional-dependencies"].items()
    }

    assert {name: found for name, found in bindings.items() if found} == {"pyqt5": {"pyqt5"}, "pyqt6": {"pyqt6"}}
