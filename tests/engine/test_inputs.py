import numpy as np
import pytest
import torch

from napari_kdland.engine.inputs import StoredImages, centred, region_masks, to_grey


def test_all_sixteen_bits_become_grey_values_between_zero_and_one():
    stored = np.array([[[0, 32767, 32768, 65535]]], dtype=np.uint16)

    grey = to_grey(torch.from_numpy(stored.view(np.int16)))

    np.testing.assert_allclose(grey, stored / 65535, rtol=1e-6)


def test_centring_puts_mid_grey_at_zero():
    assert centred(torch.tensor([0.0, 0.5, 1.0])).tolist() == [-2, 0, 2]


def test_images_come_in_the_order_asked_for_and_more_than_once():
    images = np.arange(3, dtype=np.uint16)[:, None, None] * np.ones((1, 2, 2), np.uint16)

    grey = StoredImages(images, np.arange(3), torch.device("cpu"))[np.array([2, 0, 2])]

    np.testing.assert_allclose(grey[:, 0, 0, 0] * 65535, [2, 0, 2], rtol=1e-6)


def test_planes_named_together_come_as_channels_of_one_image():
    images = np.arange(4, dtype=np.uint16)[:, None, None] * np.ones((1, 2, 2), np.uint16)

    grey = StoredImages(images, np.arange(4), torch.device("cpu"))[np.array([[0, 3], [2, 1]])]

    assert grey.shape == (2, 2, 2, 2)
    np.testing.assert_allclose(grey[..., 0, 0] * 65535, [[0, 3], [2, 1]], rtol=1e-6)


def test_flags_become_one_mask_a_region_up_to_the_sixteenth_bit():
    flags = np.array([[[1, 5, 32768, 2]]], dtype=np.uint16)

    masks = region_masks(torch.from_numpy(flags.view(np.int16)), (1, 4, 32768))

    assert masks.tolist() == [[[[1, 1, 0, 0]], [[0, 1, 0, 0]], [[0, 0, 1, 0]]]]


def test_reading_does_not_change_what_is_stored():
    images = np.full((1, 2, 2), 65535, dtype=np.uint16)
    images.setflags(write=False)

    StoredImages(images, np.arange(1), torch.device("cpu"))[np.array([0])].mul_(0)

    assert images.min() == 65535


@pytest.mark.gpu
@pytest.mark.parametrize("share", [0.25, 0.0])
def test_resident_and_streamed_images_are_the_same(share: float, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("napari_kdland.engine.inputs._RESIDENT_SHARE", share)
    images = np.random.default_rng(0).integers(0, 65536, (5, 8, 8), dtype=np.uint16)

    grey = StoredImages(images, np.array([1, 4]), torch.device("cuda"))[np.array([4, 1])]

    np.testing.assert_allclose(grey.cpu()[:, 0], images[[4, 1]] / 65535, rtol=1e-6)
