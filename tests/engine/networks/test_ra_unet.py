import torch

from napari_kdland.engine.networks.ra_unet import AttentiveSkip
from tests.engine.factories import noise


def test_the_channels_of_a_skip_have_weights_of_mean_one():
    skip = AttentiveSkip(8).eval()
    decoded, encoded = noise(2, 8, 4, 4), noise(2, 8, 4, 4, seed=1)

    weights = (skip(decoded, encoded) - decoded) / skip.passed(encoded)

    mean = weights.nanmean(dim=(2, 3)).mean(dim=1)
    torch.testing.assert_close(mean, torch.ones(2), rtol=1e-4, atol=1e-4)


def test_weights_depend_on_both_sides():
    skip = AttentiveSkip(8).eval()
    decoded, encoded = noise(1, 8, 4, 4), noise(1, 8, 4, 4, seed=1)

    passed = skip(decoded, encoded) - decoded
    with_another_decoder = skip(decoded + 3, encoded) - decoded - 3

    assert not torch.allclose(passed, with_another_decoder, atol=1e-3)
