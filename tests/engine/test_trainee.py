from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch.optim.swa_utils import AveragedModel

from napari_kdland.engine.checkpoints import Checkpoint
from napari_kdland.engine.networks.base import Heads
from napari_kdland.engine.trainee import Trainee, warmed_up
from napari_kdland.errors import RunError
from tests.engine.factories import a_recipe, noise, published_cases

IMAGES = noise(2, 1, 64, 64)


def a_trainee(*settings: str, seed: int = 0, **options: Any) -> Trainee:
    fabric = Fabric(accelerator="cpu", devices=1)
    recipe = a_recipe("supervised", *settings)
    return Trainee(recipe, Heads(2), **{"n_channels": 1, "seed": seed, "fabric": fabric, **options})


def a_copy(checkpoint: Checkpoint) -> Checkpoint:
    return Checkpoint({name: value.clone() for name, value in checkpoint.tensors.items()}, checkpoint.facts)


def taught(trainee: Trainee, steps: int) -> Trainee:
    for step in range(steps):
        trainee.learn(trainee.forward(noise(2, 1, 64, 64, seed=step)).logits.square().mean())
    return trainee


def test_one_seed_gives_one_set_of_first_weights():
    first, same, other = (a_trainee(seed=seed).network.presence.weight for seed in (1, 1, 2))

    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_the_learning_rate_rises_to_its_peak_and_falls():
    trainee = a_trainee("training.steps=20", "training.learning_rate=0.01")

    rates = [taught(trainee, 1).learning_rate for _ in range(20)]

    assert max(rates) == pytest.approx(0.01, rel=0.05)
    assert rates[-1] < 1e-4 < rates[0]


def test_weights_that_are_no_numbers_any_more_are_noticed():
    trainee = a_trainee()
    assert trainee.is_finite

    trainee.network.presence.weight.data[0, 0] = float("nan")

    assert not trainee.is_finite


def test_without_averaging_the_average_is_the_network_itself():
    trainee = taught(a_trainee("training.ema_decay=0"), 3)

    assert torch.equal(trainee.average.module.presence.weight, trainee.network.presence.weight)


def test_the_average_lags_behind_the_network():
    trainee = taught(a_trainee("training.ema_decay=0.9"), 4)

    assert not torch.equal(trainee.average.module.body.final_conv.weight, trainee.network.body.final_conv.weight)


def test_a_restored_trainee_goes_on_as_the_first_would_have():
    first = taught(a_trainee("training.steps=10"), 3)
    saved = a_copy(first.whole("running"))
    second = a_trainee("training.steps=10", seed=5)

    second.restore(saved)

    expected, found = taught(first, 3).whole("done").tensors, taught(second, 3).whole("done").tensors
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_checkpoint_of_another_network_is_refused():
    saved = a_trainee("student.backbone=light").whole("running")

    with pytest.raises(RunError, match=r"last checkpoint does not fit this recipe.*Start a new run"):
        a_trainee().restore(saved)


def test_dropout_is_a_function_of_seed_and_step_alone():
    first, second = a_trainee("student.dropout=0.5"), a_trainee("student.dropout=0.5")
    torch.manual_seed(1)
    before = first.forward(IMAGES).logits
    torch.manual_seed(2)

    assert torch.equal(second.forward(IMAGES).logits, before)
    assert torch.equal(first.forward(IMAGES).logits, before)


def test_another_step_and_another_seed_drop_something_else():
    first = a_trainee("student.dropout=0.5")
    second = a_trainee("student.dropout=0.5", seed=1)
    second.network.load_state_dict(first.network.state_dict())
    before = first.forward(IMAGES).logits

    first.step = 1

    assert not torch.equal(first.forward(IMAGES).logits, before)
    assert not torch.equal(second.forward(IMAGES).logits, before)


def test_dropout_leaves_the_random_state_of_others():
    torch.manual_seed(1)
    before = torch.get_rng_state()

    a_trainee("student.dropout=0.5").forward(IMAGES)

    assert torch.equal(torch.get_rng_state(), before)


