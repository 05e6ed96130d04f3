"""Makers of projects and radiographs for the tests of the project room."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_kdland.anatomy import LandmarkState, Regions, Scheme
from napari_kdland.anatomy.scheme import LandmarkEntry, RegionEntry
from napari_kdland.images.radiograph import Radiograph, Spacing, View
from napari_kdland.project import Annotation, Project, Record, RunRecord
from napari_kdland.recipes import load_recipe


def a_scheme(*landmarks: str) -> Scheme:
    names = landmarks or ("apex", "angle", "wall")
    return Scheme(name="small", landmarks=tuple(LandmarkEntry(name=name) for name in names))


def a_scheme_with_regions(*names: str, channels: tuple[str, ...] = ()) -> Scheme:
    entries = [RegionEntry(name=name, bit=1 << place) for place, name in enumerate(names or ("right", "left", "heart"))]
    return Scheme(name="organs", landmarks=(LandmarkEntry(name="apex"),), regions=tuple(entries), channels=channels)


def regions_of(
    project: Project, *drawn: str, absent: tuple[str, ...] = (), size: tuple[int, int] = (20, 30)
) -> Regions:
    """Give regions of which each drawn one is a block of its own; those that are named nowhere are unknown."""
    names = project.scheme.region_names
    masks = np.zeros((len(names), *size), dtype=bool)
    for index, name in enumerate(names):
        masks[index, index : index + 5, 2 : 4 + index] = name in drawn
    return Regions(names, masks, np.array([name in (*drawn, *absent) for name in names]))


def a_project(folder: Path, *, images: int = 0, scheme: Scheme | None = None) -> Project:
    project = Project.create(folder / "study.kdland", scheme or a_scheme())
    for number in range(1, images + 1):
        add_image(project, f"image{number}.png")
    return project


def a_radiograph(
    content: str = "a", *, size: tuple[int, int] = (20, 30), patient: str = "", spacing: Spacing | None = None
) -> Radiograph:
    pixels = np.zeros(size, dtype=np.float32)
    view = View("PA", True)
    return Radiograph(pixels, pixels, spacing, content, patient, view, applied=("VOI LUT",), bits=12)


def add_image(
    project: Project, name: str, *, patient: str = "", split: str | None = None, folder: str = "images"
) -> Record:
    path = project.path.parent / folder / name
    return project.records.add(a_radiograph(f"pixels of {folder}/{name}", patient=patient), path, split=split)


def placed(image_id: int, landmark: str = "apex", y: float = 5.0, x: float = 6.0, reader: str = "") -> Annotation:
    return Annotation(image_id, landmark, LandmarkState.PLACED, (y, x), reader)


def place(project: Project, image_id: int = 1, landmark: str = "apex", *, x: float = 6.0, reader: str = "ada") -> int:
    edit = project.annotations.edit(image_id, landmark, LandmarkState.PLACED, (5.0, x), reader=reader)
    return edit.edit_id


def x_of(project: Project, image_id: int = 1, landmark: str = "apex", *, reader: str | None = None) -> float | None:
    landmarks = project.annotations.current(image_id, reader=reader)
    return float(landmarks[landmark][1]) if landmarks.state_of(landmark).has_point else None


def a_run(project: Project, name: str | None = None, *, teachers: tuple[str, ...] = ()) -> RunRecord:
    return project.runs.create(name, recipe=load_recipe("kd"), labels=10, seed=0, device="cpu", teachers=teachers)
