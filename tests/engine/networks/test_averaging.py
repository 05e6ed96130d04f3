from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from napari_kdland.engine.checkpoints import load_run
from napari_kdland.engine.trainee import warmed_up
from tests.engine.factories import a_recipe, a_run, noise
from tests.engine.networks.factories import HEADS, a_network

NORMED = ["enet", "mobilenetv2", "resnet18", "ra-unet"]


@pytest.mark.parametrize("name", NORMED)
def test_the_average_of_weights_that_stand_still_predicts_as_the_network_does(name: str):
    network = a_network(name).train()
    average = AveragedModel(network, multi_avg_fn=warmed_up(0.99))
    for seed in range(3):
        network(noise(2, 1, 64, 64, seed=seed))
        average.update_parameters(network)
    images = noise(2, 1, 64, 64, seed=9)

    averaged, plain = average.eval()(images).logits, network.eval()(images).logits

    torch.testing.assert_close(averaged, plain, rtol=1e-4, atol=1e-4)


def test_the_average_predicts_without_learning_of_the_images():
    average = AveragedModel(a_network("enet", HEADS)).eval()
    before = {name: value.clone() for name, value in average.named_buffers()}

    average(noise(2, 1, 64, 64))

    assert all(torch.equal(value, before[name]) for name, value in average.named_buffers())


def test_a_trained_network_comes_back_with_what_its_norms_have_learnt(tmp_path: Path):
    folder = a_run(tmp_path / "run", a_recipe("supervised", "student.backbone=enet"))

    network = load_run(folder).network()

    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    assert not network.training
    assert all(norm.num_batches_tracked > 0 and norm.running_mean.any() for norm in norms)
