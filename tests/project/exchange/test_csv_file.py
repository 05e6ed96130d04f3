from pathlib import Path

import pytest

from napari_kdland.anatomy import LandmarkState, load_scheme
from napari_kdland.errors import AnnotationError
from napari_kdland.project import Annotation
from napari_kdland.project.exchange import read_annotations
from tests.project.factories import a_project, a_radiograph

HEADER = "image,landmark,x,y,state\n"


def read(folder: Path, text: str | bytes, images: int = 2) -> list[Annotation]:
    path = folder / "landmarks.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with a_project(folder, images=images) as project:
        return read_annotations("csv", path, project)


def points(annotations: list[Annotation]) -> list[tuple[float, float] | None]:
    return [annotation.point for annotation in annotations]


def test_x_runs_to_the_right_and_y_down(tmp_path: Path):
    (annotation,) = read(tmp_path, "image,landmark,x,y\nimage1.png,apex,25.5,3\n")

    assert annotation.point == (3.0, 25.5)
    assert annotation.state is LandmarkState.PLACED


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffimage,landmark,x,y\nimage1.png,apex,2.5,3\n",
        "image;landmark;x;y\nimage1.png;apex;2,5;3\n",
        "image;landmark;x;y\nimage1.png;apex;2.5;3\n",
        "image\tlandmark\tx\ty\nimage1.png\tapex\t2.5\t3\n",
        "image,landmark,x,y\r\nimage1.png,apex,2.5,3\r\n\r\n",
        '"Image","Landmark","X","Y"\n"image1.png","apex","2.5","3"\n',
        " image , landmark , x , y \n image1.png , apex , 2.5 , 3 \n",
        "y,x,landmark,image,comment\n3,2.5,apex,image1.png,good; very\n",
        "image,landmark,x,y\nimage1,apex,2.5,3",
        "image,landmark,x,y,state\nimage1.png,apex,2.5,3,Placed\n",
    ],
)
def test_tables_as_people_have_them_are_read(tmp_path: Path, text: str):
    assert points(read(tmp_path, text)) == [(3.0, 2.5)]


@pytest.mark.parametrize("state", ["not yet", "NOT-YET", "not_yet", ""])
@pytest.mark.parametrize("empty", ["", "nan", "NaN"])
def test_a_landmark_without_coordinates_and_state_is_not_yet(tmp_path: Path, state: str, empty: str):
    assert read(tmp_path, f"{HEADER}image1.png,apex,{empty},{empty},{state}\n") == []


