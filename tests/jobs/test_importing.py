"""Tests of napari_kdland.jobs.importing."""

import imageio.v3 as imageio
import numpy as np
import pydicom
import pytest

from napari_kdland import events
from napari_kdland.anatomy import Origin, load_scheme
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.images import read
from napari_kdland.jobs import SideFiles, export_masks, import_images, import_masks
from napari_kdland.phantom import sample_folder
from napari_kdland.project import Project
from tests.makers import a_picture, a_scheme, annotate, dots


@pytest.fixture
def empty(tmp_path):
    path = tmp_path / "empty.kdland"
    Project.create(path, a_scheme()).close()
    return path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for index in range(3):
        a_picture(folder / f"dots_{index}.png", dots(index), seed=index)
    return folder


def test_a_folder_of_images_enters_the_project(empty, folder):
    result = events.run(import_images(empty, [folder]))

    with Project.open(empty) as project:
        names = [record.name for record in project.records.page(0, -1, split="train")]
    assert result.added == tuple(names) == ("dots_0.png", "dots_1.png", "dots_2.png")


def test_a_file_that_cannot_be_read_is_left_out_and_the_others_enter(empty, folder):
    (folder / "broken.png").write_bytes((folder / "dots_0.png").read_bytes()[:200])

    result = events.run(import_images(empty, [folder]))

    assert len(result.added) == 3
    assert [one.path.name for one in result.skipped] == ["broken.png"]


@pytest.fixture
def side_view(folder):
    path = folder / "side.dcm"
    dataset = pydicom.dcmread(sorted(sample_folder().glob("*.dcm"))[0])
    dataset.ViewPosition = "LL"
    dataset.save_as(path)
    return path


def test_a_lateral_view_stays_out_and_is_named(empty, folder, side_view):
    result = events.run(import_images(empty, [folder]))

    (left_out,) = result.skipped
    assert left_out.path == side_view
    assert "side.dcm is not a frontal view (found 'LL')" in left_out.reason
    assert len(result.added) == 3


def test_a_lateral_view_enters_where_it_is_allowed(empty, folder, side_view):
    result = events.run(import_images(empty, [folder], allow_lateral=True))

    assert side_view.name in result.added
    assert result.skipped == ()


def test_equal_pixels_enter_once_and_both_files_are_named(empty, folder):
    (folder / "twin.png").write_bytes((folder / "dots_1.png").read_bytes())

    result = events.run(import_images(empty, [folder]))

    (left_out,) = result.skipped
    assert "twin.png" in left_out.reason
    assert "dots_1.png" in left_out.reason


def test_landmarks_and_splits_come_with_the_images(empty, folder, tmp_path):
    landmarks = tmp_path / "landmarks.csv"
    landmarks.write_text("image,landmark,x,y\ndots_0.png,dot_1,12.25,40.5\n")
    splits = tmp_path / "split.csv"
    splits.write_text("image,split,label_rank\ndots_0.png,train,1\ndots_2.png,test,\n")

    result = events.run(import_images(empty, [folder], side_files=SideFiles(landmarks=landmarks, split=splits)))

    with Project.open(empty) as project:
        record = project.records.find("dots_0.png")
        point = project.annotations.current(record.image_id)["dot_1"]
        assert project.records.find("dots_2.png").split == "test"
    assert result.n_annotations == 1
    np.testing.assert_array_equal(point, [40.5, 12.25])


def test_images_that_come_later_move_no_label_and_write_none(empty, folder, tmp_path):
    for name in ("dots_0.png", "dots_1.png"):
        (folder / name).rename(tmp_path / name)
    events.run(import_images(empty, [folder]))
    with Project.open(empty) as project:
        last = project.records.find("dots_2.png")
        annotate(project, last.image_id, dots(2))
        before = project.annotations.changes_since(0)

    events.run(import_images(empty, [tmp_path / "dots_1.png", tmp_path / "dots_0.png", folder]))

    with Project.open(empty) as project:
        records = project.records.page(0, -1)
        assert [(record.name, record.n_known) for record in records] == [
            ("dots_0.png", 0),
            ("dots_1.png", 0),
            ("dots_2.png", 3),
        ]
        assert project.annotations.changes_since(0) == before


