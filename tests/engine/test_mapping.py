import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from napari_kdland.engine import heatmaps
from napari_kdland.engine.mapping import Mapping

SIZE = 64
GRID = (32, 32)


def a_mapping(
    angle_deg: float = 0.0, scale: float = 1.0, y: float = 0.0, x: float = 0.0, *, is_mirrored: bool = False
) -> Mapping:
    cos, sin = scale * math.cos(math.radians(angle_deg)), scale * math.sin(math.radians(angle_deg))
    flip = -1 if is_mirrored else 1
    return Mapping(torch.tensor([[[cos, -sin * flip], [sin, cos * flip]]]), torch.tensor([[y, x]]), SIZE)


def on_heatmap(points: torch.Tensor) -> torch.Tensor:
    return (points + 0.5) / 2 - 0.5


def a_blob(points: torch.Tensor, sigma: float = 2.0) -> torch.Tensor:
    """Probability maps (1, L, 32, 32) of Gaussians at points (1, L, 2) in input pixels."""
    maps = heatmaps.encode(on_heatmap(points), GRID, sigma)
    return maps / maps.flatten(2).sum(-1)[..., None, None]


mappings = st.builds(
    a_mapping,
    angle_deg=st.floats(-30, 30),
    scale=st.floats(0.7, 1.3),
    y=st.floats(-6, 6),
    x=st.floats(-6, 6),
    is_mirrored=st.booleans(),
)
points = st.tuples(st.floats(24, 40), st.floats(24, 40)).map(lambda point: torch.tensor([[point]]))


@given(mappings, points)
def test_there_and_back_is_where_one_was(mapping: Mapping, point: torch.Tensor):
    back = mapping.inverse().points(mapping.points(point))

    torch.testing.assert_close(back, point, atol=1e-4, rtol=0)


@given(mappings, mappings, points)
def test_one_map_after_another_does_both_in_that_order(first: Mapping, second: Mapping, point: torch.Tensor):
    both = second.after(first).points(point)

    torch.testing.assert_close(both, second.points(first.points(point)), atol=1e-4, rtol=0)


@given(mappings, points)
def test_a_map_after_its_own_inverse_moves_nothing(mapping: Mapping, point: torch.Tensor):
    torch.testing.assert_close(mapping.after(mapping.inverse()).points(point), point, atol=1e-4, rtol=0)


@settings(max_examples=40)
@given(mappings, points)
def test_a_blob_goes_where_its_point_goes(mapping: Mapping, point: torch.Tensor):
    moved, _ = mapping.probabilities(a_blob(point))

    mean, _ = heatmaps.moments(moved)
    torch.testing.assert_close(mean, on_heatmap(mapping.points(point)), atol=0.03, rtol=0)


@settings(max_examples=40)
@given(mappings, points)
def test_a_map_moved_there_and_back_still_says_the_same_point(mapping: Mapping, point: torch.Tensor):
    there, _ = mapping.probabilities(a_blob(point))
    back, _ = mapping.inverse().probabilities(there)

    located = heatmaps.decode(back, 2.0).points
    torch.testing.assert_close(located, on_heatmap(point), atol=0.05, rtol=0)


@settings(max_examples=40)
@given(mappings, points)
def test_a_blobs_covariance_turns_with_it(mapping: Mapping, point: torch.Tensor):
    drawn = heatmaps.encode(on_heatmap(point), GRID, 2.0) + heatmaps.encode(on_heatmap(point) + 1.5, GRID, 2.0)
    blob = drawn / drawn.sum()

    _, moved = heatmaps.moments(mapping.probabilities(blob)[0])

    expected = mapping.covariance(heatmaps.moments(blob)[1])
    # Sampling between pixels widens a little.
    torch.testing.assert_close(moved, expected, atol=0.35, rtol=0)


@given(mappings, points)
def test_probabilities_sum_to_one_again_and_stay_in_frame(mapping: Mapping, point: torch.Tensor):
    moved, inside = mapping.probabilities(a_blob(point))

    torch.testing.assert_close(moved.sum((-1, -2)), torch.ones(1, 1))
    assert inside.item() == pytest.approx(1, abs=0.02)


@given(st.floats(-1, 1))
def test_what_stays_in_frame_is_the_share_of_the_map(share: float):
    blob = a_blob(torch.tensor([[[32.0, 31.5]]]))
    # The blob's centre comes to lie `share` standard deviations (of 4 input pixels) inside of the right edge.
    mapping = a_mapping(x=32 - 4 * share)

    _, inside = mapping.probabilities(blob)

    expected = 0.5 * (1 + math.erf(share / math.sqrt(2)))
    assert inside.item() == pytest.approx(expected, abs=0.05)


def test_a_map_that_left_the_frame_has_nothing_inside_and_stays_finite():
    moved, inside = a_mapping(x=500.0).probabilities(a_blob(torch.tensor([[[32.0, 32.0]]])))

    assert inside.item() == 0
    assert moved.isfinite().all()


def test_without_change_everything_stays():
    image = torch.rand((1, 2, 16, 16), generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(a_mapping().images(image), image, atol=1e-5, rtol=0)


def test_an_image_turned_by_a_right_angle_is_that_image_turned():
    image = torch.rand((1, 1, 16, 16), generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(a_mapping(90).images(image), image.rot90(1, (2, 3)), atol=1e-4, rtol=0)


def test_a_mirrored_image_is_flipped_from_left_to_right():
    image = torch.rand((1, 1, 16, 16), generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(a_mapping(is_mirrored=True).images(image), image.flip(3), atol=1e-5, rtol=0)


@settings(max_examples=20)
@given(mappings)
def test_pixels_are_taken_from_where_torchs_own_grid_has_them(mapping: Mapping):
    inverse = mapping.inverse()
    xy = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    theta = torch.cat((xy @ inverse.matrix[0] @ xy, (xy @ inverse.shift_px[0] * 2 / SIZE)[:, None]), dim=1)

    expected = functional.affine_grid(theta[None], [1, 1, 12, 12], align_corners=False)

    torch.testing.assert_close(mapping._sampling_grid(12), expected, atol=1e-5, rtol=0)


def test_outside_is_zero_or_the_border_as_asked():
    image = torch.ones(1, 1, 16, 16)
    aside = a_mapping(x=16.0)

    assert aside.images(image)[0, 0, 0, 0] == 0
    assert aside.images(image, outside="border").min() == 1


def test_every_image_has_a_map_of_its_own():
    first, second = a_mapping(10, 1.1, 2.0), a_mapping(-20, 0.9, 0.0, 3.0)
    both = Mapping(torch.cat((first.matrix, second.matrix)), torch.cat((first.shift_px, second.shift_px)), SIZE)
    point = torch.tensor([[[20.0, 30.0]], [[40.0, 25.0]]])

    together = both.points(point)

    torch.testing.assert_close(together, torch.cat((first.points(point[:1]), second.points(point[1:]))))
    torch.testing.assert_close(both.of(slice(1, 2)).points(point[1:]), together[1:])


def test_a_landmark_without_a_point_stays_without_one():
    assert a_mapping(10, 1.1).points(torch.full((1, 2, 2), float("nan"))).isnan().all()
