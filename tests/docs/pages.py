"""The pages as tests read them: sections, tables, code, and the commands that a person would type."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CODE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"there is no heading {heading!r}"
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", _CODE.sub(lambda code: " " * len(code[0]), rest), re.MULTILINE)
    return rest[: end.start()] if end else rest


def prose(text: str) -> str:
    """A page without its code."""
    return _CODE.sub("", text)


def rows(text: str) -> list[list[str]]:
    """The cells of all tables, without their heads."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    heads = {number for number, cells in enumerate(lines) if set(cells[0]) <= {"-"}}
    return [cells for number, cells in enumerate(lines) if number not in heads and number + 1 not in heads]


def code(text: str, language: str) -> list[str]:
    return [found[2] for found in _CODE.finditer(text) if found[1] == language]


def commands(text: str) -> list[list[str]]:
    """The words of every `kdland` command, as a shell hands them over."""
    lines = "\n".join(code(text, "bash")).replace("\\\n", " ").splitlines()
    return [words[1:] for line in lines if (words := shlex.split(line, comments=True)) and words[0] == "kdland"]


def options(words: list[str], name: str) -> list[str]:
    """What was given for an option, each time."""
    return [value for option, value in pairwise(words) if option == name]
