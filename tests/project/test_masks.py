from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.exc import IntegrityError

from napari_kdland.anatomy import Origin, Regions
from napari_kdland.errors import AnnotationError, ProjectError, UsageError
from napari_kdland.project import Project
from napari_kdland.project.mask_files import MaskFile, encoded
from tests.project.factories import a_project, a_scheme_with_regions, add_image, regions_of

FILE, TEACHER, STUDENT = Origin("file", "masks"), Origin("teacher", "t"), Origin("student", "s")


def a_project_with_regions(folder: Path, *, images: int = 2) -> Project:
    return a_project(folder, images=images, scheme=a_scheme_with_regions())


def test_a_mask_comes_back_exactly_as_it_was_saved(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        regions = regions_of(project, "right", absent=("heart",))
        record = project.masks.save(1, regions, reader="ada")

        assert project.masks.load(1) == regions
        assert (record.reader, record.known, record.origin) == ("ada", ("right", "heart"), Origin("reader", "ada"))
        assert record.path == project.path / "masks" / f"{record.sha256}.png"


def test_a_mask_outlives_the_program(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        regions = regions_of(project, "left")
        project.masks.save(2, regions, reader="ada")

    with Project.open(project.path) as project:
        assert project.masks.load(2) == regions


def test_an_image_of_which_nobody_said_anything_has_no_mask(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        assert project.masks.load(1) is None
        assert project.masks.current([1, 2]) == {}


def test_every_save_keeps_the_earlier_ones(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        for name in ("right", "left", "heart"):
            project.masks.save(1, regions_of(project, name), reader="ada")

        kept = project.masks.all_saved()
        assert [record.known for record in kept] == [("right",), ("left",), ("heart",)]
        assert all(record.path.is_file() for record in kept)
        assert project.masks.current([1])[1] == kept[-1]


@pytest.mark.parametrize("statement", ["UPDATE masks SET reader = 'x'", "DELETE FROM masks"])
def test_what_was_saved_cannot_be_changed_or_taken_out(tmp_path: Path, statement: str):
    with a_project_with_regions(tmp_path) as project:
        project.masks.save(1, regions_of(project, "right"), reader="ada")

        with (
            pytest.raises(IntegrityError, match="the journal of masks is append-only"),
            project.database.writing() as connection,
        ):
            connection.exec_driver_sql(statement)


def test_the_same_words_of_the_same_reader_are_kept_once(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        for reader in ("ada", "ada", "ben"):
            project.masks.save(1, regions_of(project, "right"), reader=reader)

        assert [record.reader for record in project.masks.all_saved()] == ["ada", "ben"]


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        (None, TEACHER, 0),
        (None, FILE, 0),
        (FILE, STUDENT, 0),
        (STUDENT, FILE, 1),
        (FILE, None, 1),
        (TEACHER, STUDENT, 1),
        (None, None, 1),
    ],
)
def test_a_readers_mask_beats_a_files_that_beats_a_models_and_the_later_wins_among_equals(
    tmp_path: Path, first: Origin | None, second: Origin | None, wins: int
):
    with a_project_with_regions(tmp_path) as project:
        saved = [
            project.masks.save(1, regions_of(project, "right"), reader="ada", origin=first),
            project.masks.save(1, regions_of(project, "left"), reader="ben", origin=second),
        ]

        assert project.masks.current([1])[1] == saved[wins]


def test_each_reader_has_an_own_last_word(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        for reader, name in (("ada", "right"), ("ben", "left"), ("ada", "heart")):
            project.masks.save(1, regions_of(project, name), reader=reader)

        assert project.masks.load(1, reader="ben") == regions_of(project, "left")
        assert project.masks.load(1, reader="cleo") is None


def test_only_what_people_and_files_say_is_a_label(tmp_path: Path):
    with a_project_with_regions(tmp_path, images=4) as project:
        project.masks.save(1, regions_of(project, "right"), reader="ada")
        project.masks.save(2, regions_of(project, "right"), reader="run", origin=TEACHER)
        project.masks.save(3, regions_of(project, absent=("heart",)), reader="import", origin=FILE)

        assert project.masks.labelled_ids() == [1, 3]


def test_labelled_images_are_given_by_split_and_name(tmp_path: Path):
    with a_project_with_regions(tmp_path, images=0) as project:
        ids = {name: add_image(project, name, split=split).image_id for name, split in (("b", "val"), ("a", "val"))}
        for image_id in (*ids.values(), add_image(project, "c", split="train").image_id):
            project.masks.save(image_id, regions_of(project, "right"), reader="ada")

        assert project.masks.labelled_ids("val") == [ids["a"], ids["b"]]


def test_a_reader_takes_a_mask_back_by_saying_that_nothing_is_known(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        project.masks.save(1, regions_of(project, "right"), reader="ada")
        project.masks.save(1, regions_of(project), reader="ada")

        assert project.masks.labelled_ids() == []
        assert len(project.masks.all_saved()) == 2


def test_regions_that_are_left_out_are_unknown(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        project.masks.save(1, Regions(("left",), np.ones((1, 20, 30))), reader="ada")

        loaded = project.masks.load(1)
        assert (loaded.names, loaded.known_names) == (("right", "left", "heart"), ("left",))


def test_a_mask_of_another_size_or_region_is_refused_and_nothing_is_changed(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        with pytest.raises(AnnotationError, match=r"mask of image1\.png has 31 x 20 pixels, the image 30 x 20"):
            project.masks.save(1, regions_of(project, "right", size=(20, 31)), reader="ada")
        with pytest.raises(AnnotationError, match=r"no region liver \(there are: right, left, heart\)"):
            project.masks.save(1, Regions.unknown(["liver"], (20, 30)), reader="ada")

        assert project.masks.all_saved() == []


def test_masks_of_many_images_are_kept_all_or_none(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        file = encoded(regions_of(project, "right"), project.scheme.regions)
        with pytest.raises(AnnotationError, match=r"image2\.png"):
            project.masks.save_many({1: file, 2: MaskFile(file.png, (9, 9), ())}, reader="ada")
        with pytest.raises(UsageError, match="no image number 77"):
            project.masks.save_many({1: file, 77: file}, reader="ada")
        assert project.masks.all_saved() == []

        saved = project.masks.save_many({2: file, 1: file}, reader="ada", origin=FILE)
        assert [record.image_id for record in saved] == [2, 1]


def test_a_mask_needs_a_reader(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project, pytest.raises(UsageError, match="A mask needs a reader"):
        project.masks.save(1, regions_of(project, "right"), reader=" ")


def test_a_lost_or_damaged_file_is_named(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        record = project.masks.save(1, regions_of(project, "right"), reader="ada")

        record.path.write_bytes(b"something else")
        with pytest.raises(ProjectError, match=rf"{record.sha256}\.png is damaged: .* Put the project's masks folder"):
            project.masks.load(1)
        record.path.unlink()
        with pytest.raises(ProjectError, match=rf"{record.sha256}\.png cannot be read: No such file"):
            project.masks.load(1)


def test_a_damaged_file_is_mended_by_saving_the_same_mask_again(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        record = project.masks.save(1, regions_of(project, "right"), reader="ada")
        record.path.write_bytes(b"something else")

        project.masks.save(1, regions_of(project, "right"), reader="ada")

        assert project.masks.load(1) == regions_of(project, "right")


def test_a_mask_that_cannot_be_written_leaves_no_line_behind(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        project.layout.masks_folder.write_text("a file where the folder should be")

        with pytest.raises(ProjectError, match="Cannot write the mask"):
            project.masks.save(1, regions_of(project, "right"), reader="ada")
        assert project.masks.all_saved() == []


def test_regions_that_were_taken_out_of_the_scheme_are_passed_over(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        project.masks.save(1, regions_of(project, "right", "heart"), reader="ada")
    manifest = project.layout.manifest_path
    manifest.write_text("".join(line for line in manifest.read_text().splitlines(keepends=True) if "heart" not in line))

    with Project.open(project.path) as project:
        assert project.scheme.region_names == ("right", "left")
        assert project.masks.load(1).known_names == ("right",)
