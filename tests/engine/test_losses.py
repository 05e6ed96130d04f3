from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.batches import Batch
from napari_kdland.engine.distillation.base import TapChannels, TeacherOutput
from napari_kdland.engine.distillation.terms.heatmap_consistency import heatmap_consistency
from napari_kdland.engine.level_heads import LevelHeads
from napari_kdland.engine.losses import RecipeLoss, normalised_entropy, presence_loss
from napari_kdland.engine.networks.base import Heads, Maps, NetworkOutput
from napari_kdland.errors import RecipeError
from napari_kdland.recipes import Recipe
from napari_kdland.recipes.model import HeadsPart, Term
from tests.engine.factories import a_recipe, noise

NAN = float("nan")
TERM = {"loss": "spatial-kl", "where": "all"}


def a_batch(*, points: torch.Tensor | None = None, presence: float = 1.0, n: int = 4, **changes: Any) -> Batch:
    """Two labelled and two unlabelled images of 64 px, two landmarks each; no region is known."""
    values = {
        "images": noise(n, 1, 64, 64),
        "points": torch.full((2, 2, 2), 30.0) if points is None else points,
        "weights": torch.ones(2, 2),
        "presence": torch.full((2, 2), presence),
        "masks": torch.zeros(2, 2, 32, 32),
        "masks_known": torch.zeros(2, 2),
        "rows": np.arange(n),
        "teacher_images": None,
        "to_student": None,
        "is_mirrored": torch.zeros(n, dtype=torch.bool),
    }
    return Batch(**{**values, **changes})


def an_answer(n: int = 4, *, n_landmarks: int = 2, n_regions: int = 0) -> NetworkOutput:
    logits, regions = noise(n, n_landmarks, 32, 32), noise(n, n_regions, 32, 32, seed=3)
    return NetworkOutput(logits.requires_grad_(), noise(n, n_landmarks), regions.requires_grad_())


def a_teacher(n: int = 4, **changes: Any) -> Callable[[slice], TeacherOutput]:
    """Always says the same of the n images of a batch; notes in `asked` which it was asked of."""
    logs = heatmaps.log_softmax(noise(n, 2, 32, 32, seed=9))
    said = TeacherOutput(**{"log_probabilities": logs, "sigma": 2.0, "regions": logs[:, :0], **changes})

    def ask(rows: slice) -> TeacherOutput:
        ask.asked.append(rows)
        values = {name: value[rows] for name, value in vars(said).items() if isinstance(value, torch.Tensor)}
        return replace(said, **values)

    ask.asked = []
    return ask


def a_kd_recipe(*terms: dict, unlabelled: int = 2, **parts: Any) -> Recipe:
    values = a_recipe("kd", f"training.unlabelled_batch={unlabelled}").model_dump(mode="json")
    return Recipe.model_validate({**values, "terms": list(terms), **parts})


def with_regions(**parts: Any) -> dict[str, Any]:
    return {"heads": {"landmarks": True, "regions": True}, **parts}


def a_loss(recipe: Recipe, **options: Any) -> RecipeLoss:
    return RecipeLoss(recipe, 2, **options)


def parts_of(recipe: Recipe, progress: float = 0.5, **said: Any) -> torch.Tensor:
    return a_loss(recipe)(an_answer(), a_batch(), progress, a_teacher(**said))


def gradient(loss: RecipeLoss, batch: Batch, progress: float = 0.5) -> torch.Tensor:
    output = an_answer(len(batch.images))
    loss(output, batch, progress, a_teacher(len(batch.images))).sum().backward()
    assert output.logits.grad is not None
    return output.logits.grad


def test_parts_come_by_name():
    loss = a_loss(a_kd_recipe(TERM))

    assert loss.names == ("supervised", "presence", "spatial-kl")
    assert loss(an_answer(), a_batch(), 0.5, a_teacher()).shape == (3,)


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
    apart, teacher = a_loss(a_kd_recipe({**TERM, "where": "labelled"}, {**TERM, "where": "unlabelled"})), a_teacher()

    labelled, unlabelled = apart(an_answer(), a_batch(), 0.5, teacher)[2:]

    assert teacher.asked == [slice(0, 4)]
    torch.testing.assert_close((labelled + unlabelled) / 2, parts_of(a_kd_recipe(TERM))[2])


