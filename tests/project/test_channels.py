from pathlib import Path

import pytest

from napari_kdland.errors import UsageError
from napari_kdland.project import ChannelFile, Project
from tests.project.factories import a_project, a_scheme_with_regions

MRI = ("t1ce", "t1", "t2", "flair")


def a_project_with(folder: Path, *channels: str, images: int = 2) -> Project:
    return a_project(folder, images=images, scheme=a_scheme_with_regions(channels=channels))


def test_channels_are_kept_with_path_and_frame(tmp_path: Path):
    with a_project_with(tmp_path, *MRI) as project:
        project.channels.set_many({1: {"t2": (tmp_path / "t2.nii", 7), "t1": (tmp_path / "t1.png", None)}})

        assert project.channels.of([1, 2]) == {
            1: {"t1": ChannelFile(tmp_path / "t1.png"), "t2": ChannelFile(tmp_path / "t2.nii", 7)}
        }


def test_a_channel_that_is_named_again_takes_the_place_of_the_earlier_one(tmp_path: Path):
    with a_project_with(tmp_path, *MRI) as project:
        project.channels.set_many({1: {"t1": (tmp_path / "old.png", None), "t2": (tmp_path / "t2.png", None)}})
        project.channels.set_many({1: {"t1": ChannelFile(tmp_path / "new.png", 3, "abc")}})

        assert project.channels.of([1])[1] == {
            "t1": ChannelFile(tmp_path / "new.png", 3, "abc"),
            "t2": ChannelFile(tmp_path / "t2.png"),
        }


def test_names_give_the_images_own_channel_first_then_those_in_use_in_the_schemes_order(tmp_path: Path):
    with a_project_with(tmp_path, *MRI) as project:
        assert project.channels.names() == ("t1ce",)

        project.channels.set_many({1: {"flair": (tmp_path / "a.png", None)}, 2: {"t1": (tmp_path / "b.png", None)}})

        assert project.channels.names() == ("t1ce", "t1", "flair")


def test_channels_of_removed_images_count_no_more(tmp_path: Path):
    with a_project_with(tmp_path, *MRI) as project:
        project.channels.set_many({1: {"flair": (tmp_path / "a.png", None)}})
        project.records.remove([1])

        assert project.channels.names() == ("t1ce",)
        assert project.channels.missing() == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t1ce", "'t1ce' is the channel that the images themselves are"),
        ("flare", r"no channel 'flare' beside the images \(close to it: flair\)"),
        ("pet", r"no channel 'pet' beside the images \(there are: t1, t2, flair\)"),
    ],
)
def test_a_channel_that_the_scheme_does_not_name_is_refused(tmp_path: Path, name: str, message: str):
    with a_project_with(tmp_path, *MRI) as project:
        with pytest.raises(UsageError, match=message):
            project.channels.set_many({1: {"t1": (tmp_path / "a.png", None), name: (tmp_path / "b.png", None)}})

        assert project.channels.of([1]) == {}


def test_a_scheme_that_names_no_channels_allows_any_plain_name(tmp_path: Path):
    with a_project_with(tmp_path) as project:
        project.channels.set_many({1: {"soft_tissue": (tmp_path / "a.png", None)}})

        assert project.channels.names() == ("standard", "soft_tissue")
        with pytest.raises(UsageError, match="cannot be called 'Soft#1'"):
            project.channels.set_many({1: {"Soft#1": (tmp_path / "a.png", None)}})


def test_a_channel_of_an_unknown_image_is_refused_and_nothing_is_changed(tmp_path: Path):
    with a_project_with(tmp_path) as project:
        with pytest.raises(UsageError, match="no image number 77"):
            project.channels.set_many({1: {"bone": (tmp_path / "a.png", None)}, 77: {"bone": (tmp_path, None)}})

        assert project.channels.of([1]) == {}


def test_channels_are_found_after_project_and_images_were_moved_together(tmp_path: Path):
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "bone").mkdir(parents=True)
    (old / "bone" / "a.png").touch()
    with a_project_with(old) as project:
        project.channels.set_many({1: {"bone": (old / "bone" / "a.png", None)}})
    old.rename(new)

    with Project.open(new / "study.kdland") as project:
        assert project.channels.of([1])[1]["bone"].path == new / "bone" / "a.png"
        assert project.channels.missing() == {}


def test_missing_channel_files_are_listed_and_pointed_to_where_they_are_now(tmp_path: Path):
    (tmp_path / "new.png").touch()
    with a_project_with(tmp_path) as project:
        project.channels.set_many({1: {"bone": ChannelFile(tmp_path / "old.png", 2, "abc")}})
        assert project.channels.missing() == {1: {"bone": ChannelFile(tmp_path / "old.png", 2, "abc")}}

        assert project.channels.relink({1: {"bone": tmp_path / "new.png"}}) == 1

        assert project.channels.of([1])[1]["bone"] == ChannelFile(tmp_path / "new.png", 2, "abc")
        assert project.channels.missing() == {}
