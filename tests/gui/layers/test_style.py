"""Shapes and colours of the sources; no Qt here."""

from napari_kdland.gui.layers.style import (
    BASELINE,
    CURRENT,
    HUMAN,
    STUDENTS,
    TEACHER,
    region_colours,
    styles_of,
)
from tests.session.factories import a_scheme_of_regions


def test_no_two_sources_share_a_shape_or_a_colour():
    styles = [HUMAN, TEACHER, BASELINE, *STUDENTS]

    assert len({style.symbol for style in styles}) == len(styles)
    assert len({style.colour for style in [*styles, CURRENT]}) == len(styles) + 1


def test_students_keep_their_place_when_a_teacher_is_among_them():
    styles = styles_of(["a", "big", "b"], teachers=["big"])

    assert styles == {"a": STUDENTS[0], "big": TEACHER, "b": STUDENTS[1]}


def test_regions_have_the_schemes_colours_or_others_by_their_titles():
    assert region_colours(a_scheme_of_regions()) == {"LUNG": "#123456", "HEART": "#E69F00"}
