"""What is said of ellipses and discs; no Qt here."""

import numpy as np

from napari_kdland.anatomy import Landmarks
from napari_kdland.evaluation.found_by import FoundBy
from napari_kdland.gui.layers.scene import Shown, Spread
from napari_kdland.gui.layers.style import STUDENTS
from napari_kdland.gui.spread_words import SpreadWords, spread_words
from napari_kdland.images.radiograph import Spacing

NAMES = ("apex", "angle")
LANDMARKS = Landmarks.placed(NAMES, np.array([[1.0, 1.0], [9.0, 9.0]]))


def sure(run="kd", radii=(5.0, 7.5), level=0.9, n_images=9):
    covariance = np.tile(np.eye(2), (2, 1, 1))
    found_by, known = FoundBy("heatmap", n_images), {level: np.array(radii)}
    return Shown(run, STUDENTS[0], LANDMARKS, covariance=covariance, radii_px=known, found_by=found_by)


def said(spread, *sources, current="apex", spacing=None):
    return spread_words(spread, sources, current=current, title=str.title, spacing=spacing)


def test_discs_are_told_with_their_level_and_the_radius_of_the_current_landmark():
    told = said(Spread.DISC_90, sure(), sure("other", radii=(2.0, 3.0)))

    assert "in 90 % of cases (kd, other: heatmap, calibrated on 9 images of val)." in told.said
    assert told.said.endswith("Apex: kd 5.0 px, other 2.0 px.")
    assert told.missing == ""
    assert told.radii.splitlines() == ["Apex: kd 5.0 px, other 2.0 px", "Angle: kd 7.5 px, other 3.0 px"]


def test_radii_are_in_millimetres_too_where_the_spacing_is_known():
    assert "kd 5.0 px (1.0 mm)" in said(Spread.DISC_90, sure(), spacing=Spacing(0.2, 0.2, "user")).said


def test_too_few_labels_of_val_are_told_with_how_many_there_would_have_to_be():
    told = said(Spread.DISC_95, sure(radii=(np.inf, np.inf), level=0.95))

    assert told.missing == (
        "kd: no disc; a radius that holds in 95 % of cases needs 19 annotated images of val, and there are 9."
    )
    assert told.said == ""


def test_what_several_runs_lack_alike_is_told_once():
    told = said(Spread.DISC_95, *(sure(run, radii=(np.inf, np.inf), level=0.95) for run in ("kd", "other")))

    assert told.missing.startswith("kd, other: no disc; a radius that holds")
    assert told.missing.count("no disc") == 1


def test_a_single_landmark_with_too_few_labels_is_told_apart():
    assert "no disc around 1 of 2 landmarks" in said(Spread.DISC_90, sure(radii=(np.inf, 3.0))).missing


def test_ellipses_are_told_by_what_they_are_and_nothing_is_said_without_any():
    assert said(Spread.ONE_SD, sure()).said.startswith("Ellipses: one standard deviation (kd: heatmap")
    assert said(Spread.OFF, sure()) == SpreadWords()
    assert said(Spread.DISC_90, Shown("reader", STUDENTS[0], LANDMARKS)) == SpreadWords()
