"""Shapes and colours of the sources; no Qt here."""

from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.anatomy.scheme import LandmarkEntry, Scheme
from napari_kdland.gui.layers.style import (
    BASELINE,
    CURRENT,
    HUMAN,
    READERS,
    STUDENTS,
    TEACHER,
    TEACHERS,
    landmark_colours,
    readable,
    region_colours,
    styles_of,
)
from tests.session.factories import a_scheme_of_regions


def test_dark_colours_of_landmarks_are_made_light_enough_to_be_seen_on_a_radiograph():
    entries = [
        LandmarkEntry(name="a", colour="#000000"),
        LandmarkEntry(name="b"),
        LandmarkEntry(name="c", colour="#F0E442"),
    ]

    assert landmark_colours(Scheme(name="s", landmarks=entries)) == {"a": "#8C8C8C", "c": "#F0E442"}


def test_no_two_sources_share_a_shape_or_a_colour():
    styles = [HUMAN, *READERS, *TEACHERS, BASELINE, *STUDENTS]

    assert len({style.symbol for style in styles}) == len(styles)
    assert len({style.colour for style in [HUMAN, TEACHER, BASELINE, *STUDENTS, CURRENT]}) == len(STUDENTS) + 4


def test_three_teachers_of_one_student_can_be_told_apart():
    styles = styles_of(["a", "b", "c", "kd"], teachers=["a", "b", "c"])

    assert len({style.symbol for style in styles.values()}) == 4
    assert {styles[name].word for name in "abc"} == {"teacher"}


def test_readers_are_white_whatever_the_runs_are():
    styles = styles_of(["kd"], readers=["ann (reader)", "bob (reader)"])

    assert {styles[key].colour for key in ("ann (reader)", "bob (reader)")} == {"#FFFFFF"}
    assert styles["ann (reader)"].symbol != styles["bob (reader)"].symbol


@given(st.sampled_from([TEACHER, BASELINE, *READERS, *STUDENTS]))
def test_text_in_a_sources_colour_can_be_read_on_black(style):
    red, green, blue = (int(readable(style.colour)[start : start + 2], 16) for start in (1, 3, 5))

    assert 0.2126 * red + 0.7152 * green + 0.0722 * blue > 100


def test_students_keep_their_place_when_a_teacher_is_among_them():
    styles = styles_of(["a", "big", "b"], teachers=["big"])

    assert styles == {"a": STUDENTS[0], "big": TEACHER, "b": STUDENTS[1]}


def test_regions_have_the_schemes_colours_or_others_by_their_titles():
    assert region_colours(a_scheme_of_regions()) == {"LUNG": "#123456", "HEART": "#E69F00"}
