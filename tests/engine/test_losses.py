import pytest
import torch

from napari_kdland.engine.batches import Batch
from napari_kdland.engine.losses import RecipeLoss, presence_loss
from napari_kdland.engine.networks.heatmap_unet import NetworkOutput
from napari_kdland.errors import RecipeError
from napari_kdland.recipes import Recipe
from tests.engine.distillation.factories import a_member
from tests.engine.factories import a_recipe, noise

NAN = float("nan")
TERM = {"loss": "spatial-kl", "where": "all"}


def a_batch(*, points: torch.Tensor | None = None, presence: float = 1.0, n: int = 4) -> Batch:
    """Two labelled and two unlabelled images of 64 px, two landmarks each."""
    known = torch.full((2, 2, 2), 30.0) if points is None else points
    return Batch(noise(n, 1, 64, 64), known, torch.ones(2, 2), torch.full((2, 2), presence), 2)


def an_answer(n: int = 4) -> NetworkOutput:
    return NetworkOutput(noise(n, 2, 32, 32).requires_grad_(), noise(n, 2), {})


def a_kd_recipe(*terms: dict, unlabelled: int = 2) -> Recipe:
    values = a_recipe("kd", f"training.unlabelled_batch={unlabelled}").model_dump(mode="json")
    return Recipe.model_validate({**values, "terms": list(terms)})


def a_loss(recipe: Recipe) -> RecipeLoss:
    return RecipeLoss(recipe, [a_member(noise(2, 32, 32, seed=9)) for _ in range(recipe.teacher.count)])


def gradient(loss: RecipeLoss, batch: Batch, progress: float = 0.5) -> torch.Tensor:
    output = an_answer(len(batch.images))
    loss(output, batch, progress).sum().backward()
    assert output.logits.grad is not None
    return output.logits.grad


def test_parts_come_by_name():
    loss = a_loss(a_kd_recipe(TERM))

    assert loss.names == ("supervised", "presence", "spatial-kl")
    assert loss(an_answer(), a_batch(), 0.5).shape == (3,)


def test_two_terms_of_one_kind_keep_names_of_their_own():
    assert a_loss(a_kd_recipe(TERM, TERM)).names[2:] == ("spatial-kl 1", "spatial-kl 2")


@pytest.mark.parametrize(("where", "rows"), [("labelled", [0, 1]), ("unlabelled", [2, 3]), ("all", [0, 1, 2, 3])])
def test_a_term_is_taken_where_the_recipe_says(where: str, rows: list[int]):
    other = {**TERM, "where": "all", "weight": 0.0}
    distilled = gradient(a_loss(a_kd_recipe({**TERM, "where": where}, other)), a_batch())

    without = gradient(a_loss(a_kd_recipe({**TERM, "weight": 0.0})), a_batch())

    changed = (distilled - without).flatten(1).abs().sum(1) > 1e-6
    assert changed.nonzero().flatten().tolist() == rows


def test_terms_on_different_images_share_one_look_of_the_teacher():
    apart = a_loss(a_kd_recipe({**TERM, "where": "labelled"}, {**TERM, "where": "unlabelled"}))
    together = a_loss(a_kd_recipe(TERM))

    labelled, unlabelled = apart(an_answer(), a_batch(), 0.5)[2:]

    torch.testing.assert_close((labelled + unlabelled) / 2, together(an_answer(), a_batch(), 0.5)[2])


def test_a_term_grows_with_its_weight_and_schedule():
    ramp = {"kind": "sigmoid-ramp", "ramp": 0.5}
    full = a_loss(a_kd_recipe(TERM))(an_answer(), a_batch(), 0.25)[2]

    scheduled = a_loss(a_kd_recipe({**TERM, "weight": 3.0, "schedule": ramp}))(an_answer(), a_batch(), 0.25)[2]

    torch.testing.assert_close(scheduled, 3 * 0.2865048 * full)


def test_a_term_without_weight_needs_no_unlabelled_images_and_no_teacher():
    loss = RecipeLoss(a_kd_recipe({**TERM, "weight": 0.0}), [])

    assert not loss.needs_unlabelled(0.5)
    assert loss(an_answer(), a_batch(), 0.5)[2] == 0


def test_landmarks_that_left_the_frame_teach_nothing():
    outside = torch.tensor([[[-3.0, 30.0], [30.0, 30.0]], [[30.0, 66.0], [30.0, 30.0]]])

    taught = gradient(a_loss(a_recipe()), a_batch(points=outside, n=2))

    assert taught[:, 0].abs().sum() == 0
    assert taught[:, 1].abs().sum() > 0


def test_landmarks_that_left_the_frame_say_nothing_of_presence():
    outside = torch.full((2, 2, 2), 70.0)

    assert a_loss(a_recipe())(an_answer(2), a_batch(points=outside, n=2), 0.5)[1] == 0


def test_absent_landmarks_teach_presence():
    nowhere = torch.full((2, 2, 2), NAN)
    output = NetworkOutput(noise(2, 2, 32, 32), torch.zeros(2, 2), {})

    parts = a_loss(a_recipe("supervised", "training.presence_weight=0.5"))(
        output, a_batch(points=nowhere, presence=0.0, n=2), 0.5
    )

    assert parts.tolist() == pytest.approx([0, 0.5 * 0.693147])


def test_presence_is_learnt_only_where_it_is_known():
    logits = torch.zeros(1, 3).requires_grad_()

    presence_loss(logits, torch.tensor([[1.0, NAN, 0.0]])).backward()

    assert logits.grad is not None
    assert logits.grad.tolist() == [[-0.25, 0, 0.25]]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"terms": [{"loss": "spatial-lk"}]}, r"no loss term 'spatial-lk'. There are: spatial-kl, heatmap-mse"),
        ({"terms": [{"loss": "spatial-kl", "schedule": {"kind": "up"}}]}, r"no schedule 'up'. There are: constant"),
        ({"target": {"kind": "firm"}}, r"no target 'firm'. There are: soft"),
        ({"weighting": {"kind": "trust"}}, r"no weighting 'trust'. There are: none, confidence"),
    ],
)
def test_a_block_that_does_not_exist_is_answered_with_those_that_do(setting: dict, message: str):
    recipe = Recipe.model_validate({**a_recipe("kd").model_dump(mode="json"), **setting})

    with pytest.raises(RecipeError, match=rf"The recipe kd cannot be used: There is {message}"):
        RecipeLoss(recipe, [])
