"""Positions in words; no Qt here."""

from napari_kdland.gui.positions import clock_text, place_text, short_text, spacing_text
from napari_kdland.images.radiograph import Spacing

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


def test_a_time_is_told_as_a_clock_shows_it():
    assert len(clock_text("2026-11-20T23:15:01+00:00")) == len("23:15:01")
