import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from napari_kdland.anatomy import Placement, Regions, RegionState
from napari_kdland.anatomy.regions import flags_in_input, unnamed_bits
from napari_kdland.anatomy.scheme import RegionEntry

ENTRIES = (RegionEntry(name="right", bit=1), RegionEntry(name="left", bit=4), RegionEntry(name="heart", bit=1 << 15))
NAMES = ("right", "left", "heart")
flags = arrays(
    np.uint16, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.sampled_from([0, 1, 4, 5, 32769])
)


def a_mask(*rows: str) -> np.ndarray:
    return np.array([[mark == "#" for mark in row] for row in rows])


@given(flags)
def test_bit_flags_come_back_as_they_were(bits: np.ndarray):
    assert_array_equal(Regions.from_bits(bits, ENTRIES).to_bits(ENTRIES), bits)


@given(arrays(bool, (3, 4, 5)), arrays(bool, 3))
def test_regions_survive_being_written_as_bits(masks: np.ndarray, known: np.ndarray):
    regions = Regions(NAMES, masks & known[:, None, None], known)

    assert Regions.from_bits(regions.to_bits(ENTRIES), ENTRIES, known=regions.known_names) == regions


def test_a_region_without_a_pixel_is_unknown_unless_somebody_says_that_it_is_absent():
    bits = np.array([[1, 0], [0, 0]], dtype=np.uint16)

    alone = Regions.from_bits(bits, ENTRIES)
    told = Regions.from_bits(bits, ENTRIES, known=["right", "heart"])

    assert alone.states == (RegionState.DRAWN, RegionState.UNKNOWN, RegionState.UNKNOWN)
    assert told.states == (RegionState.DRAWN, RegionState.UNKNOWN, RegionState.ABSENT)


def test_pixels_of_a_region_that_is_said_to_be_unknown_are_passed_over():
    regions = Regions.from_bits(np.array([[1, 4]], dtype=np.uint16), ENTRIES, known=["right"])

    assert regions.states == (RegionState.DRAWN, RegionState.UNKNOWN, RegionState.UNKNOWN)


def test_pixels_may_lie_in_several_regions():
    regions = Regions.from_bits(np.array([[5, 4]], dtype=np.uint8), ENTRIES)

    assert regions["right"].tolist() == [[True, False]]
    assert regions["left"].tolist() == [[True, True]]
    assert regions.area_px.tolist() == [1, 2, 0]


def test_bits_that_no_region_has_are_named_lowest_first():
    bits = np.array([[1, 8], [64 + 2, 4]], dtype=np.uint16)

    assert unnamed_bits(bits, ENTRIES) == (2, 8, 64)


def test_regions_of_which_nothing_is_known_have_the_size_of_the_image():
    regions = Regions.unknown(NAMES, (4, 7))

    assert (regions.size, regions.known_names, len(regions)) == ((4, 7), (), 3)


def test_the_mask_of_an_outline_holds_the_pixels_whose_centres_lie_inside():
    outline = [(1, 1), (1, 3), (3, 3), (3, 1)]

    regions = Regions.from_polygons(NAMES, {"left": outline}, (5, 5))

    assert_array_equal(regions["left"], a_mask(".....", ".###.", ".###.", ".###.", "....."))
    assert regions.known_names == ("left",)


@given(st.floats(5, 40), st.floats(5, 40), st.floats(0, 6.28))
def test_the_mask_of_an_outline_has_its_area_within_its_perimeter(height: float, width: float, turn: float):
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    around = np.stack((height * np.sin(angles), width * np.cos(angles)), axis=1)
    corners = around @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + 50
    following = np.roll(corners, -1, axis=0)
    area = abs(np.sum(corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0])) / 2
    perimeter = np.hypot(*(corners - following).T).sum()

    regions = Regions.from_polygons(["heart"], {"heart": corners}, (101, 101))

    assert abs(regions.area_px[0] - area) <= perimeter


@pytest.mark.parametrize(
    ("polygons", "message"),
    [
        ({"liver": [(0, 0), (0, 1), (1, 1)]}, "outlines of liver, but the regions are right, left, heart"),
        ({"left": [(0, 0), (0, 1)]}, r"outline of left must be 3 or more corners.*found \(2, 2\)"),
        ({"left": [(0, 0), (0, np.nan), (1, 1)]}, "outline of left must be .* all finite"),
    ],
)
def test_outlines_that_cannot_be_filled_are_refused(polygons: dict[str, list[tuple[float, float]]], message: str):
    with pytest.raises(ValueError, match=message):
        Regions.from_polygons(NAMES, polygons, (5, 5))


@pytest.mark.parametrize(
    ("names", "masks", "known", "message"),
    [
        (("a", "b"), np.zeros((1, 2, 2)), None, r"2 names, masks \(1, 2, 2\), 2 flags"),
        (("a",), np.zeros((2, 2)), None, r"expected R names, masks \(R, H, W\)"),
        (("a", "a"), np.zeros((2, 2, 2)), None, "region names must be unique: a, a"),
        (("a",), np.ones((1, 2, 2)), [False], "region 'a' is not known, but its mask has 4 pixels"),
    ],
)
def test_regions_that_do_not_fit_together_are_refused(
    names: tuple[str, ...], masks: np.ndarray, known: list[bool] | None, message: str
):
    with pytest.raises(ValueError, match=message):
        Regions(names, masks, known)


def test_regions_are_equal_where_all_that_they_say_is():
    bits = np.array([[1, 4]], dtype=np.uint16)

    assert Regions.from_bits(bits, ENTRIES) == Regions.from_bits(bits.copy(), ENTRIES)
    assert Regions.from_bits(bits, ENTRIES) != Regions.from_bits(bits, ENTRIES, known=NAMES)
    assert Regions.from_bits(bits, ENTRIES) != Regions.from_bits(bits[:, ::-1], ENTRIES)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([8, 16, 33]), st.integers(0, 2**16))
def test_flags_in_the_input_are_those_of_the_image_pixel_below(height: int, width: int, size: int, seed: int):
    bits = np.random.default_rng(seed).integers(1, 2**16, (height, width)).astype(np.uint16)
    placement = Placement.letterbox((height, width), (size, size))

    placed = flags_in_input(bits, placement)

    for row, column in np.ndindex(size, size):
        y, x = np.floor(placement.from_input([row, column]) + 0.5).astype(int)
        is_inside = 0 <= y < height and 0 <= x < width
        assert placed[row, column] == (bits[y, x] if is_inside else 0)


def test_flags_at_their_own_size_stay_as_they_are():
    bits = np.arange(64, dtype=np.uint16).reshape(8, 8)

    assert_array_equal(flags_in_input(bits, Placement.letterbox((8, 8), (8, 8))), bits)


def test_flags_of_another_image_are_refused():
    with pytest.raises(ValueError, match=r"the flags are \(4, 4\), but the placement is for \(8, 8\)"):
        flags_in_input(np.zeros((4, 4), dtype=np.uint16), Placement.letterbox((8, 8), (8, 8)))
