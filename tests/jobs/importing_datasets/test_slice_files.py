"""Tests of napari_kdland.jobs.importing_datasets.slice_files."""

import csv
import errno

import numpy as np
import pytest
from PIL import Image

from napari_kdland.errors import ProjectError, UsageError
from napari_kdland.images.volume import open_volume
from napari_kdland.images.windows import Window
from napari_kdland.jobs.importing_datasets.slice_files import claim, write_slices
from napari_kdland.jobs.importing_datasets.volumes import windowed
from tests.images.factories import a_volume, write_nifti


@pytest.fixture
def images(tmp_path):
    volume = open_volume(write_nifti(tmp_path / "source" / "a.nii", a_volume()))
    return {name: windowed(volume, [1, 3], Window(0, 120, "HU", "us")) for name in ("t1", "t2")}


def test_each_slice_is_a_16_bit_file_named_after_case_slice_and_channel(tmp_path, images):
    files = write_slices(tmp_path, "case", images, [1, 3])

    assert [path.name for row in files for path in row.values()] == [
        "case_z001_t1.png",
        "case_z001_t2.png",
        "case_z003_t1.png",
        "case_z003_t2.png",
    ]
    np.testing.assert_array_equal(np.asarray(Image.open(files[1]["t2"])), images["t2"].pixels[1])


def test_a_table_beside_them_says_where_each_came_from(tmp_path, images):
    write_slices(tmp_path, "case", images, [1, 3])

    rows = list(csv.DictReader((tmp_path / "case" / "slices.csv").read_text().splitlines()))
    assert rows[-1] == {
        "file": "case_z003_t2.png",
        "channel": "t2",
        "source": str(tmp_path / "source" / "a.nii"),
        "slice": "3",
        "low": "0",
        "high": "120",
        "unit": "HU",
        "window_source": "us",
        "row_mm": "3",
        "column_mm": "2",
    }


def test_writing_a_case_again_replaces_it_whole(tmp_path, images):
    write_slices(tmp_path, "case", images, [1, 3])
    one = {name: image._replace(pixels=image.pixels[:1]) for name, image in images.items()}

    write_slices(tmp_path, "case", one, [1])

    assert sorted(path.name for path in (tmp_path / "case").iterdir()) == [
        "case_z001_t1.png",
        "case_z001_t2.png",
        "slices.csv",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "source"]


def test_a_full_disk_leaves_nothing_half_written_and_the_earlier_files_as_they_were(tmp_path, images, monkeypatch):
    write_slices(tmp_path, "case", images, [1, 3])
    save, calls = Image.Image.save, []

    def fill_up(image, path, **settings):
        calls.append(path)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(image, path, **settings)

    monkeypatch.setattr(Image.Image, "save", fill_up)

    with pytest.raises(ProjectError, match=r"Cannot write slices to .*case: No space left on device"):
        write_slices(tmp_path, "case", images, [1, 3])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "source"]
    assert len(list((tmp_path / "case").glob("*.png"))) == 4


def test_a_folder_is_made_and_may_be_claimed_again_with_the_same_settings(tmp_path):
    claim(tmp_path / "deep" / "out", "lits17, window -40 to 160 HU\n")

    claim(tmp_path / "deep" / "out", "lits17, window -40 to 160 HU\n")


def test_other_settings_are_refused_with_both(tmp_path):
    claim(tmp_path / "out", "window 0 to 1\n")

    with pytest.raises(UsageError, match=r"other settings \(window 0 to 1; now window 0 to 2\).*--out"):
        claim(tmp_path / "out", "window 0 to 2\n")


def test_a_folder_with_other_things_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("Chapter 1")

    with pytest.raises(UsageError, match="holds other things"):
        claim(tmp_path, "window 0 to 1\n")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ProjectError, match="Cannot write slices to"):
        claim(tmp_path / "file" / "out", "window 0 to 1\n")
