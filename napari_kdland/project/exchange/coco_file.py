"""COCO keypoints: JSON with images, annotations and one category that names the landmarks."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from napari_kdland.anatomy.landmarks import LandmarkState
from napari_kdland.errors import AnnotationError
from napari_kdland.project.exchange.rows import ExchangeFormat, Problems, Row, write_text
from napari_kdland.project.exchange.tables import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from napari_kdland.anatomy.scheme import Scheme

_NOTE = (
    "Coordinates are x to the right and y down, in pixels, whole numbers at pixel centres. attributes.states names the "
    "landmark states that COCO's visibility cannot tell (absent, uncertain), attributes.readers who annotated."
)
_VISIBILITY = {LandmarkState.PLACED: 2, LandmarkState.UNCERTAIN: 2, LandmarkState.OCCLUDED: 1}
_STATE: dict[float, LandmarkState] = {0: LandmarkState.NOT_YET, 1: LandmarkState.OCCLUDED, 2: LandmarkState.PLACED}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class _Image(_Part):
    id: int
    file_name: str
    width: int | None = None
    height: int | None = None


class _Attributes(_Part):
    states: dict[str, LandmarkState] = {}
    readers: dict[str, str] = {}


class _Annotation(_Part):
    image_id: int
    category_id: int
    keypoints: tuple[float, ...] = ()
    attributes: _Attributes = _Attributes()


class _Category(_Part):
    id: int
    keypoints: tuple[str, ...] = ()


class _File(_Part):
    images: tuple[_Image, ...]
    annotations: tuple[_Annotation, ...]
    categories: tuple[_Category, ...] = Field(min_length=1)


def read(path: Path) -> list[Row]:
    """Read a COCO keypoints file.

    Raises
    ------
    AnnotationError
        If it is none; the message gives the line or the entry.
    """
    file = _parsed(path)
    images = {image.id: image for image in file.images}
    categories = {category.id: category for category in file.categories}
    rows: list[Row] = []
    problems = Problems(path)
    for index, annotation in enumerate(file.annotations):
        where = f"annotations[{index}]"
        image, category = images.get(annotation.image_id), categories.get(annotation.category_id)
        if image is None or category is None:
            what = f"image_id {annotation.image_id}" if image is None else f"category_id {annotation.category_id}"
            problems.add(where, f"{what} is not in the file")
        elif len(annotation.keypoints) != 3 * len(category.keypoints):
            expected = f"{3 * len(category.keypoints)} (x, y, v for each of {len(category.keypoints)} landmarks)"
            problems.add(where, f"has {len(annotation.keypoints)} keypoint numbers, expected {expected}")
        elif not set(annotation.keypoints[2::3]) <= set(_STATE):
            problems.add(where, f"visibility is {sorted(set(annotation.keypoints[2::3]))}, expected 0, 1 or 2")
        else:
            rows.extend(_rows(annotation, image, category, where))
    problems.refuse_if_any()
    return rows


def write(path: Path, rows: Sequence[Row], scheme: Scheme) -> None:
    """Write a COCO keypoints file, one annotation an image.

    Raises
    ------
    ProjectError
        If it cannot be written.
    """
    images = {row.image: row for row in rows}
    ids = {name: number for number, name in enumerate(images, 1)}
    names = scheme.landmark_names
    category = {
        "id": 1,
        "name": scheme.name,
        "supercategory": "radiograph",
        "keypoints": list(names),
        "skeleton": [[names.index(a) + 1, names.index(b) + 1] for a, b in scheme.skeleton],
    }
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.image].append(row)
    annotations = [_annotation(ids[name], group, names) for name, group in groups.items()]
    content = {
        "info": {"description": _NOTE},
        "licenses": [],
        "images": [{"id": ids[name], "file_name": name, **_size(row)} for name, row in images.items()],
        "annotations": annotations,
        "categories": [category],
    }
    write_text(path, json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")


def _parsed(path: Path) -> _File:
    try:
        return _File.model_validate(json.loads(read_text(path)))
    except json.JSONDecodeError as error:
        raise AnnotationError(f"{path.name} is not JSON: line {error.lineno}: {error.msg}.") from error
    except ValidationError as error:
        problems = Problems(path)
        for problem in error.errors():
            where = ".".join(str(step) for step in problem["loc"]) or "file"
            problems.add(where, f"{problem['msg']} (this should be COCO keypoints)")
        problems.refuse_if_any()
        raise


def _rows(annotation: _Annotation, image: _Image, category: _Category, where: str) -> Iterator[Row]:
    size = (image.height, image.width) if image.height is not None and image.width is not None else None
    for index, name in enumerate(category.keypoints):
        x, y, visibility = annotation.keypoints[3 * index : 3 * index + 3]
        state = annotation.attributes.states.get(name, _STATE[visibility])
        reader = annotation.attributes.readers.get(name, "")
        has_point = visibility != 0
        yield Row(
            image=image.file_name,
            landmark=name,
            x=x if has_point else None,
            y=y if has_point else None,
            state=state.value,
            reader=reader,
            size=size,
            where=f"{where} {name}",
        )


def _annotation(number: int, rows: Sequence[Row], names: Sequence[str]) -> dict[str, Any]:
    by_name = {row.landmark: row for row in rows}
    keypoints: list[float] = []
    for name in names:
        row = by_name.get(name)
        known = row is not None and row.x is not None and row.y is not None
        keypoints += [row.x, row.y, _VISIBILITY[LandmarkState(row.state)]] if known and row else [0, 0, 0]  # type: ignore[list-item]  # known says so
    points = [(row.x, row.y) for row in rows if row.x is not None and row.y is not None]
    left, top = (min(axis) for axis in zip(*points, strict=True)) if points else (0.0, 0.0)
    right, bottom = (max(axis) for axis in zip(*points, strict=True)) if points else (0.0, 0.0)
    untold = {LandmarkState.ABSENT, LandmarkState.UNCERTAIN}
    return {
        "id": number,
        "image_id": number,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "num_keypoints": len(points),
        "keypoints": keypoints,
        "attributes": {
            "states": {row.landmark: row.state for row in rows if row.state in untold},
            "readers": {row.landmark: row.reader for row in rows if row.reader},
        },
    }


def _size(row: Row) -> dict[str, int]:
    return {} if row.size is None else {"width": row.size[1], "height": row.size[0]}


COCO = ExchangeFormat(".json", read, write)
