from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.decoding import DECODERS
from napari_kdland.recipes.model import DecodingPart
from tests.engine.decoding.factories import a_map, patient

KINDS = [entry.name for entry in DECODERS]
each = pytest.mark.parametrize("kind", KINDS)
# Furthest from the point of a clean Gaussian, in pixels along an axis.
FURTHEST = {"argmax": 0.51, "quarter": 0.26, "local-mean": 0.2, "gaussian-fit": 0.05}


def decoded(maps: torch.Tensor, kind: str) -> torch.Tensor:
    return heatmaps.decode(maps, 2.0, DecodingPart(kind=kind)).points


def noisy(seed: int, size: tuple[int, int] = (48, 40)) -> torch.Tensor:
    drawn = a_map(21.3, 17.8, size=size)
    return (drawn + 0.05 * torch.rand(drawn.shape, generator=torch.Generator().manual_seed(seed)).double()) * (
        drawn > 0.01
    )


def test_a_recipe_names_the_decoders_of_the_menu():
    assert list(get_args(DecodingPart.model_fields["kind"].annotation)) == KINDS


@each
def test_every_decoder_cites_what_it_computes(kind: str):
    block = DECODERS[KINDS.index(kind)].resolve()

    assert "References\n" in block.__doc__


@each
@patient
@given(y=st.floats(12, 34), x=st.floats(12, 27))
def test_the_point_of_a_clean_gaussian_is_found(kind: str, y: float, x: float):
    point = decoded(a_map(y, x), kind)[0, 0]

    torch.testing.assert_close(point, torch.tensor([y, x]).double(), atol=FURTHEST.get(kind, 0.01), rtol=0)


@each
@patient
@given(seed=st.integers(0, 1000), down=st.integers(-8, 8), right=st.integers(-6, 6))
def test_a_shifted_map_has_a_shifted_point(kind: str, seed: int, down: int, right: int):
    maps = noisy(seed)

    moved = decoded(maps.roll((down, right), (-2, -1)), kind)

    torch.testing.assert_close(moved - decoded(maps, kind), torch.tensor([[[down, right]]]).double(), atol=1e-6, rtol=0)


@each
@patient
@given(seed=st.integers(0, 1000))
def test_landmarks_in_another_order_have_their_points_in_that_order(kind: str, seed: int):
    maps = torch.cat([noisy(seed + number).roll(number, -1) for number in range(4)], dim=1)
    order = torch.randperm(4, generator=torch.Generator().manual_seed(seed))

    torch.testing.assert_close(decoded(maps[:, order], kind), decoded(maps, kind)[:, order], atol=1e-6, rtol=0)


@each
@patient
@given(seed=st.integers(0, 1000), height=st.integers(1, 9), width=st.integers(1, 9))
def test_every_point_lies_in_the_frame(kind: str, seed: int, height: int, width: int):
    maps = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(seed))

    assert heatmaps.in_frame(decoded(maps, kind), (height, width)).all()


@each
def test_a_map_turned_over_its_diagonal_has_its_point_turned(kind: str):
    maps = noisy(0)

    torch.testing.assert_close(decoded(maps.mT, kind), decoded(maps, kind).flip(-1), atol=1e-6, rtol=0)


@each
@pytest.mark.parametrize("height", [1e-4, 1e3])
def test_the_height_of_a_map_does_not_move_its_point(kind: str, height: float):
    maps = noisy(1)

    torch.testing.assert_close(decoded(height * maps, kind), decoded(maps, kind), atol=1e-4, rtol=0)


@each
def test_an_empty_map_has_a_point_all_the_same(kind: str):
    points = decoded(torch.zeros(1, 1, 16, 16), kind)

    assert points.isfinite().all()