def test_the_teacher_is_asked_only_of_the_images_that_a_term_reads():
    loss, teacher = a_loss(a_kd_recipe({**TERM, "where": "unlabelled"})), a_teacher()

    loss(an_answer(), a_batch(), 0.5, teacher)

    assert teacher.asked == [slice(2, 4)]


def test_a_term_grows_with_its_weight_and_schedule():
    ramp = {"kind": "sigmoid-ramp", "ramp": 0.5}
    full = parts_of(a_kd_recipe(TERM), 0.25)[2]

    scheduled = parts_of(a_kd_recipe({**TERM, "weight": 3.0, "schedule": ramp}), 0.25)[2]

    torch.testing.assert_close(scheduled, 3 * 0.2865048 * full)


def test_a_term_without_weight_needs_no_unlabelled_images_and_no_teacher():
    loss = a_loss(a_kd_recipe({**TERM, "weight": 0.0}))

    assert not loss.needs_unlabelled(0.5)
    assert loss(an_answer(), a_batch(), 0.5)[2] == 0


def test_a_term_that_has_not_begun_asks_nobody():
    loss, teacher = a_loss(a_kd_recipe({**TERM, "schedule": {"start": 0.5}})), a_teacher()

    early = loss(an_answer(), a_batch(), 0.4, teacher)

    assert (early[2], teacher.asked, loss.needs_unlabelled(0.4)) == (0, [], False)
    assert loss.needs_unlabelled(0.5)


def test_features_are_asked_for_while_a_term_reads_them():
    feature = {"loss": "attention-map", "where": "all", "taps": ["low", "high"]}
    late = {**feature, "taps": ["high", "bottleneck"], "schedule": {"start": 0.5}}
    channels = TapChannels(*({"low": 8, "high": 16, "bottleneck": 64},) * 2)

    loss = a_loss(a_kd_recipe(feature, late), channels=channels)

    assert loss.taps(0.2) == ("low", "high")
    assert loss.taps(0.7) == ("low", "high", "bottleneck")


@pytest.mark.parametrize(
    "weighting",
    [{"kind": "threshold", "measure": "peak", "threshold": 2.0}, {"kind": "threshold", "threshold": 0.0}],
)
def test_a_teacher_of_whom_nothing_is_sure_enough_costs_exactly_nothing(weighting: dict):
    output, loss = an_answer(), a_loss(a_kd_recipe(TERM, weighting=weighting))

    value = loss(output, a_batch(), 0.5, a_teacher())[2]
    value.backward()

    assert value == 0
    assert output.logits.grad is not None
    assert output.logits.grad.abs().sum() == 0


def test_landmarks_mostly_out_of_the_students_frame_are_not_taught():
    inside = torch.tensor([[0.4, 1.0]] * 4)
    output, loss = an_answer(), a_loss(a_kd_recipe(TERM))

    loss(output, a_batch(), 0.5, a_teacher(inside=inside))[2].backward()

    sizes = output.logits.grad.abs().sum((0, 2, 3))
    assert sizes[0] == 0
    assert sizes[1] > 0


def test_landmarks_partly_out_of_frame_count_by_the_share_that_is_left():
    recipe = a_kd_recipe(TERM)
    alone = [parts_of(recipe, inside=torch.tensor([[float(i == 0), float(i == 1)]] * 4))[2] for i in range(2)]

    both = parts_of(recipe, inside=torch.tensor([[0.8, 1.0]] * 4))[2]

    torch.testing.assert_close(both, (0.8 * alone[0] + alone[1]) / 1.8)


def test_a_hard_target_is_drawn_at_the_teachers_point():
    logs = heatmaps.encode(torch.tensor([[[10.0, 12.0], [20.0, 8.0]]] * 4), (32, 32), 4.0).clamp_min(1e-20).log()
    sharp = heatmaps.encode(torch.tensor([[[10.0, 12.0], [20.0, 8.0]]] * 4), (32, 32), 2.0).clamp_min(1e-20).log()
    said = a_teacher(log_probabilities=heatmaps.log_softmax(logs), sigma=4.0)
    student = an_answer()._replace(logits=sharp)

    value = a_loss(a_kd_recipe(TERM, target={"kind": "hard"}))(student, a_batch(), 0.5, said)[2]

    assert value.item() == pytest.approx(0, abs=1e-3)


