from pathlib import Path

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch.optim.swa_utils import AveragedModel

from napari_kdland.engine.checkpoints import Checkpoint
from napari_kdland.engine.trainee import Trainee, warmed_up
from napari_kdland.errors import RunError
from tests.engine.factories import a_recipe, noise, published_cases


def a_trainee(*settings: str, seed: int = 0) -> Trainee:
    return Trainee(a_recipe("supervised", *settings), 2, seed=seed, fabric=Fabric(accelerator="cpu", devices=1))


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
    saved = first.whole("running")
    saved = Checkpoint({name: value.clone().contiguous() for name, value in saved.tensors.items()}, saved.facts)
    second = a_trainee("training.steps=10", seed=5)

    second.restore(saved)

    expected, found = taught(first, 3).whole("done").tensors, taught(second, 3).whole("done").tensors
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_checkpoint_of_another_network_is_refused():
    saved = a_trainee("student.backbone=light").whole("running")

    with pytest.raises(RunError, match=r"last checkpoint does not fit this recipe.*Start a new run"):
        a_trainee().restore(saved)


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
