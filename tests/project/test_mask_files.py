from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal
from PIL import Image

from napari_kdland.errors import AnnotationError
from napari_kdland.project.mask_files import read_bits, to_png


@given(arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_every_sum_of_sixteen_bits_comes_back_from_a_file(tmp_path_factory: pytest.TempPathFactory, bits: np.ndarray):
    path = tmp_path_factory.mktemp("masks") / "mask.png"
    path.write_bytes(to_png(bits))

    assert_array_equal(read_bits(path), bits)


@pytest.mark.parametrize(("highest", "depth"), [(255, 8), (256, 16)])
def test_a_mask_has_as_many_bits_as_it_needs(highest: int, depth: int):
    png = to_png(np.array([[0, highest]], dtype=np.uint16))

    assert png[24] == depth


def test_the_numbers_of_a_palette_are_the_flags_whatever_colours_they_have(tmp_path: Path):
    image = Image.fromarray(np.array([[0, 1], [2, 5]], dtype=np.uint8))
    image.putpalette([9, 9, 9, 255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 4, 5, 6])
    image.save(tmp_path / "mask.png")

    assert read_bits(tmp_path / "mask.png").tolist() == [[0, 1], [2, 5]]


def test_a_mask_of_one_bit_a_pixel_has_the_flag_one(tmp_path: Path):
    Image.fromarray(np.array([[True, False]])).save(tmp_path / "mask.png")

    assert read_bits(tmp_path / "mask.png").tolist() == [[1, 0]]


def test_a_mask_in_colour_is_refused(tmp_path: Path):
    imageio.imwrite(tmp_path / "mask.png", np.zeros((2, 2, 3), dtype=np.uint8))

    with pytest.raises(AnnotationError, match=r"mask\.png has the colour mode RGB; masks are grey"):
        read_bits(tmp_path / "mask.png")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, r"there is no mask file .*mask\.png"),
        (b"", r"mask\.png is not a PNG"),
        (b"GIF89a", r"mask\.png is not a PNG"),
        (to_png(np.full((9, 9), 3, dtype=np.uint16))[:-30], r"mask\.png is damaged or cut short"),
    ],
)
def test_a_file_that_is_no_whole_mask_is_refused_with_what_is_wrong(tmp_path: Path, data: bytes | None, message: str):
    if data is not None:
        (tmp_path / "mask.png").write_bytes(data)

    with pytest.raises(AnnotationError, match=message):
        read_bits(tmp_path / "mask.png")
