import pytest
import torch
from monai.losses import DiceCELoss
from torch.nn import functional

from napari_kdland.engine.distillation import REGION_LOSSES
from napari_kdland.engine.distillation.base_losses.regions import choice_logs, dice, dice_ce, focal, focal_dice
from napari_kdland.menus import Entry
from tests.engine.factories import noise

each = pytest.mark.parametrize("entry", REGION_LOSSES, ids=lambda entry: entry.name)
both = pytest.mark.parametrize("overlapping", [True, False])


def masks(*, overlapping: bool, n: int = 3) -> torch.Tensor:
    scores = noise(n, 3, 8, 8, seed=1)
    if overlapping:
        return (scores > 0.5).float()
    return functional.one_hot(scores.argmax(dim=1), 3).movedim(-1, 1).float()


@each
@both
def test_it_falls_as_the_logits_agree_with_the_masks(entry: Entry, overlapping: bool):
    truth = masks(overlapping=overlapping)

    losses = [
        entry.resolve()(sureness * (2 * truth - 1), truth, torch.ones(3, 3), overlapping=overlapping).item()
        for sureness in (-3, 0, 3, 30)
    ]

    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(0, abs=1e-4)


@each
@both
def test_images_without_masks_teach_nothing(entry: Entry, overlapping: bool):
    logits, truth = noise(3, 3, 8, 8).requires_grad_(), masks(overlapping=overlapping)
    known = torch.ones(3, 3)
    known[1] = 0

    value = entry.resolve()(logits, truth, known, overlapping=overlapping)
    value.backward()

    kept = [0, 2]
    torch.testing.assert_close(value, entry.resolve()(logits[kept], truth[kept], known[kept], overlapping=overlapping))
    assert logits.grad[1].abs().sum() == 0


@each
def test_regions_that_the_reader_has_not_spoken_of_teach_nothing(entry: Entry):
    logits, truth = noise(3, 3, 8, 8).requires_grad_(), masks(overlapping=True)
    known = torch.tensor([[1.0, 1.0, 0.0]]).repeat(3, 1)

    value = entry.resolve()(logits, truth, known, overlapping=True)
    value.backward()

    assert logits.grad[:, 2].abs().sum() == 0
    alone = entry.resolve()(logits[:, :2], truth[:, :2], known[:, :2], overlapping=True)
    torch.testing.assert_close(value, alone)


@each
@both
def test_without_any_mask_it_is_zero(entry: Entry, overlapping: bool):
    logits = noise(3, 3, 8, 8).requires_grad_()

    value = entry.resolve()(logits, masks(overlapping=overlapping), torch.zeros(3, 3), overlapping=overlapping)
    value.backward()

    assert value == 0
    assert logits.grad.abs().sum() == 0


@each
@both
def test_it_gives_in_half_precision_what_it_gives_in_single(entry: Entry, overlapping: bool):
    rough, truth = noise(3, 3, 8, 8).bfloat16(), masks(overlapping=overlapping)

    half, single = (
        entry.resolve()(logits, truth, torch.ones(3, 3), overlapping=overlapping) for logits in (rough, rough.float())
    )

    torch.testing.assert_close(half, single)


@each
def test_it_cites_what_it_computes(entry: Entry):
    assert "References\n" in entry.resolve().__doc__


def test_dice_with_cross_entropy_is_that_of_monai():
    logits, truth = noise(3, 3, 8, 8), masks(overlapping=False)
    monai = DiceCELoss(softmax=True, squared_pred=True, batch=True)

    value = dice_ce(logits, truth, torch.ones(3, 3), overlapping=False)

    torch.testing.assert_close(value, monai(logits, truth), rtol=1e-4, atol=1e-5)


def test_an_image_without_a_region_is_right_to_show_none():
    nothing = torch.zeros(2, 1, 8, 8)

    assert dice(nothing, nothing, torch.ones(2, 1), is_squared=True, smooth=1e-5) == 0


@both
def test_the_focal_loss_looks_away_from_what_is_right_already(overlapping: bool):
    truth = masks(overlapping=overlapping)
    logs = choice_logs(4 * (2 * truth - 1), truth, overlapping=overlapping)

    assert focal(logs).mean() < 0.01 * -logs.mean()


def test_no_gradient_flows_through_the_focal_factor():
    logs = torch.tensor([0.3]).log().requires_grad_()

    focal(logs).backward()

    assert logs.grad.item() == pytest.approx(-(0.7**2))


def test_half_of_each_is_the_loss_of_emkd():
    logits, truth, known = noise(2, 2, 8, 8), masks(overlapping=False, n=2)[:, :2], torch.ones(2, 2)
    truth[:, 0] = 1 - truth[:, 1]

    value = focal_dice(logits, truth, known, overlapping=False)

    each_pixel = focal(choice_logs(logits, truth, overlapping=False)).mean()
    foreground = dice(logits.softmax(dim=1)[:, 1:], truth[:, 1:], known[:, 1:], is_squared=False, smooth=1.0)
    torch.testing.assert_close(value, 0.5 * each_pixel + 0.5 * foreground)
