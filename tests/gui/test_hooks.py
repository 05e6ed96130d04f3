"""What napari calls: manifest, reader, writer, sample, menus."""

import csv
import shutil

import numpy as np
import pytest
from npe2 import PluginManifest

from napari_kdland.errors import UsageError
from napari_kdland.gui import hooks

pytestmark = pytest.mark.gui


@pytest.fixture(scope="module")
def manifest():
    return PluginManifest.from_distribution("napari-kdland")


def test_the_manifest_is_valid_and_every_command_can_be_imported(manifest):
    manifest.validate_imports()

    assert manifest.display_name == "KDLand"
    assert len(manifest.contributions.commands) == 7


def test_the_reader_takes_no_folder_and_no_picture(manifest, tmp_path):
    (reader,) = manifest.contributions.readers

    assert not reader.accepts_directories
    assert "*" not in reader.filename_patterns
    assert hooks.get_reader(str(tmp_path)) is None
    assert hooks.get_reader("picture.png") is None


def test_a_dicom_file_is_read_the_right_way_with_millimetres(shared):
    path = shared / "data" / "dicom" / "CR1_6154.dcm"

    ((pixels, about, kind),) = hooks.get_reader(str(path))(str(path))

    assert kind == "image"
    assert 0 <= pixels.min() <= pixels.max() <= 1
    assert about["units"] == ("mm", "mm")
    assert about["colormap"] == "gray"


def test_a_dicom_file_without_an_ending_is_found_by_its_content(shared, tmp_path):
    path = tmp_path / "IM000001"
    shutil.copyfile(shared / "data" / "dicom" / "CR1_6154.dcm", path)

    assert hooks.get_reader(str(path)) is not None
    assert hooks.get_reader([str(path), str(path)]) is not None


def test_other_files_without_an_ending_are_left_to_others(tmp_path):
    path = tmp_path / "README"
    path.write_text("no picture at all")

    assert hooks.get_reader(str(path)) is None
    assert hooks.get_reader([]) is None


def test_points_are_written_as_a_table_in_x_and_y(tmp_path):
    out = tmp_path / "landmarks.csv"
    about = {"name": "ws_000.png", "features": {"landmark": ["apex", "angle"]}, "metadata": {}}

    written = hooks.write_points(str(out), np.array([[1.5, 2.25], [3.0, 4.0]]), about)

    assert written == [str(out)]
    with out.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["image", "landmark", "x", "y"],
            ["ws_000.png", "apex", "2.25", "1.5"],
            ["ws_000.png", "angle", "4.0", "3.0"],
        ]


def test_points_without_names_are_numbered(tmp_path):
    out = tmp_path / "points.csv"

    hooks.write_points(str(out), np.zeros((2, 2)), {"name": "mine"})

    assert [line.split(",")[1] for line in out.read_text().splitlines()] == ["landmark", "1", "2"]


def test_points_in_three_dimensions_are_refused(tmp_path):
    with pytest.raises(UsageError, match="not in two dimensions"):
        hooks.write_points(str(tmp_path / "out.csv"), np.zeros((2, 3)), {"name": "mine"})


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(UsageError, match="Choose another place"):
        hooks.write_points(str(tmp_path / "gone" / "out.csv"), np.zeros((2, 2)), {"name": "mine"})


def test_menu_entries_bring_their_panel_to_the_front(make_napari_viewer, monkeypatch):
    viewer = make_napari_viewer()
    monkeypatch.setattr("napari_kdland.jobs.list_devices", lambda: iter(()))

    hooks.open_annotate()
    widget = hooks.open_widget(viewer)
    assert widget._tabs.tabText(widget._tabs.currentIndex()) == "Annotate"

    hooks.open_compare()
    assert widget._tabs.tabText(widget._tabs.currentIndex()) == "Compare"
    widget.shut_down()


def test_the_sample_opens_in_the_widget(make_napari_viewer, monkeypatch):
    viewer = make_napari_viewer()
    widget, opened = hooks.open_widget(viewer), []
    monkeypatch.setattr(widget.panel("Project").tasks, "try_sample", lambda: opened.append(True))

    layers = viewer.open_sample("napari-kdland", "chest-phantoms")

    assert layers == []
    assert opened == [True]
    widget.shut_down()
