import pytest
import torch

from napari_kdland.engine.distillation import BASE_LOSSES
from napari_kdland.menus import Entry
from napari_kdland.recipes.model import BasePart
from tests.engine.distillation.base_losses.factories import SIZE, labels, log_peaks
from tests.engine.factories import noise

NAN = float("nan")
POINTS = torch.tensor([[[10.0, 12.0], [20.5, 9.0]], [[15.0, 20.0], [8.0, 22.0]]])

each = pytest.mark.parametrize("entry", BASE_LOSSES, ids=lambda entry: entry.name)


def a_loss(entry: Entry) -> torch.nn.Module:
    return entry.resolve()(BasePart(), 2)


@each
def test_it_falls_when_the_heatmap_comes_nearer_to_the_label(entry: Entry):
    loss = a_loss(entry)

    right, near, far = (loss(log_peaks(POINTS + by), *labels(POINTS)).item() for by in (0, 1, 6))

    assert right < near < far


@each
def test_what_the_reader_has_not_labelled_teaches_nothing(entry: Entry):
    points = POINTS.clone()
    points[0, 1] = NAN
    logits = noise(2, 2, *SIZE).requires_grad_()
    given, targets, weights, sigma = labels(points)
    weights[0, 1] = 0

    a_loss(entry)(logits, given, targets, weights, sigma).backward()

    assert logits.grad[0, 1].abs().sum() == 0
    assert logits.grad[1].isfinite().all()
    assert logits.grad[1].abs().sum() > 0


@each
def test_without_any_label_it_is_zero(entry: Entry):
    loss = a_loss(entry)
    points = torch.full((2, 2, 2), NAN)

    value = loss(noise(2, 2, *SIZE).requires_grad_(), *labels(points)[:2], torch.zeros(2, 2), 2.0)
    value.backward()

    assert value == 0
    assert all(parameter.grad.isfinite().all() for parameter in loss.parameters())


@each
def test_it_does_not_depend_on_the_order_or_number_of_images_and_landmarks(entry: Entry):
    logits = noise(2, 2, *SIZE)
    images, landmarks = [1, 0, 0, 1], [1, 0]

    once = a_loss(entry)(logits, *labels(POINTS))
    again = a_loss(entry)(logits[images][:, landmarks], *labels(POINTS[images][:, landmarks]))

    torch.testing.assert_close(once, again)


@each
def test_it_gives_in_half_precision_what_it_gives_in_single(entry: Entry):
    rough = noise(2, 2, *SIZE).bfloat16()

    half, single = (a_loss(entry)(logits, *labels(POINTS)) for logits in (rough, rough.float()))

    assert half.dtype == torch.float32
    torch.testing.assert_close(half, single, rtol=1e-2, atol=1e-6)


@each
def test_it_cites_what_it_computes(entry: Entry):
    assert "References\n" in entry.resolve().__doc__