def test_the_targets_entropy_is_kept_from_the_first_time_that_it_is_asked_for():
    loss = a_loss(a_kd_recipe(TERM))
    loss(an_answer(), a_batch(), 0.5, a_teacher(log_probabilities=torch.full((4, 2, 32, 32), -np.log(1024.0))))

    loss(an_answer(), a_batch(), 0.5, a_teacher())

    ((reads, share),) = loss.target_entropies.values()
    assert reads == "landmarks"
    assert share.item() == pytest.approx(1)


@settings(max_examples=20)
@given(st.integers(2, 9), st.floats(0.5, 50))
def test_entropy_is_a_share_of_an_even_maps(side: int, sharpness: float):
    even, sure = torch.zeros(2, 3, side, side), torch.full((2, 3, side, side), -1e4)
    sure[..., 0, 0] = 0

    between = normalised_entropy(heatmaps.log_softmax(sharpness * noise(2, 3, side, side)))

    assert normalised_entropy(heatmaps.log_softmax(even)).item() == pytest.approx(1, abs=1e-5)
    assert normalised_entropy(heatmaps.log_softmax(sure)).item() == pytest.approx(0, abs=1e-5)
    assert -1e-6 <= between.item() < 1


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
    output = an_answer(2)._replace(presence=torch.zeros(2, 2))

    parts = a_loss(a_recipe("supervised", "training.presence_weight=0.5"))(
        output, a_batch(points=nowhere, presence=0.0, n=2), 0.5
    )

    assert parts.tolist() == pytest.approx([0, 0.5 * 0.693147])


def test_presence_is_learnt_only_where_it_is_known():
    logits = torch.zeros(1, 3).requires_grad_()

    presence_loss(logits, torch.tensor([[1.0, NAN, 0.0]])).backward()

    assert logits.grad is not None
    assert logits.grad.tolist() == [[-0.25, 0, 0.25]]


def test_the_readers_losses_have_weights_of_their_own():
    masks = {"masks": torch.ones(2, 2, 32, 32), "masks_known": torch.ones(2, 2)}
    plain, heavy = (
        a_loss(a_recipe("supervised", "heads.regions=true", *weights))
        for weights in ((), ("base.weight=3", "base.region_weight=5"))
    )

    once, more = (loss(an_answer(n_regions=2), a_batch(n=2, **masks), 0.5) for loss in (plain, heavy))

    torch.testing.assert_close(more, once * torch.tensor([3.0, 1.0, 5.0]))


def test_a_network_of_regions_alone_has_no_loss_of_landmarks():
    recipe = a_recipe("supervised", "heads.regions=true", "heads.landmarks=false")
    known = a_batch(n=2, masks_known=torch.ones(2, 2))

    parts = a_loss(recipe)(an_answer(2, n_landmarks=0, n_regions=2), known, 0.5)

    assert a_loss(recipe).names == ("regions",)
    assert parts.isfinite().all()


@pytest.mark.parametrize("loss", ["dice-ce", "focal-dice"])
def test_regions_of_which_nothing_is_known_cost_nothing(loss: str):
    output = an_answer(2, n_regions=2)
    known = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    recipe = a_recipe("supervised", "heads.regions=true", f"base.region_loss={loss}")

    a_loss(recipe)(output, a_batch(n=2, masks_known=known), 0.5)[2].backward()

    assert output.regions.grad is not None
    assert output.regions.grad[:, 1].abs().sum() == 0
    assert output.regions.grad[:, 0].abs().sum() > 0


@pytest.mark.parametrize("loss", ["dice-ce", "focal-dice"])
@pytest.mark.parametrize("overlapping", [True, False])
def test_images_without_any_known_region_cost_nothing_at_all(loss: str, overlapping: bool):
    output = an_answer(2, n_regions=3)
    nothing = a_batch(n=2, masks=torch.zeros(2, 3, 32, 32), masks_known=torch.zeros(2, 3))
    recipe = a_recipe("supervised", "heads.regions=true", f"base.region_loss={loss}")

    value = a_loss(recipe, overlapping=overlapping)(output, nothing, 0.5)[2]
    value.backward()

    assert value == 0
    assert output.regions.grad is not None
    assert output.regions.grad.abs().sum() == 0


