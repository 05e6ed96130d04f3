from pathlib import Path

import pytest

from napari_kdland.errors import AnnotationError
from napari_kdland.project import ChannelFile, Project
from napari_kdland.project.exchange import ChannelRow, ChannelTable, find_channels, read_channels_csv
from tests.project.factories import a_project, a_radiograph, a_scheme, a_scheme_with_regions

XRAY = a_scheme_with_regions(channels=("standard", "soft_tissue", "bone", "tissue"))


def a_table(folder: Path, *lines: str, head: str = "image,channel,path") -> Path:
    path = folder / "channels.csv"
    path.write_text("\n".join([head, *lines, ""]))
    return path


def a_row(image: str = "image1", channel: str = "bone", where: str = "line 2") -> ChannelRow:
    return ChannelRow(image, channel, Path("/data/bone.png"), None, where)


def taken(project: Project, *rows: ChannelRow, size: tuple[int, int] = (20, 30)) -> dict[int, dict[str, ChannelFile]]:
    table = ChannelTable(Path("channels.csv"), project)
    for row in rows:
        image_id = table.place_of(row)
        if image_id is not None:
            table.take(row, image_id, a_radiograph("bone pixels", size=size))
    return table.found()


def test_paths_of_a_table_are_relative_to_the_table(tmp_path: Path):
    path = a_table(
        tmp_path, "a.png,bone,../bone/a.png,", "a.png,soft_tissue,/data/s.nii,7", head="image,channel,path,frame"
    )

    assert [(row.channel, row.path, row.frame, row.where) for row in read_channels_csv(path)] == [
        ("bone", tmp_path / ".." / "bone" / "a.png", None, "line 2"),
        ("soft_tissue", Path("/data/s.nii"), 7, "line 3"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [("a.png,,b.png,", "line 2: channel is empty"), ("a.png,bone,b.png,-1", "line 2: frame is '-1', not a whole")],
)
def test_a_table_with_a_hole_or_a_wrong_frame_is_refused_with_its_line(tmp_path: Path, line: str, message: str):
    with pytest.raises(AnnotationError, match=message):
        read_channels_csv(a_table(tmp_path, line, head="image,channel,path,frame"))


def test_files_called_like_their_image_and_the_channel_are_channels():
    paths = [Path("/d") / name for name in ("x.dcm", "x_bone.png", "x_soft_tissue.png", "y_bone.png", "z/x_bone.png")]

    rows = find_channels(paths, XRAY)

    assert [(row.image, row.channel, row.path.name) for row in rows] == [
        ("/d/x.dcm", "bone", "x_bone.png"),
        ("/d/x.dcm", "soft_tissue", "x_soft_tissue.png"),
    ]


def test_the_image_itself_may_be_called_by_its_channel():
    scheme = a_scheme_with_regions(channels=("t1ce", "t1", "t2"))
    paths = [Path("/d") / f"case_{name}.png" for name in ("t1", "t1ce", "t2")]

    assert [(row.image, row.channel) for row in find_channels(paths, scheme)] == [
        ("/d/case_t1ce.png", "t1"),
        ("/d/case_t1ce.png", "t2"),
    ]


def test_the_longest_channel_that_fits_a_name_is_meant():
    paths = [Path("/d") / name for name in ("x.png", "x_soft.png", "x_soft_tissue.png")]

    assert [(row.image, row.channel) for row in find_channels(paths, XRAY)] == [("/d/x.png", "soft_tissue")]


def test_names_tell_no_channels_where_the_scheme_names_none():
    with pytest.raises(AnnotationError, match=r"The scheme small names no channels .*table image,channel,path"):
        find_channels([Path("/d/x.png"), Path("/d/x_bone.png")], a_scheme("apex"))


def test_channels_are_given_for_the_project_with_their_pixels_hash(tmp_path: Path):
    with a_project(tmp_path, images=2, scheme=XRAY) as project:
        found = taken(project, a_row(), a_row("image2.png", "soft_tissue"))

        file = ChannelFile(Path("/data/bone.png"), None, "bone pixels")
        assert found == {1: {"bone": file}, 2: {"soft_tissue": file}}


@pytest.mark.parametrize(
    ("rows", "size", "message"),
    [
        ([a_row("image7")], (20, 30), "line 2: The project has no image 'image7'"),
        ([a_row(channel="bones")], (20, 30), r"line 2: The scheme organs has no channel 'bones'.*close to it: bone"),
        ([a_row(channel="standard")], (20, 30), "line 2: 'standard' is the channel that the images themselves are"),
        ([a_row(), a_row(where="line 3")], (20, 30), r"line 3: bone of image1\.png comes twice"),
        ([a_row()], (20, 31), r"bone\.png has 31 x 20 pixels, image1\.png 30 x 20; a channel lies on its image"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_place(
    tmp_path: Path, rows: list[ChannelRow], size: tuple[int, int], message: str
):
    with a_project(tmp_path, images=2, scheme=XRAY) as project, pytest.raises(AnnotationError, match=message):
        taken(project, *rows, size=size)