def test_a_wrong_landmark_file_keeps_the_images_and_takes_no_landmark(empty, folder, tmp_path):
    landmarks = tmp_path / "landmarks.csv"
    landmarks.write_text("image,landmark,x,y\ndots_0.png,dot_1,12,40\nnobody.png,dot_1,1,1\n")

    with pytest.raises(AnnotationError, match="nobody"):
        events.run(import_images(empty, [folder], side_files=SideFiles(landmarks=landmarks)))

    with Project.open(empty) as project:
        assert project.records.count() == 3
        assert project.annotations.labelled_ids() == []


def test_a_folder_without_images_is_answered(empty, tmp_path):
    nothing = tmp_path / "nothing"
    nothing.mkdir()

    with pytest.raises(UsageError, match="Found no image in"):
        events.run(import_images(empty, [nothing]))


def test_an_import_that_is_closed_keeps_what_is_in_by_then(empty, folder):
    job = import_images(empty, [folder])
    while not isinstance(next(job), events.Advanced):
        pass
    job.close()

    with Project.open(empty) as project:
        assert project.records.count() == 1


def test_an_image_of_a_patient_who_stands_in_validation_joins_the_others_there(empty, tmp_path):
    from napari_kdland.phantom import make_phantom, write_dicom

    for visit in range(2):
        write_dicom(make_phantom(3, (96, 96), visit=visit), tmp_path / f"{visit}.dcm", patient_id="P", study=str(visit))
    events.run(import_images(empty, [tmp_path / "0.dcm"], into="val"))

    events.run(import_images(empty, [tmp_path / "1.dcm"]))

    with Project.open(empty) as project:
        assert project.records.find("1.dcm").split == "val"


def test_an_image_that_would_enter_a_frozen_test_split_is_left_out(empty, folder):
    events.run(import_images(empty, [folder / "dots_0.png"], into="test"))
    with Project.open(empty) as project:
        project.splits.freeze_test()

    result = events.run(import_images(empty, [folder / "dots_1.png"], into="test"))

    assert result.added == ()
    assert "frozen" in result.skipped[0].reason


def a_mask(path, *bits, size=(80, 96)):
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros(size, dtype=np.uint8)
    for row, bit in enumerate(bits):
        mask[row] = bit
    imageio.imwrite(path, mask)


@pytest.fixture
def chest(tmp_path):
    path = tmp_path / "chest.kdland"
    Project.create(path, load_scheme("chest-10")).close()
    return path


def test_masks_come_with_the_images_and_are_no_images_themselves(chest, folder):
    a_mask(folder / "masks" / "dots_0.png", 1, 2)
    a_mask(folder / "masks" / "dots_2.png", 4)

    result = events.run(import_images(chest, [folder], side_files=SideFiles(masks=folder / "masks")))

    assert (len(result.added), result.n_masks, result.skipped) == (3, 2, ())
    with Project.open(chest) as project:
        record = project.masks.current([1])[1]
        assert project.masks.labelled_ids() == [1, 3]
    assert (record.reader, record.origin, record.known) == (
        "import",
        Origin("file", "masks"),
        ("right_lung", "left_lung"),
    )


def test_a_folder_of_masks_with_a_mistake_keeps_the_images_and_takes_no_mask(chest, folder):
    a_mask(folder / "masks" / "dots_0.png", 1)
    a_mask(folder / "masks" / "dots_1.png", 8)

    with pytest.raises(AnnotationError, match=r"dots_1\.png: it has the bits 8, which no region"):
        events.run(import_images(chest, [folder], side_files=SideFiles(masks=folder / "masks")))

    with Project.open(chest) as project:
        assert (project.records.count(), project.masks.all_saved()) == (3, [])


