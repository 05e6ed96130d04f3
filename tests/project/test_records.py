import shutil
from pathlib import Path

import pytest

from napari_kdland.errors import ProjectError, UsageError
from napari_kdland.images.radiograph import Spacing
from napari_kdland.project import DuplicateImage, PartedPatient, Project
from tests.project.factories import a_project, a_radiograph, add_image, place, x_of


def test_an_image_is_kept_with_everything_that_was_read_of_it(tmp_path: Path):
    spacing = Spacing(0.1, 0.2, "ImagerPixelSpacing")
    with a_project(tmp_path) as project:
        added = project.records.add(a_radiograph("hash", size=(20, 30), spacing=spacing), tmp_path / "a.dcm")

        record = project.records.get(added.image_id)

    assert record == added
    assert (record.name, record.path) == ("a.dcm", tmp_path / "a.dcm")
    assert (record.content_hash, record.size, record.spacing) == ("hash", (20, 30), spacing)
    assert (record.view, record.bits, record.applied) == ("PA", 12, ("VOI LUT",))
    assert (record.split, record.label_rank, record.n_known) == ("pool", None, 0)


def test_a_relative_path_is_taken_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    with a_project(tmp_path) as project:
        assert project.records.add(a_radiograph(), Path("a.png")).path == tmp_path / "a.png"


def test_two_images_with_equal_pixels_are_refused_and_both_named(tmp_path: Path):
    with a_project(tmp_path) as project:
        project.records.add(a_radiograph("same"), tmp_path / "one.png")

        with pytest.raises(DuplicateImage, match=r"two\.dcm has the same pixels as one\.png \(.*one\.png\)"):
            project.records.add(a_radiograph("same"), tmp_path / "two.dcm")
        assert project.records.count() == 1


@pytest.mark.parametrize(
    ("is_there", "hint"), [(True, r"It was not added\.$"), (False, "relink the project to the fol")]
)
def test_a_duplicate_of_an_image_whose_file_is_gone_points_to_relinking(tmp_path: Path, is_there: bool, hint: str):
    with a_project(tmp_path) as project:
        project.records.add(a_radiograph("same"), tmp_path / "one.png")
        if is_there:
            (tmp_path / "one.png").touch()

        with pytest.raises(DuplicateImage, match=hint):
            project.records.add(a_radiograph("same"), tmp_path / "two.png")


def test_images_of_one_file_name_get_names_with_their_folders(tmp_path: Path):
    with a_project(tmp_path) as project:
        added = [add_image(project, "001.dcm", folder=folder) for folder in ("a", "b", "b/a")]

    assert [record.name for record in added] == ["001.dcm", "b/001.dcm", "a/001.dcm"]


def test_a_file_that_was_written_anew_gets_a_number(tmp_path: Path):
    with a_project(tmp_path) as project:
        depth = len((tmp_path / "a.png").parts)
        names = [project.records.add(a_radiograph(str(n)), tmp_path / "a.png").name for n in range(depth + 1)]

    assert names[-2:] == ["a.png (2)", "a.png (3)"]


def test_a_slice_of_a_file_keeps_its_number_and_bears_it_in_its_name(tmp_path: Path):
    with a_project(tmp_path) as project:
        for frame in (6, 7):
            project.records.add(a_radiograph(f"slice {frame}"), tmp_path / "case.nii.gz", frame=frame)

        found = [(record.name, record.frame) for record in project.records.page()]
        assert found == [("case.nii.gz#6", 6), ("case.nii.gz#7", 7)]
        assert project.records.find("case#7").frame == 7


def test_an_unknown_number_is_answered_in_words(tmp_path: Path):
    with a_project(tmp_path) as project, pytest.raises(UsageError, match="has no image number 7"):
        project.records.get(7)


