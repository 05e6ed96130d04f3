"""Our blocks against published semi-supervised learning: ramps, consistency, thresholds, region losses."""

import math

import torch
from torch.nn import functional

from napari_kdland.engine.distillation.answers import Wanted, combined, region_probabilities
from napari_kdland.engine.distillation.base import Answer, TeacherOutput
from napari_kdland.engine.distillation.base_losses.regions import dice
from napari_kdland.engine.distillation.schedules.constant import constant
from napari_kdland.engine.distillation.schedules.cosine_decay import cosine_decay
from napari_kdland.engine.distillation.schedules.linear_ramp import linear_ramp
from napari_kdland.engine.distillation.schedules.sigmoid_ramp import sigmoid_ramp
from napari_kdland.engine.distillation.terms.feature_mse import feature_mse
from napari_kdland.engine.distillation.terms.pixel_consistency import pixel_differences
from napari_kdland.engine.distillation.terms.pixel_cross_entropy import likeliest
from napari_kdland.engine.distillation.terms.pixel_kl import pixel_kl
from napari_kdland.engine.distillation.terms.pixels import choice_logs
from napari_kdland.engine.distillation.terms.probability_mse import probability_mse
from napari_kdland.engine.distillation.terms.pyramid import mean_logs, rectified
from napari_kdland.engine.distillation.weightings.threshold import threshold
from napari_kdland.engine.distillation.weightings.uncertainty import region_entropy
from napari_kdland.recipes.model import SchedulePart, WeightingPart
from tests.reference.published import Case, holds

FULL = SchedulePart(ramp=1.0)


def flat(logits: torch.Tensor) -> torch.Tensor:
    """Give maps of any number of dimensions as maps of two."""
    return logits.flatten(3) if logits.ndim > 4 else logits


@holds("ssl.sigmoid_rampup")
def test_the_sigmoid_ramp_is_the_published_one(case: Case):
    length = case.parameters["rampup_length"]

    # A ramp without length is no ramp.
    values = [sigmoid_ramp(at / length, FULL) if length else constant(at, FULL) for at in case["current"].tolist()]

    case.check("value", torch.tensor(values, dtype=torch.float64))


@holds("ssl.linear_rampup")
def test_the_linear_ramp_is_the_published_one(case: Case):
    length = case.parameters["rampup_length"]

    values = [linear_ramp(at / length, FULL) for at in case["current"].tolist()]

    case.check("value", torch.tensor(values, dtype=torch.float64))


@holds("ssl.cosine_rampdown")
def test_the_cosine_decay_is_the_published_one(case: Case):
    length = case.parameters["rampdown_length"]

    values = [cosine_decay(at / length, FULL) for at in case["current"].tolist()]

    case.check("value", torch.tensor(values, dtype=torch.float64))