def test_masks_without_a_pixel_are_told_of(chest, folder, tmp_path):
    events.run(import_images(chest, [folder]))
    a_mask(tmp_path / "masks" / "dots_0.png", 1)
    a_mask(tmp_path / "masks" / "dots_1.png")
    seen = []

    n_masks = events.run(import_masks(chest, tmp_path / "masks"), seen.append)

    assert n_masks == 1
    assert [e.message[:36] for e in seen if isinstance(e, events.Warned)] == ["1 masks have no pixel in any region,"]


def test_reading_masks_twice_changes_nothing(chest, folder, tmp_path):
    events.run(import_images(chest, [folder]))
    a_mask(tmp_path / "masks" / "dots_0.png", 1)

    for _ in range(2):
        events.run(import_masks(chest, tmp_path / "masks"))

    with Project.open(chest) as project:
        assert len(project.masks.all_saved()) == 1


def test_masks_go_out_and_come_back_the_same(chest, folder, tmp_path):
    a_mask(folder / "masks" / "dots_0.png", 1, 2, 5)
    events.run(import_images(chest, [folder], side_files=SideFiles(masks=folder / "masks")))

    assert events.run(export_masks(chest, tmp_path / "out")) == 1

    np.testing.assert_array_equal(
        imageio.imread(tmp_path / "out" / "dots_0.png"), imageio.imread(folder / "masks" / "dots_0.png")
    )


def test_masks_are_counted_while_they_are_written(chest, folder, tmp_path):
    a_mask(folder / "masks" / "dots_0.png", 1)
    a_mask(folder / "masks" / "dots_1.png", 2)
    events.run(import_images(chest, [folder], side_files=SideFiles(masks=folder / "masks")))
    seen = []

    events.run(export_masks(chest, tmp_path / "out"), seen.append)

    assert [(e.done, e.message) for e in seen if isinstance(e, events.Advanced)] == [
        (1, "dots_0.png"),
        (2, "dots_1.png"),
    ]


def test_channels_of_a_table_come_with_the_images_and_are_no_images_themselves(chest, folder):
    a_picture(folder / "soft.png", dots(9), seed=9)
    (folder / "channels.csv").write_text("image,channel,path\ndots_0.png,soft_tissue,soft.png\n")

    result = events.run(import_images(chest, [folder], side_files=SideFiles(channels=folder / "channels.csv")))

    assert (len(result.added), result.n_channels) == (3, 1)
    with Project.open(chest) as project:
        channel = project.channels.of([1])[1]["soft_tissue"]
    assert channel == (folder / "soft.png", None, read(folder / "soft.png").content_hash)


def test_channels_are_told_by_their_names_only_where_that_is_asked_for(chest, folder, tmp_path):
    a_picture(folder / "dots_1_bone.png", dots(9), seed=9)
    other = tmp_path / "other.kdland"
    Project.create(other, load_scheme("chest-10")).close()

    asked = events.run(import_images(chest, [folder], side_files=SideFiles(channels="auto")))
    unasked = events.run(import_images(other, [folder]))

    assert (len(asked.added), asked.n_channels) == (3, 1)
    assert (len(unasked.added), unasked.n_channels) == (4, 0)


@pytest.mark.parametrize(
    ("size", "message"),
    [((80, 90), r"bone\.png has 90 x 80 pixels, dots_0\.png 96 x 80"), (None, r"line 2: .*bone\.png does not exist")],
)
def test_a_channel_that_does_not_lie_on_its_image_is_refused_and_the_images_stay(chest, folder, size, message):
    if size is not None:
        a_picture(folder / "bone.png", dots(9), seed=9, size=size)
    (folder / "channels.csv").write_text("image,channel,path\ndots_0.png,bone,bone.png\ndots_1.png,bone,dots_2.png\n")

    with pytest.raises(AnnotationError, match=message):
        events.run(import_images(chest, [folder], side_files=SideFiles(channels=folder / "channels.csv")))

    with Project.open(chest) as project:
        assert project.records.count() == 2
        assert project.channels.of([1, 2]) == {}
