"""The names that may tell who was imaged."""

import imageio.v3 as iio
import numpy as np

from napari_kdland import images
from napari_kdland.project import Project
from napari_kdland.project.telling_names import telling_names
from tests.session.factories import a_project


def a_file(path, grey):
    path.parent.mkdir(exist_ok=True, parents=True)
    iio.imwrite(path, np.eye(40, k=grey, dtype=np.uint8), extension=".png")
    return path


def test_images_are_known_by_name_file_and_path_with_ending_and_without(tmp_path):
    with Project.open(a_project(tmp_path, count=1)) as project:
        found = telling_names(project.database)

    assert {"image_0.png", "image_0", str(tmp_path / "image_0.png"), str(tmp_path)} <= found


def test_the_folders_of_a_name_tell_and_removed_images_are_still_known(tmp_path):
    with Project.open(a_project(tmp_path, count=0)) as project:
        for number, patient in enumerate(("Doe", "Roe")):
            path = a_file(tmp_path / patient / "thorax.png", number)
            record = project.records.add(images.read(path), path)
        project.records.remove([record.image_id])
        found = telling_names(project.database)

    assert record.name == "Roe/thorax.png"
    assert {"Roe", "Roe/thorax.png", "thorax"} <= found


def test_a_bare_number_is_no_name_without_its_ending(tmp_path):
    with Project.open(a_project(tmp_path, count=0)) as project:
        path = a_file(tmp_path / "1.png", 0)
        project.records.add(images.read(path), path)

        found = telling_names(project.database)

    assert "1.png" in found
    assert "1" not in found
