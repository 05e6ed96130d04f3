"""Tests of napari_kdland.jobs.importing_datasets.scr."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.errors import AnnotationError
from napari_kdland.jobs.importing_datasets.scr import LANDMARKS, OUTLINES, read_outlines
from tests.jobs.importing_datasets.makers import outline, pfs_text


def write(path, text):
    path.write_text(text)
    return path


def test_points_come_as_row_and_column_of_the_full_size_image(tmp_path):
    points = read_outlines(write(tmp_path / "a.pfs", pfs_text()))

    # Pixel centres at whole numbers: the first pixel of 1024 covers pixels 0 and 1 of 2048.
    assert_allclose(points["heart"], 2 * outline("heart")[:, ::-1] + 0.5)
    assert {name: len(each) for name, each in points.items()} == OUTLINES


def test_the_landmarks_are_as_many_as_published():
    assert len(LANDMARKS) == 166
    assert LANDMARKS[0] == "right_lung_01"


@pytest.mark.parametrize(
    "spelt",
    [
        lambda text: text.replace("[Label=", "").replace("]", ""),
        lambda text: text.replace("right lung", "Right_Lung").replace("heart", "HEART"),
        lambda text: text.replace("{", "").replace("}", "").replace(",", " "),
        lambda text: "SCR point file\nversion 2\n" + text.replace("[Label=heart]", "[Label=heart]\n26"),
        lambda text: text.replace("\n", "\r\n"),
    ],
)
def test_spelling_and_brackets_do_not_matter(tmp_path, spelt):
    plain = read_outlines(write(tmp_path / "a.pfs", pfs_text()))
    other = read_outlines(write(tmp_path / "b.pfs", spelt(pfs_text())))

    assert all(np.array_equal(plain[name], other[name]) for name in OUTLINES)


def test_points_may_be_numbered(tmp_path):
    lines, number = [], 0
    for line in pfs_text().splitlines():
        number = number + 1 if "," in line else 0
        lines.append(f"{number}: {line.strip(' {}')}" if number else line)

    numbered = read_outlines(write(tmp_path / "a.pfs", "\n".join(lines)))

    assert_allclose(numbered["left_clavicle"], 2 * outline("left_clavicle")[:, ::-1] + 0.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (pfs_text(heart=outline("heart")[:-1]), "heart has 25 points, not 26"),
        (pfs_text().replace("[Label=heart]", "[Label=aorta]"), "left lung has 76 points, not 50; heart is missing"),
        (pfs_text() + "[Label=heart]\n", "the outline heart again in line"),
        ("1.0, 2.0\n" + pfs_text(), "a point in line 1, before any outline"),
        (pfs_text() + "1 2 3 4\n", "4 numbers in line"),
        ("", "right lung is missing"),
    ],
)
def test_what_is_no_landmark_file_is_refused_with_the_reason(tmp_path, text, words):
    with pytest.raises(AnnotationError, match=rf"a\.pfs.*{words}"):
        read_outlines(write(tmp_path / "a.pfs", text))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.pfs").write_bytes(b"\xff\xfe\0\x12")

    with pytest.raises(AnnotationError, match="no text at all"):
        read_outlines(tmp_path / "a.pfs")
