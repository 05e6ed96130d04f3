import os
import subprocess
import sys

import numpy as np
from matplotlib.image import imread
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks
from napari_kdland.evaluation.pictures import CaseImage, Overlay, case_figure, coloured, draw_case
from tests.evaluation.factories import NAMES, a_case, some_landmarks


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_a_picture_is_written_as_png(tmp_path):
    path = draw_case(a_case(), tmp_path / "new" / "case.png")

    assert imread(path).ndim == 3


def test_every_source_has_a_panel_that_names_its_error():
    figure = case_figure(a_case(shift=(3, 4)))

    assert texts(figure) == ["human", "", "teacher", "5.0 px", "student", "5.0 px"]


def test_heatmaps_stand_below_the_landmarks():
    heatmap = Overlay(np.eye(8), (5.0, 5.0), (2.0, 2.0))

    figure = case_figure(a_case(heatmaps={"student": heatmap}))

    assert texts(figure)[-2:] == ["student", "heatmap"]


def test_a_source_without_a_point_is_drawn_as_not_measured():
    case = CaseImage("a.png", np.zeros((40, 40)), some_landmarks((5, 5)), {"run": Landmarks.not_yet(NAMES[:1])})

    assert "not measured" in texts(case_figure(case))


def test_an_image_without_a_truth_can_be_drawn(tmp_path):
    case = CaseImage(
        "a.png", np.zeros((40, 60)), Landmarks.not_yet(NAMES), {"run": some_landmarks((1, 1), (2, 2), None)}
    )

    assert draw_case(case, tmp_path / "a.png").exists()


def test_names_are_no_formulas(tmp_path):
    case = a_case(name=r"$\frac{1}$")

    assert draw_case(case, tmp_path / "a.png").exists()


def test_more_sources_than_columns_go_on_in_the_next_row():
    figure = case_figure(a_case(), n_columns=2)

    tops = {round(ax.get_position().y1, 6) for ax in figure.axes}
    assert len(tops) == 2


def test_a_heatmap_covers_its_pixels_to_their_edges():
    overlay = Overlay(np.zeros((4, 3)), scale=(2.0, 10.0), translate=(0.5, 4.5))

    assert overlay.extent == (-0.5, 29.5, 7.5, -0.5)


def test_the_marker_lies_on_the_pixel_of_the_landmark():
    truth = some_landmarks((30, 10))
    figure = case_figure(CaseImage("a.png", np.zeros((40, 40)), truth))

    rings = [line for line in figure.axes[0].lines if line.get_transform() == figure.axes[0].transData]

    assert_allclose([ring.get_xydata() for ring in rings], [[[10, 30]]] * 2)


def test_no_heat_is_transparent_and_nan_is_no_heat():
    alpha = coloured(np.array([[0.0, np.nan, 1.0]]))[..., 3]

    assert_allclose(alpha, [[0, 0, 0.85]])


def test_no_picture_needs_a_display(tmp_path):
    code = (
        "import sys, numpy as np; from pathlib import Path; from napari_kdland.anatomy import Landmarks;"
        "from napari_kdland.evaluation.pictures import CaseImage, draw_case;"
        "truth = Landmarks.placed(('a',), np.ones((1, 2)));"
        f"draw_case(CaseImage('x', np.zeros((9, 9)), truth), Path(r'{tmp_path / 'a.png'}'));"
        f"sys.exit('matplotlib.pyplot' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "MPLBACKEND": "qtagg"}, check=False)

    assert done.returncode == 0
