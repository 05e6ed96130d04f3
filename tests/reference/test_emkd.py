"""Our blocks against the code of EMKD."""

import pytest
import torch

from napari_kdland.engine.distillation.base_losses.regions import choice_logs, dice, focal, focal_dice
from napari_kdland.engine.distillation.terms.attention_map import attention_map
from napari_kdland.engine.distillation.terms.pixel_kl import pixel_kl
from napari_kdland.engine.distillation.terms.region_affinity import affinity, region_affinity
from tests.reference.published import Case, holds


def prediction_maps(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    return pixel_kl(student, teacher, None, overlapping=False, inverse_temperature=1 / temperature)


def known(logits: torch.Tensor) -> torch.Tensor:
    return torch.ones(logits.shape[:2], dtype=logits.dtype)


@holds("emkd.prediction_map_distillation")
def test_pixel_kl_is_prediction_map_distillation(case: Case):
    student = case.student()

    value = prediction_maps(student, case["teacher"], case.parameters["T"])

    case.check_loss(value, student)


@holds("emkd.prediction_map_distillation")
def test_one_sigmoid_channel_is_prediction_map_distillation_of_two_classes(case: Case):
    student, temperature = case.student(), case.parameters["T"]
    one, other = (logits[:, 1:] - logits[:, :1] for logits in (student, case["teacher"]))

    value = pixel_kl(one, other, None, overlapping=True, inverse_temperature=1 / temperature)

    case.check_loss(value, student)


@holds("emkd.prediction_map_distillation", use="do_not_match")
def test_with_three_classes_pixel_kl_stays_a_mean_over_pixels(case: Case):
    value = prediction_maps(case["student"], case["teacher"], case.parameters["T"])

    assert value.item() == pytest.approx(1.5 * case.outputs["value"].item(), rel=1e-5)


@holds("emkd.importance_maps_distillation")
def test_attention_map_is_importance_maps_distillation(case: Case):
    student = case.student()

    value = attention_map(student, case["teacher"], exponent=case.parameters["exp"])

    case.check_loss(value, student)


@holds("emkd.region_affinity_distillation")
def test_region_affinity_of_two_regions_is_region_affinity_distillation(case: Case):
    student = case.student()

    value = region_affinity(student, case["teacher"], case["mask_onehot"])

    case.check_loss(value, student)


@holds("emkd.region_affinity_distillation")
def test_affinities_are_the_contrasts_of_region_affinity_distillation(case: Case):
    for side in ("student", "teacher"):
        cosines, _ = affinity(case[side], case["mask_onehot"])

        case.check(f"contrast_{side}", cosines[:, 0, 1])


@holds("emkd.region_affinity_distillation", use="do_not_match")
def test_an_image_that_is_all_foreground_gives_a_number(case: Case):
    student = case.student()

    value = region_affinity(student, case["teacher"], case["mask_onehot"])
    value.backward()

    assert case.outputs["value"].isnan()
    assert value.isfinite()
    assert student.grad.isfinite().all()


@holds("emkd.calc_loss")
def test_focal_and_dice_are_calc_loss(case: Case):
    logits, masks, share = case.student("logits"), case["mask_onehot"], case.parameters["ce_weight"]

    each = focal(choice_logs(logits, masks, overlapping=False)).mean()
    foreground = logits.softmax(dim=1)[:, 1:]
    overlap = dice(foreground, masks[:, 1:], known(logits)[:, 1:], is_squared=False, smooth=1.0)

    case.check("focal", each)
    case.check("dice_loss", overlap)
    case.check_loss(share * each + (1 - share) * overlap, logits)


@holds("emkd.total_loss")
def test_the_terms_of_the_recipe_add_up_to_the_total_loss(case: Case):
    parts, masks = case.parameters, case["mask_onehot"]
    taps = [(case[f"student_{tap}"], case[f"teacher_{tap}"]) for tap in ("low", "high")]

    supervised = focal_dice(case["student_logits"], masks, known(masks), overlapping=False)
    maps = prediction_maps(case["student_logits"], case["teacher_logits"], parts["T"])
    importance = sum(attention_map(*tap, exponent=parts["exp"]) for tap in taps)
    affinities = sum(region_affinity(*tap, masks) for tap in taps)

    for name, value in {"seg": supervised, "pmd": maps, "imd": importance, "rad": affinities}.items():
        case.check(name, value)
    total = supervised + parts["alpha"] * maps + parts["beta1"] * importance + parts["beta2"] * affinities
    case.check("value", total)
