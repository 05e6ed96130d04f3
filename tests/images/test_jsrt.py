"""Tests of napari_kdland.images.jsrt."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from napari_kdland.errors import UnsupportedImage, UsageError
from napari_kdland.images import Spacing, is_candidate, read
from tests.images.factories import a_gradient


@pytest.fixture(scope="module")
def stored():
    return a_gradient(2048, 2048, top=4095)


def write(path, stored, dtype=">u2"):
    path.write_bytes(stored.astype(dtype).tobytes())
    return path


def test_big_endian_numbers_come_out_with_bone_bright(tmp_path, stored):
    radiograph = read(write(tmp_path / "JPCLN001.IMG", stored))

    assert_array_equal(radiograph.pixels, 4095 - stored.astype(np.float32))
    assert radiograph.applied == ("JSRT, dark film stored high: inverted against 4095",)
    assert (radiograph.bits, radiograph.spacing) == (12, Spacing(0.175, 0.175, "JSRT"))
    assert (radiograph.view.name, radiograph.view.is_frontal) == ("PA", True)


def test_the_ending_makes_it_a_candidate(tmp_path, stored):
    assert is_candidate(write(tmp_path / "JPCLN001.IMG", stored))


def test_another_size_is_told_with_both_sizes(tmp_path):
    (tmp_path / "a.img").write_bytes(bytes(1000))

    with pytest.raises(UnsupportedImage, match=r"a\.img has 1000 bytes; .* 8388608"):
        read(tmp_path / "a.img")


def test_little_endian_numbers_are_found_out(tmp_path, stored):
    with pytest.raises(UnsupportedImage, match="no big-endian 12-bit numbers"):
        read(write(tmp_path / "a.img", stored, "<u2"))


def test_a_few_numbers_above_12_bits_are_cut_and_named(tmp_path, stored):
    odd = stored.copy()
    odd[0, :3] = 4096

    radiograph = read(write(tmp_path / "a.img", odd))

    assert "3 pixels above 4095 cut" in radiograph.applied
    assert_array_equal(radiograph.pixels[0, :3], [0, 0, 0])


def test_an_empty_image_is_refused(tmp_path, stored):
    with pytest.raises(UnsupportedImage, match="every pixel is 4095"):
        read(write(tmp_path / "a.img", np.zeros_like(stored)))


def test_there_is_one_frame_only(tmp_path, stored):
    with pytest.raises(UsageError, match="no frame 1"):
        read(write(tmp_path / "a.img", stored), frame=1)