@holds("ssl.consistency_weight")
def test_the_sigmoid_ramp_read_once_a_unit_is_the_published_staircase(case: Case):
    parts = case.parameters
    units = [step // parts["iterations_per_unit"] for step in case["iter_num"].long().tolist()]

    values = [parts["consistency"] * sigmoid_ramp(unit / parts["consistency_rampup"], FULL) for unit in units]

    case.check("value", torch.tensor(values, dtype=torch.float64))


@holds("ssl.softmax_mse")
def test_probability_mse_is_half_a_sum_where_softmax_mse_is_a_mean(case: Case):
    student = case.student()

    value = probability_mse(student, case["teacher"].softmax(dim=1), None, overlapping=False)

    case.check_loss(value * 2 / student.shape[1], student)


def passes(case: Case) -> TeacherOutput:
    """Give what a teacher says that is asked several times."""
    logits = [flat(each) for each in case["teacher_passes_logits"]]
    answers = [Answer(each.new_zeros(len(each), 0, 1, 1), each, {}) for each in logits]
    return combined(answers, sigma=1.0, overlapping=False, wanted=Wanted())


@holds("ssl.uamt_consistency", "ssl.uamt_consistency_3d", whole=False)
def test_the_mean_of_several_passes_is_the_published_one(case: Case):
    mean = region_probabilities(passes(case).regions, overlapping=False)

    case.check("mean_prob", mean.view_as(case.outputs["mean_prob"]))


@holds("ssl.uamt_consistency", "ssl.uamt_consistency_3d")
def test_probability_mse_below_a_rising_threshold_is_the_masked_consistency(case: Case):
    parts, student = case.parameters, case.student("student_logits")
    # Ours is a share of the largest entropy; theirs is 0.75 to 1 times ln 2 for any number of classes.
    largest = math.log(2) / math.log(parts["num_classes"])
    rising = WeightingPart(kind="threshold", region_threshold=0.75 * largest, region_threshold_rise=0.25 * largest)

    progress = parts["iter_num"] / parts["max_iterations"]
    weights = threshold(passes(case), part=rising, stride=2, progress=progress, overlapping=False)
    value = probability_mse(
        flat(student), flat(case["teacher_logits"]).softmax(dim=1), weights.region_pixels, overlapping=False
    )

    case.check("mask", weights.region_pixels.view_as(case.outputs["mask"]))
    case.check_loss(value, student)


@holds("ssl.entropy")
def test_the_entropy_of_regions_is_the_published_one_as_a_share(case: Case):
    logits = case["prob"].double().clamp_min(1e-300).log()
    said = TeacherOutput(logits.new_zeros(len(logits), 0, 1, 1), 1.0, logits)

    share = region_entropy(said, overlapping=False)

    case.check("entropy_loss_map", share)
    case.check("entropy_loss", share.mean())
    case.check("entropy_map", share * math.log(case.parameters["C"]))


@holds("ssl.fixmatch_pseudo_label")
def test_what_is_not_sure_is_ignored_and_no_background(case: Case):
    said = TeacherOutput(case["weak_logits"].new_zeros(2, 0, 1, 1), 1.0, case["weak_logits"])
    sure = WeightingPart(kind="threshold", measure="peak", region_threshold=case.parameters["conf_thresh"])

    weights = threshold(said, part=sure, stride=2, progress=0.0, overlapping=False)
    labels = likeliest(region_probabilities(said.regions, overlapping=False), overlapping=False)
    labels = labels[:, 0].where(weights.region_pixels[:, 0] > 0, -1)

    case.check("textbook_label_or_minus1", labels)


@holds("ssl.softmax_kl")
def test_pixel_kl_is_softmax_kl(case: Case):
    student = case.student()

    value = pixel_kl(student, case["teacher"], None, overlapping=False)

    case.check("ssl4mis_value", value / student.shape[1])
    case.check_loss(value, student)


@holds("ssl.symmetric_mse")
def test_feature_mse_is_the_symmetric_mse(case: Case):
    student = case.student()

    case.check_loss(feature_mse(student, case["teacher"]), student)


@holds("ssl.ssl4mis_dice")
def test_dice_is_that_of_ssl4mis(case: Case):
    student = case.student("prob")
    masks = functional.one_hot(case["label"][:, 0].long(), student.shape[1]).movedim(-1, 1)
    known = torch.ones(masks.shape[:2], dtype=student.dtype)

    case.check_loss(dice(student, masks, known, is_squared=True, smooth=1e-5), student)


@holds("ssl.urpc_main_term")
def test_pixel_consistency_of_one_level_is_the_published_term(case: Case):
    main = case.student("logits_main")
    levels = [main, *(case[f"logits_aux{number}"] for number in (1, 2, 3))]

    logs = [choice_logs(each, overlapping=False) for each in levels]
    middle = mean_logs(logs)
    off, difference = pixel_differences(logs[0], middle)
    value = rectified(off, difference, torch.ones_like(off))

    case.check("exp_variance", torch.exp(-off))
    case.check_loss(value, main, grads=("grad_main",))
