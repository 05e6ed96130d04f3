import base64
import io
from dataclasses import replace

import imageio.v3 as imageio
import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import UsageError
from napari_kdland.evaluation.comparison import compare
from napari_kdland.evaluation.encodings import encodings
from napari_kdland.evaluation.gallery import draw, path_of, representative_images
from napari_kdland.evaluation.pictures import Overlay
from tests.evaluation.factories import a_case, a_truth, shifted


def graded(n_images):
    """A comparison in which run `up` gets worse from image to image and `down` better."""
    truth = a_truth(n_images)
    up = {image: shifted({image: one}, (index + 1, 0))[image] for index, (image, one) in enumerate(truth.items())}
    down = {
        image: shifted({image: one}, (n_images - index, 0))[image] for index, (image, one) in enumerate(truth.items())
    }
    return compare({"up": up, "down": down}, truth)


def drawn(**options):
    case = a_case(**options)
    return draw(case, "worst", encodings(case.predictions), {"apex": "Lung apex"})


def pixels_of(picture):
    return imageio.imread(io.BytesIO(base64.b64decode(picture.uri.partition(",")[2])))


def test_the_last_run_chooses_the_cases():
    chosen = representative_images(graded(7))

    assert chosen == {
        "worst": "000.png",
        "second worst": "001.png",
        "third worst": "002.png",
        "median": "003.png",
        "best": "006.png",
    }


def test_another_run_can_choose_the_cases():
    assert representative_images(graded(5), by="up")["worst"] == "004.png"


def test_images_of_which_the_run_found_nothing_are_its_worst():
    truth = a_truth(4)
    run = shifted(truth, (5, 0))
    run["002.png"] = Landmarks.not_yet(truth["002.png"].names)

    assert representative_images(compare({"run": run}, truth))["worst"] == "002.png"


def test_the_worst_image_is_that_of_the_most_millimetres_where_every_image_has_a_spacing():
    truth = a_truth(3)
    off = dict(zip(truth, (10, 20, 30), strict=True))
    run = {image: shifted({image: one}, (off[image], 0))[image] for image, one in truth.items()}
    spacing = dict(zip(truth, ((1.0, 1.0), (0.2, 0.2), (0.2, 0.2)), strict=True))

    assert representative_images(compare({"run": run}, truth))["worst"] == "002.png"
    assert representative_images(compare({"run": run}, truth, spacing_mm=spacing))["worst"] == "000.png"


@pytest.mark.parametrize(
    ("n_images", "ranks"), [(1, ["worst"]), (2, ["worst", "best"]), (3, ["worst", "median", "best"])]
)
def test_no_image_is_chosen_twice(n_images, ranks):
    chosen = representative_images(graded(n_images))

    assert list(chosen) == ranks
    assert len(set(chosen.values())) == len(ranks)


def test_a_run_that_is_not_compared_cannot_choose():
    with pytest.raises(UsageError, match="There is no run 'teacher'"):
        representative_images(graded(2), by="teacher")


def test_the_human_comes_first_and_heatmaps_apart():
    case = drawn(heatmaps={"student": Overlay(np.ones((4, 4)), (10.0, 10.0), (4.5, 4.5))})

    assert [panel.source for panel in case.panels] == ["human", "teacher", "student"]
    assert [panel.source for panel in case.heatmaps] == ["student"]
    assert case.heatmaps[0].heatmap.box == (-0.5, -0.5, 40.0, 40.0)


def test_a_mark_tells_landmark_source_and_error():
    marks = drawn(shift=(3, 4)).panels[1].marks

    assert marks[0].title == "Lung apex, teacher: 5.0 px"
    assert marks[1].title == "angle, teacher: 5.0 px"


def test_errors_are_told_in_millimetres_where_the_spacing_is_given():
    case = replace(a_case(shift=(3, 4)), spacing_mm=(2.0, 0.5))

    panel = draw(case, "worst", encodings(case.predictions), {}).panels[1]

    assert panel.note == "6.3 mm"  # 6 mm down, 2 mm to the side
    assert panel.marks[0].title.endswith("teacher: 6.3 mm")


def test_marks_are_x_to_the_right_and_lines_lead_to_the_truth():
    panel = drawn(shift=(3, 4)).panels[1]

    assert (panel.marks[0].x, panel.marks[0].y) == (14, 13)
    assert panel.lines[0].__dict__ == {"x1": 14, "y1": 13, "x2": 10, "y2": 10}


def test_a_large_image_is_shown_smaller_but_keeps_its_shape():
    case = drawn(size=(1000, 2000))

    assert pixels_of(case.image).shape == (360, 720)
    assert case.image.box == (-0.5, -0.5, 2000, 1000)


def test_a_small_image_is_shown_as_it_is():
    assert_allclose(pixels_of(drawn(size=(40, 30)).image), np.full((40, 30), 128))


def test_a_symbol_becomes_a_closed_path():
    assert path_of("square") == "M-0.880,-0.880L0.880,-0.880L0.880,0.880L-0.880,0.880Z"
