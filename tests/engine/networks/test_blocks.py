import torch

from napari_kdland.engine.networks.blocks import PyramidDecoder, convolution, separable_convolution
from tests.engine.factories import noise


def test_a_convolution_keeps_the_size_but_for_its_stride():
    images = noise(2, 3, 16, 16)

    shapes = [convolution(3, 5, kernel, stride=stride)(images).shape for kernel in (1, 3) for stride in (1, 2)]

    assert shapes == [(2, 5, 16, 16), (2, 5, 8, 8)] * 2


def test_a_separable_convolution_has_fewer_weights():
    whole, apart = convolution(16, 16, 3), separable_convolution(16, 16)

    assert sum(weight.numel() for weight in apart.parameters()) < sum(w.numel() for w in whole.parameters()) / 4


def test_a_decoder_adds_levels_up_to_the_finest():
    decoder = PyramidDecoder((8, 6, 4), 5, separable_convolution, dropout=0.0).eval()
    levels = [noise(2, 8, 2, 3), noise(2, 6, 4, 6), noise(2, 4, 8, 12)]

    coarse, fine = decoder(levels)

    assert (coarse.shape, fine.shape) == ((2, 5, 4, 6), (2, 5, 8, 12))
    for index in range(3):
        changed = [level + (place == index) for place, level in enumerate(levels)]
        assert not torch.allclose(decoder(changed)[-1], fine)
    assert torch.equal(decoder([*levels[:2], levels[2] + 1])[0], coarse)
