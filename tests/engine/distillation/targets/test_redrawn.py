import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import TeacherOutput
from napari_kdland.engine.distillation.targets.redrawn import answered_points, gaussian, hard
from napari_kdland.recipes.model import TargetPart
from tests.engine.distillation.factories import an_output

HEATMAP, ANSWERS = TargetPart(points="heatmap"), TargetPart(points="answers")

inner = st.floats(10, 21)


def with_answers(output: TeacherOutput, point: tuple[float, float], between: list[list[float]]) -> TeacherOutput:
    spread = {"points": torch.tensor([[point]]), "between": torch.tensor([[between]])}
    return TeacherOutput(output.log_probabilities, output.sigma, output.regions, **spread)


def an_ellipse(yy: float, xx: float, xy: float) -> TeacherOutput:
    """Of a teacher whose one heatmap is a Gaussian of this covariance at (15, 16)."""
    precision = torch.linalg.inv(torch.tensor([[yy, xy], [xy, xx]]))
    off = torch.stack(torch.meshgrid(torch.arange(32.0) - 15, torch.arange(32.0) - 16, indexing="ij"), dim=-1)
    logits = -0.5 * torch.einsum("hwi,ij,hwj->hw", off, precision, off)[None, None]
    return TeacherOutput(heatmaps.log_softmax(logits), 1.0, logits[:, :0])


@settings(max_examples=30)
@given(inner, inner, st.floats(2, 4), st.floats(1.5, 2.5))
def test_a_hard_target_is_what_a_readers_point_would_get(y: float, x: float, width: float, sigma: float):
    target = hard(an_output((y, x), width=width), part=HEATMAP, sigma=sigma)

    reader = heatmaps.encode(torch.tensor([[[y, x]]]), (32, 32), sigma)
    torch.testing.assert_close(target.exp(), reader / reader.sum(), atol=1e-3, rtol=0)


@settings(max_examples=30)
@given(inner, inner)
def test_a_target_drawn_anew_says_the_teachers_point(y: float, x: float):
    output = an_output((y, x), width=3.0)

    for redrawn in (hard, gaussian):
        point = heatmaps.decode(redrawn(output, part=HEATMAP, sigma=2.0).exp(), 2.0).points
        torch.testing.assert_close(point, torch.tensor([[[y, x]]]), atol=0.05, rtol=0)


def test_a_gaussian_is_as_much_wider_than_the_students_as_the_teacher_is_than_its_own():
    output = an_output((15, 16), sigma=1.0, width=3.0)

    _, covariance = heatmaps.moments(gaussian(output, part=HEATMAP, sigma=2.0).exp())

    # The student's own 2^2, and of the teacher's 3^2 what its targets' 1^2 do not explain.
    torch.testing.assert_close(covariance[0, 0], torch.eye(2) * (4 + 9 - 1), atol=0.5, rtol=0)


def test_a_gaussian_keeps_the_direction_in_which_the_teacher_is_unsure():
    _, covariance = heatmaps.moments(gaussian(an_ellipse(9.0, 3.0, 2.0), part=HEATMAP, sigma=1.5).exp())

    expected = torch.tensor([[9.0, 2.0], [2.0, 3.0]]) + (1.5**2 - 1) * torch.eye(2)
    torch.testing.assert_close(covariance[0, 0], expected, atol=0.4, rtol=0)


@settings(max_examples=20)
@given(st.floats(0.7, 2.0))
def test_a_teacher_surer_than_its_targets_gets_the_students_own_width(width: float):
    output = an_output((15, 16), sigma=2.0, width=width)

    target = gaussian(output, part=HEATMAP, sigma=2.5)

    torch.testing.assert_close(target.exp(), hard(output, part=HEATMAP, sigma=2.5).exp(), atol=2e-3, rtol=0)


def test_answers_that_disagree_widen_the_students_own_gaussian_by_that():
    output = with_answers(an_output((15, 16), width=5.0), (14.0, 17.0), [[9.0, 1.0], [1.0, 2.0]])

    mean, covariance = heatmaps.moments(gaussian(output, part=ANSWERS, sigma=2.0).exp())

    torch.testing.assert_close(mean[0, 0], torch.tensor([14.0, 17.0]), atol=0.05, rtol=0)
    torch.testing.assert_close(covariance[0, 0], torch.tensor([[13.0, 1.0], [1.0, 6.0]]), atol=0.3, rtol=0)


@pytest.mark.parametrize(("part", "expected"), [(HEATMAP, (15.0, 16.0)), (ANSWERS, (14.0, 17.0))])
def test_the_point_is_the_maps_or_the_mean_of_the_answers(part: TargetPart, expected: tuple[float, float]):
    output = with_answers(an_output((15, 16)), (14.0, 17.0), [[1.0, 0.0], [0.0, 1.0]])

    torch.testing.assert_close(answered_points(output, part)[0, 0], torch.tensor(expected), atol=0.02, rtol=0)


def test_a_single_answer_is_decoded_whatever_the_recipe_says():
    point = answered_points(an_output((15.25, 16.5)), ANSWERS)

    torch.testing.assert_close(point[0, 0], torch.tensor([15.25, 16.5]), atol=0.02, rtol=0)


@pytest.mark.parametrize("redrawn", [hard, gaussian])
def test_a_teacher_that_knows_nothing_at_all_gives_finite_targets(redrawn):
    even = torch.full((1, 1, 32, 32), -math.log(1024))

    target = redrawn(TeacherOutput(even, 2.0, even[:, :0]), part=HEATMAP, sigma=2.0)

    assert target.isfinite().all()
    torch.testing.assert_close(target.exp().sum(), torch.tensor(1.0))