def test_exclusive_regions_are_one_softmax_and_overlapping_ones_a_sigmoid_each():
    recipe = a_kd_recipe({"loss": "pixel-kl", "where": "all"}, **with_regions())
    student = an_answer(n_regions=3)
    shifted = student._replace(regions=student.regions + 4)
    batch = a_batch(masks=torch.zeros(2, 3, 32, 32), masks_known=torch.zeros(2, 3))
    teacher = a_teacher(regions=student.regions.detach())

    apart, together = (
        a_loss(recipe, overlapping=overlapping)(shifted, batch, 0.5, teacher)[-1] for overlapping in (True, False)
    )

    assert together.item() == pytest.approx(0, abs=1e-5)
    assert apart.item() > 0.1


def test_areas_are_the_readers_where_known_and_the_teachers_elsewhere():
    masks = torch.zeros(2, 2, 32, 32)
    masks[:, :, :8] = 1
    batch = a_batch(masks=masks, masks_known=torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
    teachers = torch.full((4, 2, 32, 32), -5.0)
    teachers[:, :, 20:] = 5
    held = []

    class Probe(torch.nn.Module):
        reads = "features"

        def forward(self, given: Any) -> torch.Tensor:
            held.append(given)
            return given.student.regions.sum() * 0

    loss = a_loss(a_kd_recipe({"loss": "pixel-kl", "where": "all"}, **with_regions()))
    loss._terms[0]._block = Probe()
    loss(an_answer(n_regions=2), batch, 0.5, a_teacher(regions=teachers))

    areas = held[0].areas
    assert torch.equal(areas[0, 1], masks[0, 0])
    assert torch.equal(areas[0, 2], (teachers[0, 1] > 0).float())
    assert torch.equal(areas[3, 1:], (teachers[3] > 0).float())
    assert torch.equal(areas[:, 0], 1 - areas[:, 1:].amax(1))


def test_points_are_the_readers_where_known_and_the_teachers_elsewhere():
    points = torch.tensor([[[30.0, 20.0], [NAN, NAN]], [[10.0, 10.0], [40.0, 40.0]]])
    logs = heatmaps.encode(torch.tensor([[[12.0, 14.0], [20.0, 8.0]]] * 4), (32, 32), 2.0).clamp_min(1e-20).log()
    held = []

    class Probe(torch.nn.Module):
        reads = "features"

        def forward(self, given: Any) -> torch.Tensor:
            held.append(given)
            return given.student.logits.sum() * 0

    taps = {"low": 8, "high": 16, "bottleneck": 64}
    recipe = a_kd_recipe({"loss": "region-affinity", "where": "all", "taps": ["high"]})
    loss = a_loss(recipe, channels=TapChannels(taps, taps))
    loss._terms[0]._block = Probe()
    loss(an_answer(), a_batch(points=points), 0.5, a_teacher(log_probabilities=heatmaps.log_softmax(logs)))

    expected = [[14.75, 9.75], [20, 8], [4.75, 4.75], [19.75, 19.75], [12, 14], [20, 8], [12, 14], [20, 8]]
    torch.testing.assert_close(held[0].points.flatten(0, 1), torch.tensor(expected), atol=0.05, rtol=0)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"terms": [{"loss": "spatial-lk"}]}, r"no loss term 'spatial-lk'. There are: spatial-kl, heatmap-mse"),
        ({"terms": [{"loss": "spatial-kl", "schedule": {"kind": "up"}}]}, r"no schedule 'up'. There are: constant"),
        ({"target": {"kind": "firm"}}, r"no target 'firm'. There are: soft"),
        ({"weighting": {"kind": "trust"}}, r"no weighting 'trust'. There are: none, confidence"),
        ({"base": {"loss": "mse"}}, r"no base loss 'mse'. There are: spatial-cross-entropy"),
        ({"base": {"region_loss": "dice"}}, r"no region loss 'dice'. There are: dice-ce"),
    ],
)
def test_a_block_that_does_not_exist_is_answered_with_those_that_do(setting: dict, message: str):
    recipe = Recipe.model_validate({**a_recipe("kd").model_dump(mode="json"), **setting})

    with pytest.raises(RecipeError, match=rf"The recipe kd cannot be used: There is {message}"):
        RecipeLoss(recipe, 2)


