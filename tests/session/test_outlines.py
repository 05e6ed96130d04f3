"""Rims of regions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.anatomy.regions import Regions
from napari_kdland.session.outlines import Outlined, outlines, rim_width
from tests.session.factories import REGIONS, some_regions


def test_a_rim_lies_within_its_region_and_is_as_wide_as_asked():
    mask = np.zeros((1, 30, 40), dtype=bool)
    mask[0, 5:25, 10:30] = True

    rims = outlines(Regions(("lung",), mask), width=2)

    inner = np.zeros((30, 40), dtype=bool)
    inner[7:23, 12:28] = True
    assert ((rims == 1) == (mask[0] & ~inner)).all()


def test_the_edge_of_the_image_is_no_rim():
    mask = np.zeros((1, 20, 20), dtype=bool)
    mask[0, :10] = True

    rims = outlines(Regions(("lung",), mask), width=1)

    assert (rims[9] == 1).all()
    assert not rims[:9].any()


def test_overlapping_regions_both_keep_their_rims():
    rims = outlines(some_regions(), width=1)

    assert (rims[39, 5:25] > 0).all()  # the lung's lower rim runs on inside the heart
    assert (rims[39, 16:24] == 1).all()
    assert (rims[25, 25:40] == 2).all()


def test_rims_that_fall_together_take_turns():
    same = np.zeros((2, 40, 40), dtype=bool)
    same[:, 10:30, 10:30] = True

    rims = outlines(Regions(REGIONS, same), width=1)

    counts = np.bincount(rims.ravel(), minlength=3)[1:]
    assert counts.min() > 0.3 * counts.sum()


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_rims_are_where_some_region_is_and_nowhere_else(seed, width):
    rng = np.random.default_rng(seed)
    masks = rng.random((3, 12, 14)) < 0.7
    masks[2] = False

    rims = outlines(Regions(("a", "b", "c"), masks), width=width)

    assert rims.max() <= 2
    for number in (1, 2):
        assert masks[number - 1][rims == number].all()
    assert not rims[~masks.any(axis=0)].any()


def test_regions_of_which_nothing_is_known_have_no_rims():
    assert not outlines(Regions.unknown(REGIONS, (20, 30)), width=2).any()


def test_gaps_take_away_and_add_nothing():
    shown = Outlined.of(some_regions(size=(300, 250)))

    is_kept = shown.dashed > 0

    assert (shown.dashed[is_kept] == shown.rims[is_kept]).all()
    assert 0.3 < is_kept.sum() / (shown.rims > 0).sum() < 0.7
    assert set(np.unique(shown.dashed)) == {0, 1, 2}


@pytest.mark.parametrize("step", [(0, 1), (1, 0), (1, 1), (1, -1), (1, 2)])
def test_lines_of_whatever_direction_have_gaps(step):
    rims = np.zeros((400, 900), np.uint8)
    places = np.arange(190)[:, None] * step + (5, 450)
    rims[places[:, 0], places[:, 1]] = 1
    shown = Outlined(Regions(("lung",), rims[None] > 0), rims)

    kept = shown.dashed[places[:, 0], places[:, 1]] > 0

    assert 0.25 < kept.mean() < 0.75


@pytest.mark.parametrize(("height", "width"), [(60, 1), (512, 2), (2500, 10)])
def test_rims_are_as_wide_as_the_image_is_high(height, width):
    assert rim_width(height) == width