def test_an_image_is_found_by_its_stem(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        assert project.records.find("image2").name == "image2.png"


def test_images_are_listed_by_name_with_their_numbers_by_value(tmp_path: Path):
    with a_project(tmp_path) as project:
        for name in ("scan10.png", "scan9.png", "Scan1.png"):
            add_image(project, name)

        assert [record.name for record in project.records.page()] == ["Scan1.png", "scan9.png", "scan10.png"]


def test_pages_together_are_the_whole_list(tmp_path: Path):
    with a_project(tmp_path, images=7) as project:
        pages = [project.records.page(offset, 3) for offset in (0, 3, 6, 9)]

        assert [len(page) for page in pages] == [3, 3, 1, 0]
        assert [record.image_id for page in pages for record in page] == project.records.ids()


@pytest.mark.parametrize(("text", "count"), [("IMAGE1", 1), ("image", 3), ("%", 0), ("_", 0), ("png", 3)])
def test_a_search_takes_the_text_as_it_is_written(tmp_path: Path, text: str, count: int):
    with a_project(tmp_path, images=3) as project:
        assert project.records.count(text=text) == len(project.records.page(text=text)) == count


def test_a_list_may_be_of_one_split(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        project.splits.assign(2, "test")

        assert project.records.ids("test") == [2]
        assert project.records.count(split="pool") == 2


def test_an_unknown_split_or_order_is_answered_with_those_that_there_are(tmp_path: Path):
    with a_project(tmp_path) as project:
        with pytest.raises(UsageError, match=r"no split 'tets'.*train, val, test, pool"):
            project.records.page(split="tets")
        with pytest.raises(UsageError, match=r"cannot be listed by 'size'.*name, added, label_rank, known"):
            project.records.ids(order="size")


def test_images_are_listed_by_how_much_is_known_of_them(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        for landmark in ("apex", "angle", "wall"):
            place(project, 1, landmark)
        place(project, 2)

        assert project.records.ids(order="known") == [3, 2, 1]
        assert [project.records.ids(known=known) for known in ("none", "some", "all")] == [[3], [2], [1]]
        assert project.records.get(2).n_known == 1


def test_images_are_listed_by_label_rank_with_unranked_ones_last(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        project.splits.assign(3, "train", 1)
        project.splits.assign(2, "train", 2)

        assert project.records.ids(order="label_rank") == [3, 2, 1]


@pytest.mark.parametrize("order", ["name", "added", "known", "label_rank"])
def test_neighbours_walk_through_the_list_in_both_directions(tmp_path: Path, order: str):
    with a_project(tmp_path, images=5) as project:
        place(project, 2)
        project.splits.assign(4, "train", 1)
        listed = project.records.ids(order=order)

        steps = [project.records.neighbours(image_id, order=order) for image_id in listed]

    assert [step[0] for step in steps] == [None, *listed[:-1]]
    assert [step[1] for step in steps] == [*listed[1:], None]


def test_the_next_unlabelled_image_is_found_from_a_labelled_one(tmp_path: Path):
    with a_project(tmp_path, images=4) as project:
        for image_id in (2, 3):
            place(project, image_id)

        assert project.records.neighbours(2, known="none") == (1, 4)


def test_an_unknown_image_has_no_neighbours(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        assert project.records.neighbours(99) == (None, None)


def test_images_are_found_after_project_and_images_were_moved_together(tmp_path: Path):
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "images").mkdir(parents=True)
    (old / "images" / "a.png").touch()
    with a_project(old) as project:
        add_image(project, "a.png")
    old.rename(new)

    with Project.open(new / "study.kdland") as project:
        assert project.records.get(1).path == new / "images" / "a.png"
        assert project.records.missing() == []


def test_images_are_found_after_the_project_was_moved_alone(tmp_path: Path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").touch()
    with a_project(tmp_path) as project:
        add_image(project, "a.png")
    (tmp_path / "far" / "away").mkdir(parents=True)
    shutil.move(project.path, tmp_path / "far" / "away")

    with Project.open(tmp_path / "far" / "away" / "study.kdland") as project:
        assert project.records.missing() == []


def test_images_inside_the_project_folder_move_with_it(tmp_path: Path):
    with a_project(tmp_path) as project:
        path = project.path / "images" / "a.png"
        path.parent.mkdir()
        path.touch()
        project.records.add(a_radiograph(), path)
    project.path.rename(tmp_path / "other.kdland")

    with Project.open(tmp_path / "other.kdland") as project:
        assert project.records.get(1).path == tmp_path / "other.kdland" / "images" / "a.png"


def test_missing_files_are_listed_and_relinked_by_their_content(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        first, _ = project.records.missing()
        (tmp_path / "moved.png").touch()

        changed = project.records.relink({first.content_hash: tmp_path / "moved.png", "unknown": tmp_path / "x.png"})

        assert changed == 1
        assert project.records.get(first.image_id).path == tmp_path / "moved.png"
        assert [record.name for record in project.records.missing()] == ["image2.png"]


def test_the_user_may_give_the_spacing_that_the_file_lacks(tmp_path: Path):
    spacing = Spacing(0.14, 0.14, "user")
    with a_project(tmp_path, images=2) as project:
        project.records.set_spacing([2], spacing)

        assert [record.spacing for record in project.records.page()] == [None, spacing]


def test_a_removed_image_is_nowhere_to_be_seen(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        place(project, 1)
        project.records.remove([1])

        assert project.records.ids() == [2]
        assert project.annotations.labelled_ids() == []
        assert project.splits.counts()["pool"] == 1
        with pytest.raises(UsageError, match="no image number 1"):
            project.records.get(1)
        with pytest.raises(UsageError, match="no image 'image1"):
            project.records.find("image1.png")


def test_a_removed_image_comes_back_with_its_annotations(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=7)
        project.records.remove([1])

        record = add_image(project, "image1.png", split="val")

        assert (record.image_id, record.name, record.split) == (1, "image1.png", "val")
        assert x_of(project) == 7


def test_an_unknown_image_cannot_be_removed(tmp_path: Path):
    with a_project(tmp_path, images=1) as project, pytest.raises(UsageError, match="no image number 2"):
        project.records.remove([1, 2])


def test_an_image_of_a_frozen_test_split_cannot_be_removed(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        project.splits.assign(2, "test")
        project.splits.freeze_test()

        with pytest.raises(ProjectError, match=r"image2\.png is in the test split, which is frozen"):
            project.records.remove([1, 2])
        assert project.records.count() == 2


def test_a_new_image_goes_where_the_patients_other_images_are(tmp_path: Path):
    with a_project(tmp_path) as project:
        add_image(project, "a.png", patient="P1", split="val")

        assert add_image(project, "b.png", patient="P1").split == "val"
        assert add_image(project, "c.png", patient="P2").split == "pool"


def test_a_new_image_of_a_training_patient_goes_into_the_pool(tmp_path: Path):
    with a_project(tmp_path) as project:
        add_image(project, "a.png", patient="P1", split="train")

        assert add_image(project, "b.png", patient="P1").split == "pool"


def test_a_new_image_that_would_part_a_patient_is_refused(tmp_path: Path):
    with a_project(tmp_path) as project:
        add_image(project, "a.png", patient="P1", split="test")

        with pytest.raises(PartedPatient, match=r"b\.png is of the same patient as a\.png, which is in test"):
            add_image(project, "b.png", patient="P1", split="pool")
        assert project.records.count() == 1


@pytest.mark.parametrize("split", [None, "test"])
def test_no_new_image_enters_a_frozen_test_split(tmp_path: Path, split: str | None):
    with a_project(tmp_path) as project:
        add_image(project, "a.png", patient="P1", split="test")
        project.splits.freeze_test()

        with pytest.raises(ProjectError, match=r"b\.png would enter the test split, which is frozen"):
            add_image(project, "b.png", patient="P1", split=split)
        assert project.records.count() == 1


def test_a_new_image_cannot_go_into_a_split_that_does_not_exist(tmp_path: Path):
    with a_project(tmp_path) as project, pytest.raises(UsageError, match="no split 'tset'"):
        add_image(project, "a.png", split="tset")


def test_a_patient_given_by_the_caller_counts_before_that_of_the_file(tmp_path: Path):
    with a_project(tmp_path) as project:
        one = project.records.add(a_radiograph("1", patient="wrong"), tmp_path / "1.png", patient="P1")
        other = project.records.add(a_radiograph("2"), tmp_path / "2.png", patient="P1")

    assert one.patient_group == other.patient_group