@pytest.mark.parametrize(
    ("term", "needs"),
    [
        ({"loss": "pixel-kl"}, "regions"),
        ({"loss": "region-affinity", "taps": ["low"], "areas": "masks"}, "regions"),
        ({"loss": "spatial-kl"}, "landmarks"),
    ],
)
def test_a_term_that_would_always_be_0_is_refused(term: dict[str, object], needs: str):
    heads = {"landmarks": needs != "landmarks", "regions": needs != "regions"}
    recipe = a_recipe("kd").model_copy(update={"terms": (Term(**term),), "heads": HeadsPart(**heads)})
    channels = TapChannels({"low": 4}, {"low": 4})

    with pytest.raises(RecipeError, match=rf"terms\.0 .* compares {needs}, but heads\.{needs} is false"):
        RecipeLoss(recipe, 2, channels=channels)


LEVELLED = {"base": {"levels": ["up-4", "up-8"]}}


def the_heads() -> LevelHeads:
    return LevelHeads(["up-4", "up-8"], {"up-4": 3, "up-8": 3}, Heads(2))


def levelled(n: int = 4) -> NetworkOutput:
    """An answer with two levels, which say what it says itself but for a factor of 2 and 3."""
    own = an_answer(n)
    return own._replace(levels=tuple(Maps(own.logits * factor, own.regions) for factor in (2, 3)))


def test_levels_learn_the_labels_in_equal_parts():
    loss = a_loss(a_kd_recipe(TERM, **LEVELLED), levels=the_heads())
    output = levelled()

    together = loss(output, a_batch(), 0.5, a_teacher())[0]

    alone = [
        loss(output._replace(logits=each.logits, levels=()), a_batch(), 0.5, a_teacher())[0]
        for each in (output.maps, *output.levels)
    ]
    torch.testing.assert_close(together, torch.stack(alone).mean())
    assert len({round(each.item(), 4) for each in alone}) == 3


def test_levels_learn_the_masks_in_equal_parts():
    loss = a_loss(a_kd_recipe(TERM, **with_regions(), **LEVELLED), levels=the_heads())
    own = an_answer(n_regions=2)
    output = own._replace(levels=tuple(Maps(own.logits, own.regions * factor) for factor in (2, 3)))
    batch = a_batch(masks=torch.ones(2, 2, 32, 32), masks_known=torch.ones(2, 2))
    teacher = a_teacher(regions=noise(4, 2, 32, 32))

    together = loss(output, batch, 0.5, teacher)[2]

    alone = [
        loss(output._replace(regions=each.regions, levels=()), batch, 0.5, teacher)[2]
        for each in (output.maps, *output.levels)
    ]
    torch.testing.assert_close(together, torch.stack(alone).mean())


def test_what_levels_read_is_asked_of_the_network_even_where_no_term_has_weight():
    silent = a_kd_recipe({**TERM, "weight": 0.0}, **LEVELLED)

    assert a_loss(silent, levels=the_heads()).taps(0.5) == ("up-4", "up-8")


def test_the_consistency_of_levels_is_taken_on_its_own_images():
    term = {"loss": "heatmap-consistency", "where": "unlabelled", "weight": 1.0}
    recipe = a_kd_recipe(term, teacher={"source": "levels"}, **LEVELLED)
    loss, output = a_loss(recipe, levels=the_heads()), levelled()

    value = loss(output, a_batch(), 0.5, a_teacher())[2]

    logits = [each.logits[2:] for each in (output.maps, *output.levels)]
    torch.testing.assert_close(value, heatmap_consistency(logits, torch.ones(2, 2), sigma=2.0))


def test_a_term_on_levels_without_levels_is_refused():
    with pytest.raises(
        RecipeError, match=r"\(heatmap-consistency\) compares the student's levels, but base.levels names none"
    ):
        a_loss(a_kd_recipe({**TERM, "loss": "heatmap-consistency"}))


def test_a_network_without_further_heads_is_left_as_it_is():
    output = an_answer()

    assert a_loss(a_kd_recipe(TERM)).with_levels(output) is output
