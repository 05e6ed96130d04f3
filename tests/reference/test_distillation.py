"""Our blocks against published distillation losses; what differs is a constant factor, the weight of a recipe."""

import math

import pytest
import torch
from torch.nn import functional

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import Weights
from napari_kdland.engine.distillation.base_losses.adaptive_wing import adaptive_wing
from napari_kdland.engine.distillation.base_losses.learned_sigma import priced_difference
from napari_kdland.engine.distillation.terms.attention_map import attention_distances, attention_map
from napari_kdland.engine.distillation.terms.channel_kl import channel_kl
from napari_kdland.engine.distillation.terms.feature_kl import feature_kl
from napari_kdland.engine.distillation.terms.feature_mse import feature_mse
from napari_kdland.engine.distillation.terms.heatmap_js import heatmap_js
from napari_kdland.engine.distillation.terms.heatmap_mse import heatmap_mse
from napari_kdland.engine.distillation.terms.image_affinity import image_affinity
from napari_kdland.engine.distillation.terms.pairwise_affinity import pairwise_affinity
from napari_kdland.engine.distillation.terms.pixel_cross_entropy import pixel_cross_entropy
from napari_kdland.engine.distillation.terms.pixel_kl import pixel_kl
from napari_kdland.engine.distillation.terms.prototype_similarity import prototype_similarity
from napari_kdland.engine.distillation.terms.spatial_kl import spatial_kl
from tests.reference.published import Case, holds

SIGMA = 2.0


def equal(maps: torch.Tensor) -> Weights:
    return Weights(torch.ones(maps.shape[:2], dtype=maps.dtype))


def classes(student: torch.Tensor, teacher: torch.Tensor, *, temperature: float = 1.0) -> torch.Tensor:
    return pixel_kl(student, teacher, None, overlapping=False, inverse_temperature=1 / temperature)


def space(student: torch.Tensor, teacher: torch.Tensor, *, b: float = 1.0, weights: Weights | None = None):
    return spatial_kl(student, teacher, weights or equal(student), inverse_temperature=b)


def adapted(case: Case, student: torch.Tensor) -> torch.Tensor:
    return functional.conv2d(student, case["conv_weight"], case.inputs.get("conv_bias"))


@holds("distillation.cirkd_kd")
def test_pixel_kl_is_the_kd_of_cirkd(case: Case):
    student = case.student()

    case.check_loss(classes(student, case["teacher"], temperature=case.parameters["temperature"]), student)


@holds("distillation.torchdistiller_kd", use="contrast")
def test_pixel_kl_keeps_the_factor_that_torchdistiller_drops(case: Case):
    temperature, n_channels = case.parameters["temperature"], case["student"].shape[1]
    student = case.student()

    value = classes(student, case["teacher"], temperature=temperature) / (temperature**2 * n_channels)

    case.check_loss(value, student)


@holds("distillation.cwd_spatial_kl")
def test_pixel_kl_is_the_spatial_form_of_channel_wise_distillation(case: Case):
    student = case.student()

    case.check_loss(classes(student, case["teacher"], temperature=case.parameters["temperature"]), student)


@holds("distillation.cwd_spatial_kl")
def test_feature_kl_is_a_sum_where_the_spatial_form_is_a_mean(case: Case):
    student = case.student()

    value = feature_kl(student, case["teacher"], inverse_temperature=1 / case.parameters["temperature"])

    case.check_loss(value / student[0, 0].numel(), student)


@holds("distillation.cwd_channel_kl")
def test_spatial_kl_is_channel_wise_distillation(case: Case):
    student = case.student()

    case.check_loss(space(student, case["teacher"], b=1 / case.parameters["temperature"]), student)


@holds("distillation.cwd_channel_kl")
def test_channel_kl_is_channel_wise_distillation_of_features(case: Case):
    student = case.student()

    value = channel_kl(student, case["teacher"], inverse_temperature=1 / case.parameters["temperature"])

    case.check_loss(value, student)


@holds("distillation.mmrazor_cwd")
def test_spatial_kl_is_that_of_mmrazor(case: Case):
    student = case.student()

    value = case.parameters["loss_weight"] * space(student, case["teacher"], b=1 / case.parameters["tau"])

    case.check_loss(value, student)


@holds("distillation.cwd_peaked")
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_spatial_kl_stays_finite_on_peaked_maps(case: Case, dtype: torch.dtype):
    student = case["student"].to(dtype).requires_grad_()

    # The maps stand as multiplied by b already.
    value = space(student, case["teacher"].to(dtype), b=1 / case.parameters["tau"])

    case.check_loss(value, student)