def test_what_predicts_drops_nothing():
    trainee = a_trainee("student.dropout=0.5")

    first, second = (trainee.predict(IMAGES).logits for _ in range(2))

    assert torch.equal(first, second)


@pytest.mark.parametrize("backbone", ["tiny", "enet"])
def test_a_student_asked_as_it_stands_gives_no_gradient_and_stays_in_training(backbone: str):
    trainee = a_trainee("student.dropout=0.5", f"student.backbone={backbone}")
    before = {name: value.clone() for name, value in trainee.network.state_dict().items()}

    first, second = (trainee.itself(IMAGES, ("low",)) for _ in range(2))

    assert torch.equal(first.logits, second.logits)
    assert not first.logits.requires_grad
    assert not first.taps["low"].requires_grad
    assert all(module.training for module in trainee.network.modules())
    assert all(torch.equal(value, before[name]) for name, value in trainee.network.state_dict().items())


def test_the_average_is_not_trained():
    trainee = a_trainee()

    trainee.learn(trainee.forward(IMAGES).logits.square().mean() + trainee.predict(IMAGES).logits.square().mean())

    averaged = list(trainee.average.module.parameters())
    trained = {id(weight) for group in trainee._optimiser.param_groups for weight in group["params"]}
    assert all(weight.grad is None and not weight.requires_grad for weight in averaged)
    assert not trained & {id(weight) for weight in averaged}


def test_weights_of_the_loss_are_trained_saved_and_restored():
    along = torch.nn.Linear(1, 1)
    first = a_trainee(along=along)
    before = along.weight.clone()
    first.learn(along(first.forward(IMAGES).logits.mean()[None]).square().sum())
    saved, other = a_copy(first.whole("running")), torch.nn.Linear(1, 1)

    a_trainee(along=other).restore(saved)

    assert not torch.equal(along.weight, before)
    assert torch.equal(other.weight, along.weight)


def test_weights_of_the_loss_are_no_part_of_what_predicts():
    trainee = a_trainee(along=torch.nn.Linear(1, 1))

    assert all(name.startswith("average.") for name in trainee.weights().tensors)
    assert trainee.weights().part("average").keys() == trainee.network.state_dict().keys()


def test_first_weights_may_be_those_of_another_run():
    start = {name: value.clone() for name, value in a_trainee(seed=7).network.state_dict().items()}

    trainee = a_trainee(start=start)

    for network in (trainee.network, trainee.average.module):
        assert all(torch.equal(value, start[name]) for name, value in network.state_dict().items())


def test_first_weights_of_another_network_are_refused():
    start = a_trainee("student.backbone=light").network.state_dict()

    with pytest.raises(RunError, match=r"The run to begin with has another network than this recipe"):
        a_trainee(start=start)


def test_two_trainees_are_kept_in_one_checkpoint_under_names_of_their_own():
    first, second = taught(a_trainee(), 2), taught(a_trainee(seed=5), 2)
    kept = a_copy(Checkpoint(first.whole("running").tensors | second.whole("running", "peer.").tensors))
    kept = Checkpoint(kept.tensors, first.whole("running").facts)
    again = a_trainee(), a_trainee()

    again[0].restore(kept)
    again[1].restore(kept, "peer.")

    for restored, original in zip(again, (first, second), strict=True):
        expected, found = original.whole("x").tensors, restored.whole("x").tensors
        assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_the_average_agrees_with_the_published_mean_teacher(shared: Path):
    for case, inputs, outputs in published_cases(shared, "ssl.ema_update"):
        if case["parameters"]["first_global_step"]:
            continue
        size = inputs["student_after_step"].shape[1]
        student = torch.nn.Linear(size, 1, bias=False, dtype=torch.float64)
        average = AveragedModel(student, multi_avg_fn=warmed_up(case["parameters"]["ema_decay"]))
        for weights, expected in zip(inputs["student_after_step"], outputs["teacher_after_step"], strict=True):
            student.weight.data.copy_(weights[None])
            average.update_parameters(student)

            np.testing.assert_allclose(average.module.weight[0].detach(), expected, rtol=1e-10, atol=1e-12)
