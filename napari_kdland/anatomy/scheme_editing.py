"""Changes of a scheme: add, retitle, reorder, pair and remove; names in files stay, so that nothing loses its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from napari_kdland.anatomy.scheme import LandmarkEntry, RegionEntry, Scheme
from napari_kdland.errors import SchemeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")
_N_BITS = 16
Entry = LandmarkEntry | RegionEntry
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Line:
    """One landmark or region as the editor has it.

    Parameters
    ----------
    name
        In files, in the journal and in runs; it never changes once the landmark is in a scheme.
    title
        For people; it may change at any time.
    description
        How to find it; regions have none.
    colour
        ``#RRGGBB``, or `None` for one of the program's.
    partner
        Name of the one on the other side of the body; empty where there is none.
    """

    name: str
    title: str
    description: str = ""
    colour: str | None = None
    partner: str = ""


@dataclass(frozen=True)
class Removed:
    """What was taken out of a scheme, by name; it comes back as it was when something of its name is added."""

    landmarks: Mapping[str, LandmarkEntry] = field(default_factory=dict)
    regions: Mapping[str, RegionEntry] = field(default_factory=dict)


def name_for(title: str) -> str:
    """Give the name in files that fits a title: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


def lines_of(scheme: Scheme) -> tuple[list[Line], list[Line]]:
    """Give the lines of a scheme's landmarks and of its regions; `revised` makes the same scheme of them."""
    side, region_side = _partners(scheme.pairs), _partners(scheme.region_pairs)
    landmarks = [
        Line(each.name, _shown(each), each.description, each.colour, side.get(each.name, ""))
        for each in scheme.landmarks
    ]
    regions = [
        Line(each.name, _shown(each), "", each.colour, region_side.get(each.name, "")) for each in scheme.regions
    ]
    return landmarks, regions


def revised(scheme: Scheme, landmarks: Sequence[Line], regions: Sequence[Line], removed: Removed) -> Scheme:
    """Give the scheme that an editor's lines make of another one.

    Parameters
    ----------
    scheme
        The scheme before; what lines do not say stays.
    landmarks, regions
        In the order that they are to have. Those of the scheme that are missing here are removed.
    removed
        What was removed earlier: a region of the same name gets its bit back, and bits stay free for them.

    Raises
    ------
    SchemeError
        If a name or title is empty or comes twice, something is paired with itself, with something unknown or with two,
        there is no bit left, or nothing is left to annotate.
    """
    _refuse("landmark", landmarks)
    _refuse("region", regions)
    pairs = _pairs("landmark", landmarks, scheme.pairs)
    region_pairs = _pairs("region", regions, scheme.region_pairs)
    names = {line.name for line in landmarks}
    values: dict[str, Any] = {
        **scheme.model_dump(exclude={"landmarks", "regions", "pairs", "region_pairs", "skeleton"}),
        "landmarks": [
            LandmarkEntry(name=line.name, title=_title(line), description=line.description, colour=line.colour)
            for line in landmarks
        ],
        "regions": _with_bits(scheme, regions, removed),
        "pairs": pairs,
        "region_pairs": region_pairs,
        "skeleton": tuple(line for line in scheme.skeleton if set(line) <= names),
    }
    try:
        return Scheme.model_validate(values)
    except ValidationError as error:
        problem = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise SchemeError(f"The scheme cannot be changed so: {problem}.") from error


def taken_out(before: Scheme, after: Scheme) -> Removed:
    """Give the landmarks and regions that `before` has and `after` lacks."""
    landmarks, regions = set(after.landmark_names), set(after.region_names)
    return Removed(
        {each.name: each for each in before.landmarks if each.name not in landmarks},
        {each.name: each for each in before.regions if each.name not in regions},
    )


def _refuse(what: str, lines: Sequence[Line]) -> None:
    for place, line in enumerate(lines, start=1):
        if not line.title.strip():
            raise SchemeError(f"The {what} in line {place} has no title. Give it one, or remove the line.")
        if not _NAME.fullmatch(line.name):
            raise SchemeError(
                f"The {what} {line.title!r} has the name {line.name!r} in files. Names are small letters a-z, digits "
                "and underscores, and do not begin with an underscore."
            )
        if line.partner == line.name:
            raise SchemeError(f"The {what} {line.title!r} is paired with itself. Choose the one on the other side.")
    for key, said in (("name", [line.name for line in lines]), ("title", [line.title.strip() for line in lines])):
        twice = sorted({each for each in said if said.count(each) > 1})
        if twice:
            raise SchemeError(f"Two {what}s have the {key} {', '.join(twice)}. Give each one of its own.")


def _pairs(what: str, lines: Sequence[Line], before: Pairs) -> Pairs:
    titles = {line.name: line.title for line in lines}
    pairs: list[tuple[str, str]] = []
    for line in lines:
        if not line.partner:
            continue
        if line.partner not in titles:
            raise SchemeError(
                f"The {what} {line.title!r} is paired with {line.partner}, which the scheme does not have."
            )
        pair = (line.name, line.partner)
        if pair[::-1] in pairs:
            continue
        # The right side stands first, as far as can be told.
        turned = pair[::-1] in before or (pair not in before and line.partner.startswith("right"))
        pairs.append(pair[::-1] if turned else pair)
    paired = [name for pair in dict.fromkeys(pairs) for name in pair]
    twice = sorted({titles[name] for name in paired if paired.count(name) > 1})
    if twice:
        raise SchemeError(f"{', '.join(twice)} stands in two pairs. A {what} has one partner.")
    # Those that there were keep their order.
    return tuple(sorted(dict.fromkeys(pairs), key=lambda pair: before.index(pair) if pair in before else len(before)))


def _with_bits(scheme: Scheme, lines: Sequence[Line], removed: Removed) -> list[RegionEntry]:
    bits = {name: entry.bit for name, entry in removed.regions.items()}
    bits |= {entry.name: entry.bit for entry in scheme.regions}
    entries = []
    for line in lines:
        if line.name not in bits:
            free = [1 << place for place in range(_N_BITS) if 1 << place not in bits.values()]
            if not free:
                raise SchemeError(
                    f"There is no room for the region {line.title!r}: masks hold {_N_BITS} regions, removed ones among "
                    "them."
                )
            bits[line.name] = free[0]
        entries.append(RegionEntry(name=line.name, title=_title(line), bit=bits[line.name], colour=line.colour))
    return entries


def _shown(entry: Entry) -> str:
    return entry.title or entry.name.replace("_", " ")


def _title(line: Line) -> str:
    """Give no title where it is only the name with blanks, as in scheme files."""
    title = line.title.strip()
    return "" if title == line.name.replace("_", " ") else title


def _partners(pairs: Pairs) -> dict[str, str]:
    return {one: other for pair in pairs for one, other in (pair, pair[::-1])}