@holds("distillation.cwd_adapter", use="contrast")
def test_channel_kl_behind_an_adapter_is_a_mean_over_the_channels_that_it_sums(case: Case):
    student = case.student()
    n_student, n_teacher = student.shape[1], case["teacher"].shape[1]

    value = channel_kl(adapted(case, student), case["teacher"], inverse_temperature=1 / case.parameters["temperature"])

    # Published: the sum over the teacher's channels, divided by the number of the student's.
    case.check_loss(value * n_teacher / n_student, student)


@holds("distillation.skd_pairwise")
def test_pairwise_affinity_is_structured_distillation(case: Case):
    student = case.student()

    case.check_loss(pairwise_affinity(student, case["teacher"]), student)


@holds("distillation.cirkd_at", "distillation.torchdistill_at_code")
def test_attention_map_is_a_sum_where_attention_transfer_is_a_mean(case: Case):
    student = case.student()

    value = attention_map(student, case["teacher"], exponent=2)

    case.check_loss(value / student[0, 0].numel(), student)


@holds("distillation.torchdistill_at_paper")
def test_the_root_of_each_distance_is_attention_transfer_as_its_paper_has_it(case: Case):
    student = case.student()

    value = attention_distances(student, case["teacher"], exponent=2).sqrt().mean()

    case.check_loss(value, student)


@holds("distillation.fitnet")
def test_feature_mse_behind_an_adapter_is_fitnet(case: Case):
    student = case.student()

    case.check_loss(feature_mse(adapted(case, student), case["teacher"]), student)


@holds("distillation.mmpose_fealoss")
def test_feature_mse_is_the_feature_loss_of_dwpose_but_for_its_scale(case: Case):
    student = case.student()
    same_channels = adapted(case, student) if "conv_weight" in case.inputs else student

    value = feature_mse(same_channels, case["teacher"])

    case.check_loss(case.parameters["alpha_fea"] * case["teacher"][0].numel() * value, student)


@holds("distillation.cirkd_minibatch")
def test_image_affinity_is_cross_image_distillation(case: Case):
    student = case.student()

    value = image_affinity(student, case["teacher"], inverse_temperature=1 / case.parameters["temperature"])

    case.check_loss(value, student)


@holds("distillation.torchdistiller_ifv")
def test_prototype_similarity_is_intra_class_variation_distillation(case: Case):
    student = case.student()
    regions = functional.one_hot(case["label"].long(), case.parameters["classes"]).movedim(-1, 1)

    case.check_loss(prototype_similarity(student, case["teacher"], regions), student)


@holds("distillation.okdhp_joints_kld")
def test_spatial_kl_is_that_of_okdhp_but_for_its_scale(case: Case):
    student, weights = case.student(), case["target_weight"].squeeze(-1)

    value = space(student, case["teacher"], weights=Weights(weights))

    # OKDHP sums over joints, hidden ones being 0, and divides by images and pixels.
    case.check_loss(value * weights.sum() / len(student) / student[0, 0].numel(), student)


@holds("distillation.mmpose_kdloss")
def test_spatial_kl_of_one_dimensional_maps_is_that_of_dwpose_but_for_its_scale(case: Case):
    b, weight = case.parameters["beta"], case.parameters["weight"]
    students = case.student("student_x"), case.student("student_y")

    axes = zip(students, (case["teacher_x"], case["teacher_y"]), strict=True)
    value = sum(space(student[:, :, None], teacher[:, :, None], b=b) for student, teacher in axes)

    # DWPose has no 1 / beta^2 and adds the two axes.
    case.check_loss(weight * b**2 * value, *students, grads=("grad_student_x", "grad_student_y"))


@holds("distillation.mmpose_simcc_kl")
def test_spatial_kl_of_one_dimensional_maps_is_that_of_simcc_but_for_its_scale(case: Case):
    parts, weights = case.parameters, case["target_weight"].clone()
    students = case.student("pred_x"), case.student("pred_y")
    if parts["mask"] is not None:
        weights[:, parts["mask"]] *= parts["mask_weight"]

    value = torch.zeros((), dtype=torch.float64)
    for student, labels in zip(students, (case["label_x"], case["label_y"]), strict=True):
        # Labels that are no logits are distributions; b is taken off again what spatial_kl multiplies by.
        teacher = labels * parts["label_beta"] if parts["label_softmax"] else labels.log()
        both = (student * parts["beta"])[:, :, None], teacher[:, :, None]
        # The mean over bins, summed over images, is divided by the number of joints only.
        scale = weights.sum() / student.shape[-1] / student.shape[1]
        value = value + scale * space(*both, weights=Weights(weights))

    case.check_loss(value, *students, grads=("grad_pred_x", "grad_pred_y"))


