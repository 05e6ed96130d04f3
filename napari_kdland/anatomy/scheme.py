"""Landmark, region and channel names, left-right pairs, skeleton and colours, read from TOML."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from napari_kdland.anatomy.measures import Measures
from napari_kdland.errors import SchemeError

_FOLDER = Path(__file__).parent / "schemes"
_DEFAULT_CHANNEL = "standard"

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
    bit: int = Field(gt=0, le=1 << 15)
    colour: Colour | None = None


class Scheme(BaseModel):
    """What is annotated in every image of a project: landmarks, regions, or both.

    `pairs` and `region_pairs` name (right, left) landmarks and regions that a mirrored image would swap; `skeleton`
    names landmarks joined by a line. `regions_overlap` says whether one pixel may lie in several regions. `channels`
    names the images that there may be of one examination, the one that is imported first; none are named where there
    is only that one. `measures` says what is measured beside the error of each landmark.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    title: str = ""
    description: str = ""
    landmarks: tuple[LandmarkEntry, ...] = ()
    regions: tuple[RegionEntry, ...] = ()
    regions_overlap: bool = True
    channels: tuple[Name, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    region_pairs: tuple[tuple[str, str], ...] = ()
    skeleton: tuple[tuple[str, str], ...] = ()
    measures: Measures = Measures()

    @model_validator(mode="after")
    def _has_something_to_annotate(self) -> Scheme:
        if not self.landmarks and not self.regions:
            raise ValueError("a scheme needs at least one landmark or region")
        return self

    @model_validator(mode="after")
    def _names_fit(self) -> Scheme:
        named = (("landmark", self.landmark_names), ("region", self.region_names), ("channel", self.channels))
        for what, names in named:
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} names must be unique; found twice: {', '.join(twice)}")
        _refuse_unknown("pairs", self.pairs, "landmarks", self.landmark_names)
        _refuse_unknown("skeleton", self.skeleton, "landmarks", self.landmark_names)
        _refuse_unknown("region_pairs", self.region_pairs, "regions", self.region_names)
        for what, pairs in (("landmark", self.pairs), ("region", self.region_pairs)):
            paired = [name for pair in pairs for name in pair]
            if len(paired) != len(set(paired)):
                raise ValueError(f"a {what} may stand in one pair only")
        self.measures.check(self.landmark_names)
        return self

    @model_validator(mode="after")
    def _bits_fit(self) -> Scheme:
        bits = {region.bit: region.name for region in self.regions}
        for region in self.regions:
            if region.bit & (region.bit - 1):
                raise ValueError(f"region {region.name} has bit {region.bit}: one bit is 1, 2, 4, 8, ...")
            if bits[region.bit] != region.name:
                raise ValueError(f"regions {region.name} and {bits[region.bit]} share the bit {region.bit}")
        return self

    @property
    def landmark_names(self) -> tuple[str, ...]:
        """Names in the order that every array of this scheme follows."""
        return tuple(landmark.name for landmark in self.landmarks)

    @property
    def region_names(self) -> tuple[str, ...]:
        """Names of the regions in the order that every array of this scheme follows."""
        return tuple(region.name for region in self.regions)

    @property
    def default_channel(self) -> str:
        """Name of the channel that the images of a project themselves are."""
        return self.channels[0] if self.channels else _DEFAULT_CHANNEL

    @property
    def mirrored_order(self) -> tuple[int, ...]:
        """For each landmark, the index of the one that takes its place in a mirrored image."""
        return _mirrored(self.landmark_names, self.pairs)

    @property
    def mirrored_region_order(self) -> tuple[int, ...]:
        """For each region, the index of the one that takes its place in a mirrored image."""
        return _mirrored(self.region_names, self.region_pairs)

    def title_of(self, landmark: str) -> str:
        """Give a landmark's title for people, its name with blanks where the scheme gives none."""
        entry = self.landmarks[self.landmark_names.index(landmark)]
        return entry.title or entry.name.replace("_", " ")

    @property
    def landmark_titles(self) -> dict[str, str]:
        """The title of each landmark, by its name."""
        return {name: self.title_of(name) for name in self.landmark_names}

    def colour_of(self, landmark: str) -> str | None:
        """Give a landmark's colour as ``#RRGGBB``; `None` where the scheme gives none."""
        return self.landmarks[self.landmark_names.index(landmark)].colour


def _refuse_unknown(key: str, pairs: tuple[tuple[str, str], ...], what: str, names: tuple[str, ...]) -> None:
    unknown = sorted({name for pair in pairs for name in pair} - set(names))
    if unknown:
        raise ValueError(f"{key} names {what} that the scheme does not have: {', '.join(unknown)}")


def _mirrored(names: tuple[str, ...], pairs: tuple[tuple[str, str], ...]) -> tuple[int, ...]:
    partner = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    return tuple(names.index(partner.get(name, name)) for name in names)


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


def measures_of(scheme: Scheme) -> Measures:
    """Give what a scheme wants measured; what the ready-made one of its name wants where it says nothing.

    Projects keep their scheme as it was when they were made, and schemes said nothing of this at first.
    """
    if scheme.measures != Measures() or scheme.name not in ready_made_schemes():
        return scheme.measures
    ready = load_scheme(scheme.name)
    return ready.measures if ready.landmark_names == scheme.landmark_names else scheme.measures


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
        else:
            parts.append(f"{path}: {problem['msg'].removeprefix('Value error, ')}")
    return "; ".join(parts)
