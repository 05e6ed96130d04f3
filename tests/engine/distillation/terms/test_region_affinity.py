import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.distillation.terms.region_affinity import RegionAffinity, affinity, region_affinity
from tests.engine.distillation.terms.factories import CHANNELS, a_teacher, a_term, an_output, held, quadrants
from tests.engine.factories import noise

NAN = float("nan")
seeds = st.integers(0, 10_000)


def turned(n: int, seed: int = 0) -> torch.Tensor:
    """Give a rotation of n channels."""
    return torch.linalg.qr(noise(n, n, seed=seed)).Q


@given(seeds)
def test_affinities_are_cosines(seed: int):
    cosines, _ = affinity(noise(2, 5, 8, 8, seed=seed), noise(2, 4, 8, 8, seed=seed + 1).sigmoid())

    torch.testing.assert_close(cosines, cosines.mT)
    torch.testing.assert_close(cosines.diagonal(dim1=1, dim2=2), torch.ones(2, 4))
    assert cosines.abs().max() <= 1 + 1e-5


@given(seeds, st.floats(0.1, 10))
def test_larger_or_turned_features_have_the_same_affinities(seed: int, factor: float):
    features = noise(2, 5, 16, 16, seed=seed)
    changed = factor * torch.einsum("dc,bchw->bdhw", turned(5, seed), features)

    torch.testing.assert_close(affinity(changed, quadrants())[0], affinity(features, quadrants())[0], atol=1e-4, rtol=0)


def test_students_and_teachers_of_other_channels_need_no_adapter():
    student = noise(2, 8, 16, 16).requires_grad_()

    region_affinity(student, noise(2, 5, 16, 16, seed=1), quadrants()).backward()

    assert student.grad.abs().sum() > 0
    assert not list(RegionAffinity(a_term("region-affinity", taps=("high",)), CHANNELS).parameters())


def test_an_empty_area_is_left_out():
    student, teacher = noise(2, 5, 16, 16).requires_grad_(), noise(2, 5, 16, 16, seed=1)
    areas = quadrants()
    with_empty = torch.cat((areas, torch.zeros(2, 1, 16, 16)), dim=1)

    value = region_affinity(student, teacher, with_empty)
    value.backward()

    torch.testing.assert_close(value, region_affinity(student, teacher, areas))
    assert student.grad.isfinite().all()


def test_an_image_without_areas_costs_nothing():
    student, teacher = noise(2, 5, 16, 16), noise(2, 5, 16, 16, seed=1)
    areas = quadrants()
    areas[1] = 0

    value = region_affinity(student, teacher, areas)

    torch.testing.assert_close(value, 0.5 * region_affinity(student[:1], teacher[:1], areas[:1]))


def test_a_pair_counts_by_the_weights_of_both_its_areas():
    student, teacher = noise(1, 5, 16, 16), noise(1, 5, 16, 16, seed=1)

    value = region_affinity(student, teacher, quadrants(1), torch.tensor([[1.0, 0.5, 0.0]]))

    torch.testing.assert_close(value, region_affinity(student, teacher, quadrants(1)[:, :2]))


@pytest.mark.parametrize("areas", ["landmarks", "masks"])
def test_a_term_takes_the_areas_that_it_names(areas: str):
    student, teacher = an_output(), a_teacher()
    term = RegionAffinity(a_term("region-affinity", areas=areas), CHANNELS)

    value = term(held(student, teacher))

    moved = {"points": torch.full((2, 3, 2), NAN)} if areas == "masks" else {"areas": torch.zeros(2, 3, 16, 16)}
    assert value == term(held(student, teacher, **moved))
    other = {"points": torch.full((2, 3, 2), NAN)} if areas == "landmarks" else {"areas": torch.zeros(2, 3, 16, 16)}
    assert term(held(student, teacher, **other)) == 0
