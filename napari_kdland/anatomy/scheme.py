"""Landmark and region names, left-right pairs, skeleton and colours, read from TOML."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from napari_kdland.errors import SchemeError

_FOLDER = Path(__file__).parent / "schemes"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]


class LandmarkEntry(BaseModel):
    """One landmark: its name, its title for people, how to find it, its colour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    title: str = ""
    description: str = ""
    colour: Colour | None = None


class RegionEntry(BaseModel):
    """One region: its name, its title, the bit that holds it in mask files, its colour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    title: str = ""
    bit: int = Field(gt=0)
    colour: Colour | None = None


class Scheme(BaseModel):
    """What is annotated in every image of a project.

    `pairs` names (right, left) landmarks that a mirrored image would swap; `skeleton` names landmarks joined by a line.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    title: str = ""
    description: str = ""
    landmarks: tuple[LandmarkEntry, ...] = Field(min_length=1)
    regions: tuple[RegionEntry, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    skeleton: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _names_fit(self) -> Scheme:
        for what, names in (("landmark", self.landmark_names), ("region", tuple(r.name for r in self.regions))):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} names must be unique; found twice: {', '.join(twice)}")
        for region in self.regions:
            if region.bit & (region.bit - 1):
                raise ValueError(f"region {region.name} has bit {region.bit}: one bit is 1, 2, 4, 8, ...")
        bits = {region.bit: region.name for region in self.regions}
        for region in self.regions:
            if bits[region.bit] != region.name:
                raise ValueError(f"regions {region.name} and {bits[region.bit]} share the bit {region.bit}")
        for key, pairs in (("pairs", self.pairs), ("skeleton", self.skeleton)):
            unknown = sorted({name for pair in pairs for name in pair} - set(self.landmark_names))
            if unknown:
                raise ValueError(f"{key} names landmarks that the scheme does not have: {', '.join(unknown)}")
        paired = [name for pair in self.pairs for name in pair]
        if len(paired) != len(set(paired)):
            raise ValueError("a landmark may stand in one pair only")
        return self

    @property
    def landmark_names(self) -> tuple[str, ...]:
        """Names in the order that every array of this scheme follows."""
        return tuple(landmark.name for landmark in self.landmarks)

    @property
    def mirrored_order(self) -> tuple[int, ...]:
        """For each landmark, the index of the one that takes its place in a mirrored image."""
        names = self.landmark_names
        partner = {a: b for pair in self.pairs for a, b in (pair, pair[::-1])}
        return tuple(names.index(partner.get(name, name)) for name in names)

    def title_of(self, landmark: str) -> str:
        """Give a landmark's title for people, its name with blanks where the scheme gives none."""
        entry = self.landmarks[self.landmark_names.index(landmark)]
        return entry.title or entry.name.replace("_", " ")


def ready_made_schemes() -> tuple[str, ...]:
    """Names of the schemes that come with the program."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_scheme(name_or_path: str | Path) -> Scheme:
    """Read a ready-made scheme by name, or a scheme file.

    Raises
    ------
    SchemeError
        If there is no such scheme, or it is not valid.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        return _ready_made(str(name_or_path))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemeError(f"Cannot read the scheme file {path}: {error}. Give a TOML text file.") from error
    return parse_scheme(text, where=str(path))


@lru_cache
def _ready_made(name: str) -> Scheme:
    if name not in ready_made_schemes():
        raise SchemeError(
            f"There is no ready-made scheme {name!r}. Ready-made are: {', '.join(ready_made_schemes())}; "
            "or give the path of a .toml file."
        )
    return parse_scheme((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"), where=name)


def parse_scheme(text: str, *, where: str) -> Scheme:
    """Read a scheme from TOML text; `where` names its origin in messages.

    Raises
    ------
    SchemeError
        If the text is not TOML or not a scheme.
    """
    try:
        return Scheme.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SchemeError(f"The scheme {where} is not valid TOML: {error}.") from error
    except ValidationError as error:
        raise SchemeError(f"The scheme {where} cannot be used: {_in_words(error)}.") from error


def _in_words(error: ValidationError) -> str:
    parts = []
    for problem in error.errors():
        path = ".".join(str(step) for step in problem["loc"]) or "scheme"
        if problem["type"] == "extra_forbidden":
            entries: dict[str, type[BaseModel]] = {"landmarks": LandmarkEntry, "regions": RegionEntry}
            owner = entries.get(str(problem["loc"][0]), Scheme) if len(problem["loc"]) > 1 else Scheme
            allowed = ", ".join(sorted(owner.model_fields))
            parts.append(f"{path} is not a key (allowed: {allowed})")
        elif problem["type"] == "too_short":
            parts.append(f"{path} is empty: a scheme needs at least one landmark")
        else:
            parts.append(f"{path}: {problem['msg'].removeprefix('Value error, ')}")
    return "; ".join(parts)
