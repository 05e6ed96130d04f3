from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.extra.numpy import arrays

from napari_kdland.anatomy import Regions, RegionState
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.project import Project
from napari_kdland.project.exchange import MaskFolder, write_masks
from napari_kdland.project.mask_files import to_png
from tests.project.factories import a_project, a_radiograph, a_scheme, a_scheme_with_regions, regions_of

SIZE = (20, 30)


def a_project_with_regions(folder: Path, *, images: int = 2) -> Project:
    return a_project(folder, images=images, scheme=a_scheme_with_regions())


def draw(folder: Path, name: str, *bits: int, size: tuple[int, int] = SIZE) -> Path:
    """Write a mask with one row of pixels of each of `bits`, below each other."""
    mask = np.zeros(size, dtype=np.uint16)
    for row, bit in enumerate(bits):
        mask[row] = bit
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_png(mask))
    return path


def taken(folder: Path, project: Project) -> dict[int, tuple[str, ...]]:
    """Read a folder and give what is known of each image."""
    masks = MaskFolder(folder, project)
    for path in masks.paths:
        masks.take(path)
    files, _ = masks.files()
    return {image_id: file.known for image_id, file in files.items()}


def test_masks_are_known_by_the_name_of_their_image(tmp_path: Path):
    draw(tmp_path / "masks", "image1.png", 1, 2)
    draw(tmp_path / "masks", "image2.png", 4)

    with a_project_with_regions(tmp_path) as project:
        assert taken(tmp_path / "masks", project) == {1: ("right", "left"), 2: ("heart",)}


def test_a_region_without_a_pixel_is_unknown_unless_the_table_calls_it_absent(tmp_path: Path):
    draw(tmp_path / "masks", "image1.png", 1)
    (tmp_path / "masks" / "regions.csv").write_text(
        "image,region,state\nimage1,left,absent\nimage1.png,heart,unknown\n"
    )

    with a_project_with_regions(tmp_path) as project:
        assert taken(tmp_path / "masks", project) == {1: ("right", "left")}


def test_masks_that_say_nothing_are_counted_and_left_out(tmp_path: Path):
    draw(tmp_path / "masks", "image1.png")

    with a_project_with_regions(tmp_path) as project:
        masks = MaskFolder(tmp_path / "masks", project)
        masks.take(masks.paths[0])

        assert masks.files() == ({}, 1)


@pytest.mark.parametrize(
    ("name", "bits", "size", "message"),
    [
        ("image3.png", (1,), SIZE, r"image3\.png: The project has no image 'image3\.png'\. Close to it: .*image1\.png"),
        ("image1.png", (1,), (30, 20), r"image1\.png: it has 20 x 30 pixels, the image 30 x 20"),
        (
            "image1.png",
            (1, 8, 64),
            SIZE,
            r"image1\.png: it has the bits 8, 64, which no region .*1 right, 2 left, 4 heart",
        ),
    ],
)
def test_a_mask_that_does_not_fit_is_refused_with_what_is_wrong(
    tmp_path: Path, name: str, bits: tuple[int, ...], size: tuple[int, int], message: str
):
    draw(tmp_path / "masks", name, *bits, size=size)

    with a_project_with_regions(tmp_path) as project, pytest.raises(AnnotationError, match=message):
        taken(tmp_path / "masks", project)


def test_a_damaged_mask_is_named_with_its_fault(tmp_path: Path):
    path = draw(tmp_path / "masks", "image1.png", 1)
    path.write_bytes(path.read_bytes()[:50])

    with (
        a_project_with_regions(tmp_path) as project,
        pytest.raises(AnnotationError, match=r"masks was not read, nothing is changed: image1\.png is damaged"),
    ):
        taken(tmp_path / "masks", project)


def test_every_problem_of_a_folder_is_listed_at_once(tmp_path: Path):
    draw(tmp_path / "masks", "image1.png", 8)
    draw(tmp_path / "masks", "image2.png", 1, size=(5, 5))

    with (
        a_project_with_regions(tmp_path) as project,
        pytest.raises(AnnotationError, match=r"2 problems\. image1\.png: .*; image2\.png: "),
    ):
        taken(tmp_path / "masks", project)


def test_two_masks_of_one_image_are_refused(tmp_path: Path):
    draw(tmp_path / "masks", "image1.png", 1)
    draw(tmp_path / "masks", "more/image1.png", 1)

    with (
        a_project_with_regions(tmp_path) as project,
        pytest.raises(AnnotationError, match=r"more/image1\.png: the mask of image1\.png is image1\.png already"),
    ):
        taken(tmp_path / "masks", project)


def test_folders_below_tell_masks_of_images_of_one_name_apart(tmp_path: Path):
    with a_project_with_regions(tmp_path, images=0) as project:
        ids = [project.records.add(a_radiograph(name), tmp_path / name / "001.dcm").image_id for name in "ab"]
        draw(tmp_path / "masks", "a/001.png", 1)
        draw(tmp_path / "masks", "b/001.png", 2)

        assert taken(tmp_path / "masks", project) == {ids[0]: ("right",), ids[1]: ("left",)}


