from dataclasses import replace

import pytest

from napari_kdland.anatomy import Scheme, load_scheme, ready_made_schemes
from napari_kdland.anatomy.scheme_editing import Line, Removed, lines_of, name_for, revised, taken_out
from napari_kdland.errors import SchemeError

NOTHING = Removed()


def a_scheme() -> Scheme:
    return Scheme.model_validate(
        {
            "name": "small",
            "landmarks": [{"name": "right_apex"}, {"name": "left_apex"}, {"name": "carina", "title": "Carina"}],
            "regions": [{"name": "right_lung", "bit": 1}, {"name": "left_lung", "bit": 2}],
            "pairs": [["right_apex", "left_apex"]],
            "region_pairs": [["right_lung", "left_lung"]],
            "skeleton": [["right_apex", "carina"], ["left_apex", "right_apex"]],
            "regions_overlap": False,
            "channels": ["plain", "bone"],
        }
    )


@pytest.mark.parametrize("name", ready_made_schemes())
def test_lines_that_nobody_changed_make_the_same_scheme(name: str):
    scheme = load_scheme(name)

    assert revised(scheme, *lines_of(scheme), NOTHING).model_dump() == scheme.model_dump()


def test_a_title_changes_and_the_name_in_files_stays():
    landmarks, regions = lines_of(a_scheme())
    landmarks[2] = replace(landmarks[2], title="Bifurcation", description="Where it parts.", colour="#112233")

    changed = revised(a_scheme(), landmarks, regions, NOTHING).landmarks[2]

    assert changed.model_dump() == {
        "name": "carina", "title": "Bifurcation", "description": "Where it parts.", "colour": "#112233",
    }  # fmt: skip


def test_landmarks_have_the_order_of_the_lines_and_everything_else_stays():
    landmarks, regions = lines_of(a_scheme())

    changed = revised(a_scheme(), landmarks[::-1], regions, NOTHING)

    assert changed.landmark_names == ("carina", "left_apex", "right_apex")
    assert changed.pairs == (("right_apex", "left_apex"),)
    assert (changed.regions_overlap, changed.channels) == (False, ("plain", "bone"))


def test_what_is_removed_leaves_pairs_and_lines_too():
    landmarks, regions = lines_of(a_scheme())
    landmarks[0] = replace(landmarks[0], partner="")

    changed = revised(a_scheme(), [landmarks[0], landmarks[2]], regions, NOTHING)

    assert changed.pairs == ()
    assert changed.skeleton == (("right_apex", "carina"),)
    assert list(taken_out(a_scheme(), changed).landmarks) == ["left_apex"]


def test_a_new_pair_has_the_right_side_first():
    landmarks, regions = lines_of(a_scheme())
    new = [Line("left_border", "Left border", partner="right_border"), Line("right_border", "Right border")]

    changed = revised(a_scheme(), [*landmarks, *new], regions, NOTHING)

    assert changed.pairs == (("right_apex", "left_apex"), ("right_border", "left_border"))


def test_a_new_region_gets_a_bit_that_no_region_has_or_had():
    landmarks, regions = lines_of(a_scheme())
    without = revised(a_scheme(), landmarks, [replace(regions[1], partner="")], NOTHING)
    removed = taken_out(a_scheme(), without)

    changed = revised(without, landmarks, [regions[1], Line("heart", "Heart"), regions[0]], removed)

    assert [(region.name, region.bit) for region in changed.regions] == [
        ("left_lung", 2),
        ("heart", 4),
        ("right_lung", 1),
    ]


def test_there_are_no_more_regions_than_a_mask_has_bits():
    lines = [Line(f"r{number}", f"R {number}") for number in range(17)]

    with pytest.raises(SchemeError, match="no room for the region 'R 16': masks hold 16 regions"):
        revised(Scheme(name="s", landmarks=[{"name": "a"}]), [Line("a", "A")], lines, NOTHING)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([Line("a", "A"), Line("a", "B")], "Two landmarks have the name a"),
        ([Line("a", "A"), Line("b", "A ")], "Two landmarks have the title A"),
        ([Line("a", " ")], "in line 1 has no title"),
        ([Line("", "!?")], r"'!\?' has the name '' in files"),
        ([Line("Apex", "A")], "small letters"),
        ([Line("a", "A", partner="a")], "'A' is paired with itself"),
        ([Line("a", "A", partner="z")], "paired with z, which the scheme does not have"),
        ([Line("a", "A", partner="b"), Line("b", "B"), Line("c", "C", partner="b")], "B stands in two pairs"),
        ([], "at least one landmark or region"),
    ],
)
def test_lines_that_make_no_scheme_are_refused(lines: list[Line], message: str):
    with pytest.raises(SchemeError, match=message):
        revised(Scheme(name="s", landmarks=[{"name": "a"}]), lines, [], NOTHING)


def test_a_name_for_files_is_made_of_the_title():
    assert name_for("Right apex (upper)") == "right_apex_upper"
