"""Positions in words; no Qt here."""

from datetime import datetime

import numpy as np
import pytest

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.gui.positions import (
    grey_text,
    limits_text,
    look_text,
    nearest_text,
    place_text,
    short_text,
    spacing_text,
    when_text,
)
from napari_kdland.images.presets import FULL, Preset
from napari_kdland.images.radiograph import Spacing
from napari_kdland.session.album import Picture
from napari_kdland.session.windowing import Look

DETECTOR = Spacing(0.1, 0.2, "ImagerPixelSpacing")


def test_a_place_is_given_in_pixels_and_millimetres_with_their_source():
    assert place_text((812.4, 640.1), DETECTOR) == (
        "row 812.4, column 640.1 px · y 81.2, x 128.0 mm (ImagerPixelSpacing, at the detector)"
    )


def test_without_spacing_nothing_says_millimetres():
    texts = [place_text((1.0, 2.0), None), short_text((1.0, 2.0), None), spacing_text(None)]

    assert not any("mm" in text for text in texts)
    assert short_text((1.0, 2.0), None) == "1.0, 2.0 px"


def test_a_short_place_is_in_the_images_own_unit():
    assert short_text((10.0, 10.0), DETECTOR) == "1.0, 2.0 mm"


def test_a_time_of_today_is_told_as_a_clock_shows_it_and_an_earlier_one_by_its_day():
    now = datetime.now().astimezone().replace(microsecond=0)

    assert when_text(now.isoformat()) == now.strftime("%H:%M:%S")
    assert when_text("2026-01-20T12:15:01+00:00") == "2026-01-20"


def two_landmarks():
    points = np.array([[10.0, 20.0], [40.0, 20.0], [np.nan, np.nan]])
    states = [LandmarkState.PLACED, LandmarkState.PLACED, LandmarkState.ABSENT]
    return Landmarks(("apex", "angle", "border"), points, states)


@pytest.mark.parametrize(
    ("spacing", "expected"), [(None, "nearest: ANGLE 5.0 px"), (Spacing(0.2, 9.0, "user"), "nearest: ANGLE 1.0 mm")]
)
def test_the_nearest_landmark_is_named_with_its_distance(spacing, expected):
    assert nearest_text((35.0, 20.0), two_landmarks(), spacing, str.upper) == expected


def test_without_a_landmark_that_has_a_point_none_is_nearest():
    nothing = Landmarks(("apex",), np.full((1, 2), np.nan), [LandmarkState.NOT_YET])

    assert nearest_text((1.0, 1.0), nothing, None, str.upper) == ""


def test_grey_values_are_told_with_their_unit():
    assert [grey_text(2738.0), grey_text(-1024.0, "HU"), grey_text(0.123456789)] == ["2738", "-1024 HU", "0.123457"]
    assert grey_text(None) == "outside the image"


VALUES = np.zeros((2, 2), np.float32)


def test_a_window_is_told_as_the_file_writes_it():
    # PS3.3 C.11.2.1.2.1: centre 1095 and width 1000 run from 595 to 1594, here turned over.
    preset = Preset("window 1095/1000", 4095 - 1594, 4095 - 595)
    turned = Picture(VALUES, (preset, Preset(FULL, 0, 4095)), turn=4095.0)

    assert limits_text(Look(preset, preset.low, preset.high), turned) == "1095 / 1000"
    assert look_text(Look(preset, preset.low, preset.high), turned) == "window 1095/1000"
    assert look_text(Look(preset, 2001, 3500), turned) == "window 1095/1000, by hand: 1345 / 1500"


@pytest.mark.parametrize(("limits", "expected"), [((0, 4095), "2048 / 4096"), ((0.25, 0.75), "0.5 / 0.5")])
def test_width_counts_grey_values_where_these_are_whole(limits, expected):
    preset = Preset(FULL, *limits)

    assert limits_text(Look(preset, *limits), Picture(VALUES, (preset,))) == expected


def test_a_window_of_a_curve_is_told_in_percent():
    preset = Preset("VOI LUT", 0, 1, curve=np.sqrt)

    assert limits_text(Look(preset, 0.25, 1.0), Picture(VALUES, (preset, Preset(FULL, 0, 1)))) == "62 / 75 %"