def test_an_absent_landmark_has_no_coordinates(tmp_path: Path):
    (annotation,) = read(tmp_path, f"{HEADER}image1.png,apex,,,absent\n")

    assert (annotation.state, annotation.point) == (LandmarkState.ABSENT, None)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "image3.png,apex,1,2,",
            r"line 3: The project has no image 'image3\.png'\. Close to it: image2\.png, image1\.png",
        ),
        ("image1.png,apexx,1,2,", r"line 3: the scheme has no landmark 'apexx' \(close to it: apex\)"),
        ("image1.png,apex,30,2,", r"line 3: apex at x 30, y 2 lies outside the image of 30 x 20 pixels \(x from -0\.5"),
        ("image1.png,apex,2,19.51,", r"line 3: apex at x 2, y 19\.51 lies outside"),
        ("image1.png,apex,left,2,", "line 3: x is 'left', which is not a number"),
        ("image1.png,apex,1,2,seen", r"line 3: there is no state 'seen' \(there are: placed, occluded"),
        ("image1.png,apex,,,placed", "line 3: apex is placed, but has no coordinates"),
        ("image1.png,apex,nan,nan,placed", "line 3: apex is placed, but has no coordinates"),
        ("image1.png,apex,1,,placed", "line 3: apex has only one of x and y"),
        ("image1.png,apex,1,nan,", "line 3: apex has only one of x and y"),
        ("image1.png,apex,inf,2,", "line 3: apex is placed, but its coordinates are x inf, y 2"),
        ("image1.png,apex,1,2,absent", "line 3: apex is absent, but has coordinates"),
        ("image1.png,wall,1,2,", r"line 3: wall of image1\.png is in line 2 already"),
        ("image1,wall,1,2,", "line 3: wall of image1 is in line 2 already"),
        (",apex,1,2,", "line 3: The project has no image ''"),
        ("image1.png,apex,203,5,1,", "line 3 has 6 fields, the header has 5. Decimals take a point"),
        ("image1.png,apex,1", "line 3 has 3 fields, the header has 5"),
        ('image1.png,"apex,1,2,', "cannot be read: line 3: unexpected end of data"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_with_its_number(tmp_path: Path, line: str, message: str):
    with pytest.raises(AnnotationError, match=message):
        read(tmp_path, f"{HEADER}image1.png,wall,1,2,placed\n{line}\n")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("image,landmark,x", r"has no column y in line 1: found the columns image, landmark, x\. Add it"),
        ("picture;name;x;y", "has no column image, landmark in line 1: found the columns picture, name, x, y"),
        ("image,landmark,x,y,x", "has the column x twice"),
        ("image,landmark,x,y,states", "has a column states in line 1: rename it to state"),
        ("image,landmark,x,y,raeder", "has a column raeder in line 1: rename it to reader"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_with_what_was_found(tmp_path: Path, header: str, message: str):
    with pytest.raises(AnnotationError, match=message):
        read(tmp_path, f"{header}\n")


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_an_empty_file_says_which_columns_it_lacks(tmp_path: Path, text: str):
    with pytest.raises(AnnotationError, match=r"landmarks\.csv is empty\. Expected a header .*image, landmark, x, y"):
        read(tmp_path, text)


def test_a_file_with_many_problems_names_the_first_and_their_number_and_changes_nothing(tmp_path: Path):
    lines = "".join(f"image1.png,hilum{n},1,2,\n" for n in range(9))

    with pytest.raises(AnnotationError, match=r"nothing is changed: 9 problems\. line 3: .*line 7: .*; and 4 more\.$"):
        read(tmp_path, f"{HEADER}image1.png,apex,1,2,\n{lines}")


def test_an_unknown_image_is_told_once_and_not_for_each_of_its_landmarks(tmp_path: Path):
    lines = "".join(f"gone.png,{name},1,2,\n" for name in ("apex", "angle", "wall"))

    with pytest.raises(AnnotationError, match=r"nothing is changed: line 2: .*'gone\.png'.*[^;]*$"):
        read(tmp_path, HEADER + lines)


def test_an_image_name_that_fits_two_images_is_refused_naming_both(tmp_path: Path):
    path = tmp_path / "landmarks.csv"
    path.write_text(f"{HEADER}scan,apex,1,2,\n")
    with a_project(tmp_path) as project:
        for number, name in enumerate(("scan.png", "scan.dcm")):
            project.records.add(a_radiograph(str(number)), tmp_path / name)

        with pytest.raises(AnnotationError, match=r"line 2: 'scan' fits 2 images: scan\.png, scan\.dcm"):
            read_annotations("csv", path, project)


def test_two_readers_may_speak_of_one_landmark(tmp_path: Path):
    text = "image,landmark,x,y,reader\nimage1.png,apex,1,2,ada\nimage1.png,apex,3,4,bob\n"

    assert [(row.reader, row.point) for row in read(tmp_path, text)] == [("ada", (2, 1)), ("bob", (4, 3))]


def test_a_table_of_predictions_is_read_like_any_other(tmp_path: Path):
    text = "image,landmark,x,y,state,sd_px,confidence,x_mm,y_mm\nimage1.png,apex,1,2,placed,0.5,0.9,0.1,0.2\n"

    assert points(read(tmp_path, text)) == [(2.0, 1.0)]


def test_the_published_landmarks_of_real_radiographs_are_read(shared: Path, tmp_path: Path):
    path = shared / "data" / "wingspan-512" / "landmarks_clinical.csv"
    lines = path.read_text().splitlines()[1:]
    with a_project(tmp_path, scheme=load_scheme("chest-10")) as project:
        for name in sorted({line.split(",")[0] for line in lines}):
            project.records.add(a_radiograph(name, size=(512, 512)), tmp_path / name)

        annotations = read_annotations("csv", path, project)
        project.annotations.edit_many(annotations, reader="import")
        assert len(annotations) == len(lines)
        assert project.annotations.current(1)["right_lung_apex"].tolist() == [58.0, 203.5]
