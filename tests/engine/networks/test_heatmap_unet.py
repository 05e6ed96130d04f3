import pytest
import torch

from napari_kdland.engine import networks
from napari_kdland.engine.networks.base import Heads
from tests.engine.factories import noise


def n_parameters(name: str) -> float:
    return sum(parameter.numel() for parameter in networks.build(name, Heads(10)).parameters()) / 1e6


@pytest.mark.parametrize(("name", "least", "most"), [("tiny", 0.1, 0.15), ("light", 0.1, 0.5), ("teacher", 1.8, 2.2)])
def test_networks_have_the_size_that_their_menu_states(name: str, least: float, most: float):
    assert least <= n_parameters(name) <= most


def test_the_quicker_norm_is_the_instance_norm():
    network = networks.build("tiny", Heads(2))
    norms = [(name, module) for name, module in network.named_modules() if isinstance(module, torch.nn.GroupNorm)]
    features = noise(2, 16, 8, 8)

    quicker, instance = torch.nn.GroupNorm(16, 16)(features), torch.nn.InstanceNorm2d(16)(features)

    assert len(norms) == 18
    assert all(norm.num_groups == norm.num_channels for _, norm in norms)
    torch.testing.assert_close(quicker, instance)


def test_images_of_a_batch_do_not_influence_each_other_in_training_either():
    network = networks.build("tiny", Heads(2)).train()
    images = noise(2, 1, 64, 64)

    together, alone = network(images).logits[1], network(images[1:]).logits[0]

    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_weights_lie_as_each_device_is_fast_with():
    network = networks.laid_out(networks.build("tiny", Heads(2)), torch.device("cpu"))

    assert all(weight.is_contiguous() for weight in network.parameters())
