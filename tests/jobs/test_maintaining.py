"""Tests of napari_kdland.jobs.maintaining."""

import shutil

import numpy as np
import pytest
import tifffile

from napari_kdland import events
from napari_kdland.images import read
from napari_kdland.jobs import check_project, relink_images
from napari_kdland.project import ChannelFile, Project
from tests.makers import a_picture, a_project, dots


def a_tiff(path, *, seed, pages=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 60000, (pages, 80, 96), dtype=np.uint16)
    tifffile.imwrite(path, pixels, photometric="minisblack")
    return path


@pytest.fixture
def project_path(tmp_path):
    return a_project(tmp_path, train=2, val=0, test=0, pool=0, labelled=0)


def test_a_sound_project_has_no_problems(project_path):
    assert events.run(check_project(project_path)) == ()


def test_images_and_channels_with_other_pixels_than_before_are_named(project_path, tmp_path):
    bone = a_picture(tmp_path / "bone.png", dots(7), seed=7)
    with Project.open(project_path) as project:
        record = project.records.find("dots_00.png")
        project.channels.set_many({record.image_id: {"bone": ChannelFile(bone, None, "of other pixels")}})
    a_picture(record.path, dots(8), seed=8)

    problems = events.run(check_project(project_path))

    assert problems == (
        f"dots_00.png has other pixels than when it was imported ({record.path}).",
        f"dots_00.png (bone) has other pixels than when it was imported ({bone}).",
    )


def test_a_channel_that_cannot_be_read_is_named(project_path, tmp_path):
    (tmp_path / "bone.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with Project.open(project_path) as project:
        project.channels.set_many({1: {"bone": (tmp_path / "bone.png", None)}})

    (problem,) = events.run(check_project(project_path))

    assert problem.startswith("dots_00.png (bone): bone.png is")


def test_moved_images_and_channels_are_found_by_their_pixels_under_any_name(project_path, tmp_path):
    bone = a_picture(tmp_path / "bone.png", dots(7), seed=7)
    with Project.open(project_path) as project:
        project.channels.set_many({1: {"bone": ChannelFile(bone, None, read(bone).content_hash)}})
    (tmp_path / "elsewhere").mkdir()
    bone.rename(tmp_path / "elsewhere" / "x.png")
    (tmp_path / "images" / "dots_00.png").rename(tmp_path / "elsewhere" / "y.png")

    result = events.run(relink_images(project_path, tmp_path / "elsewhere"))

    assert (result.n_missing, result.n_found, result.still_missing) == (2, 2, ())
    with Project.open(project_path) as project:
        assert project.records.get(1).path == tmp_path / "elsewhere" / "y.png"
        assert project.channels.of([1])[1]["bone"].path == tmp_path / "elsewhere" / "x.png"


def test_channels_that_nobody_has_read_are_found_by_the_folders_that_they_lie_in(project_path, tmp_path):
    for folder in ("bone", "soft_tissue"):
        (tmp_path / "old" / folder).mkdir(parents=True)
        a_picture(tmp_path / "old" / folder / "a.png", dots(7), seed=7)
    with Project.open(project_path) as project:
        files = {name: (tmp_path / "old" / name / "a.png", None) for name in ("bone", "soft_tissue")}
        project.channels.set_many({1: files})
    (tmp_path / "old").rename(tmp_path / "new")

    result = events.run(relink_images(project_path, tmp_path / "new"))

    assert result.n_found == 2
    with Project.open(project_path) as project:
        found = {name: file.path for name, file in project.channels.of([1])[1].items()}
    assert found == {name: tmp_path / "new" / name / "a.png" for name in files}


def test_a_name_that_fits_two_files_equally_well_is_no_answer(project_path, tmp_path):
    with Project.open(project_path) as project:
        project.channels.set_many({1: {"bone": (tmp_path / "old" / "a.png", None)}})
    for folder in ("one", "two"):
        (tmp_path / "new" / folder).mkdir(parents=True)
        a_picture(tmp_path / "new" / folder / "a.png", dots(7), seed=7)

    result = events.run(relink_images(project_path, tmp_path / "new"))

    assert (result.n_found, result.still_missing) == (0, ("dots_00.png (bone)",))


def test_slices_of_a_moved_file_are_found_by_its_name_and_their_pixels(project_path, tmp_path):
    volume = a_tiff(tmp_path / "old" / "volume.tif", seed=3)
    with Project.open(project_path) as project:
        for frame in (0, 2):
            project.records.add(read(volume, frame=frame), volume, frame=frame)
    a_tiff(tmp_path / "new" / "other" / "volume.tif", seed=4, pages=2)
    shutil.move(volume, tmp_path / "new" / "volume.tif")

    wrong = events.run(relink_images(project_path, tmp_path / "new" / "other"))
    right = events.run(relink_images(project_path, tmp_path / "new"))

    assert wrong.n_found == 0
    assert wrong.still_missing == ("volume.tif#0", "volume.tif#2")
    assert (right.n_found, right.still_missing) == (2, ())
