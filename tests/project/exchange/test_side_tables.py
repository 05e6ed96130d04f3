from pathlib import Path

import pytest

from napari_kdland.errors import AnnotationError
from napari_kdland.project import Assignment
from napari_kdland.project.exchange import match_patients, read_patients_csv, read_split_csv
from tests.project.factories import a_project, a_radiograph


def a_table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text)
    return path


def test_splits_and_label_ranks_are_read(tmp_path: Path):
    path = a_table(tmp_path, "image,split,label_rank\nimage1.png,train,2\nimage2,TEST,\nimage3.png,pool,\n")
    with a_project(tmp_path, images=3) as project:
        wanted = read_split_csv(path, project.records)
        project.splits.assign_many(wanted)

    assert wanted == {1: Assignment("train", 2), 2: Assignment("test"), 3: Assignment("pool")}


def test_the_label_rank_may_be_left_out(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        assert read_split_csv(a_table(tmp_path, "image,split\nimage1.png,val\n"), project.records) == {
            1: Assignment("val")
        }


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("image9.png,train,1", r"line 2: The project has no image 'image9\.png'"),
        ("image1.png,trian,1", r"line 2: there is no split 'trian' \(there are: train, val, test, pool\)"),
        ("image1.png,train,0", "line 2: label_rank is '0', not a whole number from 1"),
        ("image1.png,train,1.5", "line 2: label_rank is '1.5'"),
        ("image1.png,train,1\nimage1,val,", r"line 3: image1\.png is in line 2 already"),
        ("image1.png,train,1\nimage2.png,train,1", "line 3: label_rank 1 is in line 2 already"),
        ("image1.png,train", "line 2 has 2 fields, the header has 3"),
    ],
)
def test_a_split_that_does_not_fit_is_refused_with_its_line(tmp_path: Path, lines: str, message: str):
    path = a_table(tmp_path, f"image,split,label_rank\n{lines}\n")

    with a_project(tmp_path, images=2) as project, pytest.raises(AnnotationError, match=message):
        read_split_csv(path, project.records)


def test_a_misspelt_label_rank_is_not_passed_over(tmp_path: Path):
    path = a_table(tmp_path, "image,split,labelrank\nimage1.png,train,1\n")

    with a_project(tmp_path, images=1) as project, pytest.raises(AnnotationError, match="rename it to label_rank"):
        read_split_csv(path, project.records)


def test_patients_are_read_by_the_names_of_the_file(tmp_path: Path):
    path = a_table(tmp_path, "image,patient,age\na.png,P1,50\nb.png,P1,50\n")

    assert read_patients_csv(path) == {"a.png": "P1", "b.png": "P1"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("a.png,", "line 2: patient is empty; leave unknown patients out"),
        (",P1", "line 2: image is empty"),
        ("a.png,P1\na.png,P2", r"line 3: a\.png comes twice"),
    ],
)
def test_a_patient_that_does_not_fit_is_refused_with_the_line(tmp_path: Path, lines: str, message: str):
    with pytest.raises(AnnotationError, match=message):
        read_patients_csv(a_table(tmp_path, f"image,patient\n{lines}\n"))


def test_patients_are_matched_to_the_images_of_the_project(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        matched = match_patients({"image1": "P1", "x/image2.dcm": "P1"}, tmp_path / "p.csv", project.records)
        project.splits.assign_patients(matched)

        one, other = project.records.page()
        assert one.patient_group == other.patient_group


def test_patients_of_images_that_are_not_there_are_refused(tmp_path: Path):
    with (
        a_project(tmp_path, images=1) as project,
        pytest.raises(AnnotationError, match=r"p\.csv was not read.*2 problems.*'gone\.png'.*image1\.png has two"),
    ):
        match_patients({"gone.png": "P1", "image1": "P1", "image1.png": "P2"}, tmp_path / "p.csv", project.records)


def test_the_published_splits_of_real_radiographs_are_read(shared: Path, tmp_path: Path):
    path = shared / "data" / "wingspan-512" / "split.csv"
    with a_project(tmp_path) as project:
        for line in path.read_text().splitlines()[1:]:
            name = line.split(",")[0]
            project.records.add(a_radiograph(name), tmp_path / name)
        project.splits.assign_many(read_split_csv(path, project.records))

        assert project.splits.counts() == {"train": 138, "val": 20, "test": 46, "pool": 0}
        assert project.records.page(limit=1, split="train", order="label_rank")[0].name == "ws_150.png"
