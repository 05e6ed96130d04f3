"""Makers of schemes and landmarks for the tests of the anatomy room."""

from __future__ import annotations

from napari_kdland.anatomy import Scheme
from napari_kdland.anatomy.scheme import LandmarkEntry, parse_scheme


def a_scheme(*names: str, pairs: tuple[tuple[str, str], ...] = ()) -> Scheme:
    entries = tuple(LandmarkEntry(name=name) for name in names or ("apex", "angle", "wall"))
    return Scheme(name="small", landmarks=entries, pairs=pairs)


def scheme_text(landmarks: str = '[[landmarks]]\nname = "apex"\n', head: str = "") -> str:
    return f'name = "small"\n{head}\n{landmarks}'


def parsed(landmarks: str = '[[landmarks]]\nname = "apex"\n', head: str = "") -> Scheme:
    return parse_scheme(scheme_text(landmarks, head), where="small.toml")