def test_overlapping_regions_are_refused_where_the_scheme_says_that_they_do_not_overlap(tmp_path: Path):
    draw(tmp_path / "masks", "image1.png", 3)
    scheme = a_scheme_with_regions().model_copy(update={"regions_overlap": False})

    with (
        a_project(tmp_path, images=1, scheme=scheme) as project,
        pytest.raises(AnnotationError, match="30 pixels lie in several regions, but those of organs do not"),
    ):
        taken(tmp_path / "masks", project)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("image9,left,absent", r"regions\.csv, line 2: The project has no image 'image9'"),
        ("image1,liver,absent", r"line 2: the scheme has no region 'liver' \(there are: right, left, heart\)"),
        ("image1,left,gone", r"line 2: there is no state 'gone' for a region without a pixel \(absent, unknown\)"),
        ("image1,right,absent", r"regions\.csv: image1\.png draws right, which is called absent"),
        ("image1,left,absent\nimage1,left,absent", "line 3: left of image1 comes twice"),
        ("image2,left,absent", r"regions\.csv: image2\.png has no mask in the folder"),
    ],
)
def test_a_table_of_states_that_does_not_fit_is_refused_with_its_line(tmp_path: Path, line: str, message: str):
    draw(tmp_path / "masks", "image1.png", 1)
    (tmp_path / "masks" / "regions.csv").write_text(f"image,region,state\n{line}\n")

    with a_project_with_regions(tmp_path) as project, pytest.raises(AnnotationError, match=message):
        taken(tmp_path / "masks", project)


def test_a_folder_that_cannot_hold_masks_is_refused(tmp_path: Path):
    (tmp_path / "empty").mkdir()

    with a_project_with_regions(tmp_path) as project:
        with pytest.raises(AnnotationError, match=r"no folder .*nowhere to read masks from"):
            MaskFolder(tmp_path / "nowhere", project)
        with pytest.raises(AnnotationError, match="empty holds no PNG"):
            MaskFolder(tmp_path / "empty", project)
    (tmp_path / "other").mkdir()
    with (
        a_project(tmp_path / "other", scheme=a_scheme("apex")) as project,
        pytest.raises(AnnotationError, match="The scheme small names no regions"),
    ):
        MaskFolder(tmp_path / "empty", project)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(masks=arrays(bool, (2, 3, 4, 5)), known=arrays(bool, (2, 3)))
def test_masks_come_back_exactly_as_they_went_out(
    tmp_path_factory: pytest.TempPathFactory, masks: np.ndarray, known: np.ndarray
):
    folder = tmp_path_factory.mktemp("round")
    with a_project_with_regions(folder, images=0) as project:
        for index, name in enumerate(("a.png", "b.dcm")):
            project.records.add(a_radiograph(name, size=(4, 5)), folder / name)
            regions = Regions(project.scheme.region_names, masks[index] & known[index, :, None, None], known[index])
            project.masks.save(index + 1, regions, reader="ada")
        said = {i: project.masks.load(i).known_names for i in (1, 2) if known[i - 1].any()}

        list(write_masks(folder / "out", project))

        assert {path.name for path in (folder / "out").glob("*.png")} == {("a.png", "b.png")[i - 1] for i in said}
        back = MaskFolder(folder / "out", project) if said else None
        for path in back.paths if back else ():
            back.take(path)
        files = back.files()[0] if back else {}
        assert {image_id: file.known for image_id, file in files.items()} == said
        assert all(file.png == project.masks.current([i])[i].path.read_bytes() for i, file in files.items())


def test_masks_of_images_that_differ_by_their_ending_go_out_and_come_back(tmp_path: Path):
    with a_project_with_regions(tmp_path, images=0) as project:
        for name, drawn in (("a.png", "right"), ("a.dcm", "left")):
            record = project.records.add(a_radiograph(name), tmp_path / name)
            project.masks.save(record.image_id, regions_of(project, drawn), reader="ada")

        list(write_masks(tmp_path / "out", project))

        assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["a.dcm.png", "a.png"]
        assert taken(tmp_path / "out", project) == {1: ("right",), 2: ("left",)}


def test_one_readers_masks_may_be_written_alone(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        project.masks.save(1, regions_of(project, "right"), reader="ada")
        project.masks.save(1, regions_of(project, "left"), reader="ben")
        project.masks.save(2, regions_of(project, "left"), reader="ben")

        assert list(write_masks(tmp_path / "out", project, reader="ada")) == ["image1.png"]
        with pytest.raises(UsageError, match=r"No mask is by 'cleo'\. Those who drew some: ada, ben"):
            list(write_masks(tmp_path / "more", project, reader="cleo"))


def test_masks_are_not_written_among_other_files(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()

    with a_project_with_regions(tmp_path) as project, pytest.raises(UsageError, match="out exists already and is not"):
        list(write_masks(tmp_path / "out", project))


def test_what_is_absent_and_unknown_is_written_beside_the_masks(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        project.masks.save(1, regions_of(project, "right", absent=("left",)), reader="ada")

        list(write_masks(tmp_path / "out", project))

        text = (tmp_path / "out" / "regions.csv").read_text()
        assert text == "image,region,state\nimage1.png,left,absent\nimage1.png,heart,unknown\n"
        assert {*RegionState} == {"drawn", "absent", "unknown"}
