import pytest
import torch

from napari_kdland.engine import networks
from napari_kdland.engine.networks.base import Heads
from napari_kdland.errors import UsageError
from tests.engine.factories import noise


@pytest.mark.parametrize("entry", networks.BACKBONES, ids=lambda entry: entry.name)
def test_every_backbone_gives_finite_heatmaps_and_presence(entry):
    network = networks.build(entry.name, Heads(2)).eval()

    with torch.no_grad():
        output = network(noise(1, 1, 64, 64))

    assert output.logits.shape == (1, 2, 32, 32)
    assert output.presence.shape == (1, 2)
    assert all(value.isfinite().all() for value in output[:2])


def test_a_backbone_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(UsageError, match=r"no backbone 'huge'. There are: tiny, light, teacher, large"):
        networks.build("huge", Heads(2))