def as_mean_over_pixels(drawn: torch.Tensor, weights: torch.Tensor) -> float:
    """Factor from the sum over space / (pi sigma^2), mean over what has weight, to the mean over all there is."""
    return float(weights.sum() / weights.numel() * math.pi * SIGMA**2 / drawn[0, 0].numel())


def visible(case: Case, *, used: bool) -> torch.Tensor:
    weights = case["target_weight"].reshape(case["target"].shape[:2])
    return weights if used else torch.ones_like(weights)


@holds("distillation.joints_mse", "distillation.mmpose_keypoint_mse")
def test_the_squared_difference_is_a_sum_where_published_ones_are_means(case: Case):
    student, weights = case.student(), visible(case, used=case.parameters["use_target_weight"])
    half = 0.5 if case.name.startswith("joints_mse") else 1.0

    value = heatmaps.squared_difference(student, case["target"], weights, sigma=SIGMA)

    case.check_loss(half * as_mean_over_pixels(student, weights) * value, student)


@holds("distillation.fpd_total")
def test_labels_and_teacher_by_heatmap_mse_are_fast_pose_distillation(case: Case):
    student, weights = case.student("student_stacks"), visible(case, used=True)
    scale, alpha = 0.5 * as_mean_over_pixels(case["target"], weights), case.parameters["alpha"]

    labels, teacher = torch.zeros(2, dtype=torch.float64)
    for stack in student:
        labels = labels + scale * heatmaps.squared_difference(stack, case["target"], weights, sigma=SIGMA)
        teacher = teacher + scale * heatmap_mse(stack, case["teacher"], Weights(weights), sigma=SIGMA)

    case.check("pose_loss", labels)
    case.check("kd_pose_loss", teacher)
    case.check_loss((1 - alpha) * labels + alpha * teacher, student)


@holds("distillation.mmpose_adaptive_wing", "distillation.landmarker_adaptive_wing")
def test_adaptive_wing_is_a_sum_where_published_ones_are_means(case: Case):
    curve = {name: case.parameters[name] for name in ("alpha", "omega", "epsilon", "theta")}
    student, weights = case.student(), torch.ones(case["target"].shape[:2], dtype=torch.float64)
    if case.parameters.get("use_target_weight"):
        weights = case["target_weight"]

    value = adaptive_wing(student, case["target"], weights, sigma=SIGMA, **curve)

    case.check_loss(as_mean_over_pixels(student, weights) * value, student)


@holds("distillation.landmarker_nll")
def test_the_spatial_cross_entropy_is_the_likelihood_of_landmarker(case: Case):
    logits = case.student("student_logits")

    value = heatmaps.spatial_cross_entropy(logits, case["target"], equal(logits).landmarks)

    case.check_loss(value, logits)


@holds("distillation.mmpose_js")
def test_heatmap_js_is_a_mean_over_landmarks_where_the_published_one_is_a_sum(case: Case):
    student = case.student()

    value = heatmap_js(student.log(), case["target"].log(), equal(student))

    case.check_loss(value * student.shape[1], student)


@holds("distillation.landmarker_learned_sigma_l2")
def test_learned_sigma_is_that_of_landmarker_but_for_its_scale(case: Case):
    student, weights = case.student(), equal(case["target"]).landmarks
    areas = case["sigmas"].prod(-1) / SIGMA**2

    value = priced_difference(
        student, case["target"], areas, weights, sigma=SIGMA, penalty=case.parameters["alpha"] / math.pi
    )

    # Theirs is summed over landmarks and not divided.
    case.check_loss(value * math.pi * SIGMA**2 * student.shape[1], student)


@holds("distillation.torchdistill_kd")
def test_cross_entropy_and_pixel_kl_are_the_kd_of_torchdistill(case: Case):
    parts, student = case.parameters, case.student()
    n, n_classes = student.shape[:2]
    pixels = student.numel() // (n * n_classes)
    shape = (n, n_classes, 1, pixels)
    labels = functional.one_hot(case["label"].reshape(n, 1, pixels).long(), n_classes).movedim(-1, 1)

    entropy = pixel_cross_entropy(student.view(shape), labels, None, overlapping=False)
    divergence = classes(student.view(shape), case["teacher"].view(shape), temperature=parts["temperature"])
    # "batchmean" divides by images, "mean" by classes as well.
    divergence = divergence * pixels if parts["reduction"] == "batchmean" else divergence / n_classes
    if parts["targets_given"] and parts["alpha"]:
        beta = 1 - parts["alpha"] if parts["beta"] is None else parts["beta"]
        value = parts["alpha"] * entropy + beta * divergence
    else:
        # Without labels the published loss drops beta and T^2.
        value = divergence / parts["temperature"] ** 2

    case.check_loss(value, student)
