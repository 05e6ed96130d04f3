import json
from pathlib import Path
from typing import Any

import pytest

from napari_kdland.anatomy import LandmarkState, load_scheme
from napari_kdland.errors import AnnotationError
from napari_kdland.project import Annotation
from napari_kdland.project.exchange import read_annotations, write_annotations
from tests.project.factories import a_project, place

S = LandmarkState


def a_coco(keypoints: list[float], *, names: list[str] | None = None, **annotation: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 7, "file_name": "somewhere/image1.jpg", "width": 30, "height": 20}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "keypoints": keypoints, **annotation}],
        "categories": [{"id": 3, "name": "chest", "keypoints": names or ["apex", "wall"]}],
    }


def read(folder: Path, content: object) -> list[Annotation]:
    path = folder / "coco.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with a_project(folder, images=1) as project:
        return read_annotations("coco", path, project)


def test_visibility_tells_placed_occluded_and_not_labelled(tmp_path: Path):
    content = a_coco([1.5, 2, 2, 3, 4, 1, 0, 0, 0], names=["apex", "wall", "angle"])

    found = [(row.landmark, row.state, row.point) for row in read(tmp_path, content)]
    assert found == [("apex", S.PLACED, (2, 1.5)), ("wall", S.OCCLUDED, (4, 3))]


def test_attributes_tell_what_visibility_cannot(tmp_path: Path):
    states = {"apex": "uncertain", "wall": "absent"}
    content = a_coco([1, 2, 2, 0, 0, 0], attributes={"states": states, "readers": {"apex": "ada"}, "occluded": False})

    found = [(row.state, row.point, row.reader) for row in read(tmp_path, content)]
    assert found == [(S.UNCERTAIN, (2, 1), "ada"), (S.ABSENT, None, "")]


def test_a_written_file_is_coco_as_others_read_it(tmp_path: Path):
    with a_project(tmp_path, images=1, scheme=load_scheme("chest-10")) as project:
        place(project, 1, "right_lung_apex", x=6)
        place(project, 1, "heart_left_border", x=16)
        project.annotations.edit(1, "left_lung_apex", S.ABSENT, None, reader="ada")
        write_annotations("coco", tmp_path / "coco.json", project)

    content = json.loads((tmp_path / "coco.json").read_text())
    (image,), (annotation,), (category,) = (content[key] for key in ("images", "annotations", "categories"))
    assert image == {"id": 1, "file_name": "image1.png", "width": 30, "height": 20}
    assert annotation["keypoints"][:3] == [6.0, 5.0, 2]
    assert annotation["keypoints"][12:15] == [0, 0, 0]
    assert (annotation["num_keypoints"], annotation["bbox"], annotation["area"]) == (2, [6, 5, 10, 0], 0)
    assert annotation["attributes"]["states"] == {"left_lung_apex": "absent"}
    assert category["keypoints"] == list(load_scheme("chest-10").landmark_names)
    assert category["skeleton"][0] == [1, 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON: line 1"),
        ("[]", "should be COCO keypoints"),
        ({}, r"images: Field required"),
        ({"images": [], "annotations": [], "categories": []}, "categories: Tuple should have at least 1 item"),
        (a_coco([1, 2]), r"annotations\[0\]: has 2 keypoint numbers, expected 6 \(x, y, v for each of 2 landmarks\)"),
        (a_coco([1, 2, 2, 3, 4, 2], image_id=8), r"annotations\[0\]: image_id 8 is not in the file"),
        (a_coco([1, 2, 2, 3, 4, 2], category_id=8), r"annotations\[0\]: category_id 8 is not in the file"),
        (a_coco([1, 2, 2, 3, "x", 2]), r"annotations\.0\.keypoints\.4: Input should be a valid number"),
        (a_coco([1, 2, 2, 3, float("nan"), 2]), r"annotations\.0\.keypoints\.4: Input should be a finite number"),
        (a_coco([1, 2, 3, 3, 4, 2]), r"annotations\[0\]: visibility is \[2\.0, 3\.0\], expected 0, 1 or 2"),
        (a_coco([1, 2, 2, 3, 40, 2]), r"annotations\[0\] wall: wall at x 3, y 40 lies outside the image"),
        (a_coco([1, 2, 2, 3, 4, 2], names=["apex", "hilum"]), r"annotations\[0\] hilum: the scheme has no landmark"),
        (a_coco([1, 2, 2, 3, 4, 2], names=["apex", "apex"]), r"annotations\[0\] apex: .* already"),
        (a_coco([1, 2, 2, 0, 0, 0], attributes={"states": {"apex": "absent"}}), "apex is absent, but has coordinates"),
        (a_coco([1, 2, 2, 0, 0, 0], attributes={"states": {"wall": "placed"}}), "wall is placed, but has no coord"),
        (a_coco([1, 2, 2, 0, 0, 0], attributes={"states": {"wall": "seen"}}), r"attributes\.states\.wall"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_the_entry(tmp_path: Path, content: object, message: str):
    with pytest.raises(AnnotationError, match=message):
        read(tmp_path, content)


def test_annotations_of_an_image_of_another_size_are_refused(tmp_path: Path):
    content = a_coco([1, 2, 2, 3, 4, 2])
    content["images"][0]["width"] = 300

    with pytest.raises(AnnotationError, match=r"image1\.jpg has 300 x 20 pixels in the file, 30 x 20 in the project"):
        read(tmp_path, content)


def test_a_file_that_does_not_say_its_images_sizes_is_read(tmp_path: Path):
    content = a_coco([1, 2, 2, 3, 4, 2])
    del content["images"][0]["width"]

    assert len(read(tmp_path, content)) == 2


def test_annotations_without_keypoints_are_passed_over_where_their_category_has_none(tmp_path: Path):
    content = a_coco([1, 2, 2, 3, 4, 2])
    content["categories"].append({"id": 4, "name": "lung"})
    content["annotations"].append({"id": 2, "image_id": 7, "category_id": 4, "bbox": [1, 2, 3, 4]})

    assert len(read(tmp_path, content)) == 2
