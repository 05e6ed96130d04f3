"""Every format of the menu, and what all of them refuse."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_kdland.anatomy import Landmarks, LandmarkState, Origin
from napari_kdland.errors import AnnotationError, ProjectError, UsageError
from napari_kdland.project import Annotation, Project
from napari_kdland.project.exchange import EXCHANGES, format_of, read_annotations, write_annotations
from tests.project.factories import a_project, add_image, place, placed

S = LandmarkState
FORMATS = [entry.name for entry in EXCHANGES]
EVERY_STATE = [
    Annotation(1, "apex", S.PLACED, (0.1 + 0.2, 1 / 3)),
    Annotation(1, "angle", S.OCCLUDED, (-0.5, 29.5)),
    Annotation(1, "wall", S.UNCERTAIN, (19.5, -0.5)),
    Annotation(2, "apex", S.ABSENT, None),
    Annotation(2, "wall", S.PLACED, (0.0, 0.0)),
]


def written(project: Project, name: str, folder: Path, reader: str | None = None) -> Path:
    path = folder / f"out{next(entry for entry in EXCHANGES if entry.name == name).resolve().suffix}"
    write_annotations(name, path, project, reader=reader)
    return path


def round_trip(name: str, rows: list[Annotation], folder: Path) -> tuple[dict[int, Landmarks], dict[int, Landmarks]]:
    for part in ("one", "two"):
        (folder / part).mkdir()
    with a_project(folder / "one", images=3) as one, a_project(folder / "two", images=3) as two:
        one.annotations.edit_many(rows, reader="ada")
        two.annotations.edit_many(read_annotations(name, written(one, name, folder), two), reader="import")
        return one.annotations.labels([1, 2, 3]), two.annotations.labels([1, 2, 3])


@pytest.mark.parametrize("name", FORMATS)
def test_every_state_and_every_digit_comes_back(tmp_path: Path, name: str):
    before, after = round_trip(name, EVERY_STATE, tmp_path)

    assert after == before
    assert set(before[1].states) | set(before[2].states) == set(LandmarkState)


coordinates = st.tuples(st.floats(-0.5, 19.5), st.floats(-0.5, 29.5))
words = st.one_of(
    st.tuples(st.sampled_from([S.PLACED, S.OCCLUDED, S.UNCERTAIN]), coordinates),
    st.tuples(st.sampled_from([S.ABSENT, S.NOT_YET]), st.none()),
)
rows = st.lists(
    st.builds(lambda i, n, w: Annotation(i, n, *w), st.integers(1, 3), st.sampled_from(["apex", "wall"]), words),
    max_size=6,
    unique_by=lambda row: (row.image_id, row.landmark),
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(rows=rows)
def test_any_annotations_come_back_exactly(name: str, rows: list[Annotation]):
    with tempfile.TemporaryDirectory() as folder:
        before, after = round_trip(name, rows, Path(folder))

    assert after == before


@pytest.mark.parametrize("name", FORMATS)
def test_writing_what_was_read_gives_the_same_file(tmp_path: Path, name: str):
    (tmp_path / "two").mkdir()
    with a_project(tmp_path, images=3) as one, a_project(tmp_path / "two", images=3) as two:
        one.annotations.edit_many(EVERY_STATE, reader="ada")
        first = written(one, name, tmp_path)
        two.annotations.edit_many(read_annotations(name, first, two), reader="import")

        assert written(two, name, tmp_path / "two").read_bytes() == first.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_readers_come_back_and_the_file_is_the_origin(tmp_path: Path, name: str):
    (tmp_path / "two").mkdir()
    with a_project(tmp_path, images=1) as one, a_project(tmp_path / "two", images=1) as two:
        place(one, 1, "apex", reader="ada")
        place(one, 1, "wall", reader="bob")
        path = written(one, name, tmp_path)
        edits = two.annotations.edit_many(read_annotations(name, path, two), reader="import")

    assert {edit.landmark: edit.reader for edit in edits} == {"apex": "ada", "wall": "bob"}
    assert {edit.origin for edit in edits} == {Origin("file", path.name)}


@pytest.mark.parametrize("name", FORMATS)
def test_one_readers_annotations_may_be_written_alone(tmp_path: Path, name: str):
    with a_project(tmp_path, images=2) as project:
        place(project, 1, x=1, reader="ada")
        place(project, 1, x=2, reader="bob")
        place(project, 2, x=3, reader="bob")

        (annotation,) = read_annotations(name, written(project, name, tmp_path, reader="ada"), project)
    assert (annotation.image_id, annotation.point, annotation.reader) == (1, (5, 1), "ada")


def test_a_reader_who_said_nothing_is_answered_with_those_who_did(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, reader="ada")

        with pytest.raises(UsageError, match=r"No annotation is by 'eve'\. Those who annotated: ada"):
            write_annotations("csv", tmp_path / "a.csv", project, reader="eve")


@pytest.mark.parametrize("name", FORMATS)
def test_names_with_commas_quotes_and_letters_of_all_kinds_come_back(tmp_path: Path, name: str):
    with a_project(tmp_path) as project:
        record = add_image(project, 'żółw, "a"; 肺.png')
        project.annotations.edit_many([placed(record.image_id)], reader="Łukasz, dr")

        (annotation,) = read_annotations(name, written(project, name, tmp_path), project)
    assert (annotation.image_id, annotation.reader) == (record.image_id, "Łukasz, dr")


@pytest.mark.parametrize("name", FORMATS)
def test_a_project_without_annotations_gives_an_empty_file_that_is_read_back(tmp_path: Path, name: str):
    with a_project(tmp_path, images=2) as project:
        assert read_annotations(name, written(project, name, tmp_path), project) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_cannot_be_written_is_named_and_the_old_one_left(tmp_path: Path, name: str):
    with a_project(tmp_path, images=1) as project:
        place(project)
        path = written(project, name, tmp_path)
        before = path.read_bytes()
        path.with_name(f"{path.name}.part").mkdir()

        with pytest.raises(ProjectError, match=rf"Cannot write .*{path.name}"):
            write_annotations(name, path, project)
        assert path.read_bytes() == before


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str):
    with a_project(tmp_path) as project, pytest.raises(AnnotationError, match=r"Cannot read .*gone: No such file"):
        read_annotations(name, tmp_path / "gone", project)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("ąę".encode("utf-16"), "is UTF-16 text"),
        ("a" * 10 + "\n" + "é", "is not UTF-8 text: line 2 holds the byte 0xE9"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no text at all"),
    ],
)
def test_a_file_in_another_encoding_is_refused_with_what_to_do(
    tmp_path: Path, name: str, data: bytes | str, message: str
):
    path = tmp_path / "landmarks"
    path.write_bytes(data.encode("latin-1") if isinstance(data, str) else data)

    with a_project(tmp_path) as project, pytest.raises(AnnotationError, match=rf"{message}.*Save it as UTF-8"):
        read_annotations(name, path, project)


def test_an_unknown_format_is_answered_with_those_that_there_are(tmp_path: Path):
    with a_project(tmp_path) as project, pytest.raises(UsageError, match=r"no annotation format 'xml'.*csv, coco"):
        read_annotations("xml", tmp_path / "a.xml", project)


@pytest.mark.parametrize(("path", "name"), [("a.csv", "csv"), ("A.CSV", "csv"), ("coco.json", "coco")])
def test_the_ending_tells_the_format(path: str, name: str):
    assert format_of(Path(path)) == name


def test_an_ending_that_tells_nothing_is_answered_with_the_formats():
    with pytest.raises(UsageError, match=r"The ending of a\.xml tells no annotation format.*csv, coco"):
        format_of(Path("a.xml"))


def test_a_file_takes_nothing_back_that_it_does_not_know(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1, reader="ada")
        path = tmp_path / "a.csv"
        path.write_text("image,landmark,x,y,state,reader\nimage1.png,apex,,,not_yet,ada\n")

        assert read_annotations("csv", path, project) == []


def test_a_large_file_is_read_in_reasonable_time(tmp_path: Path):
    with a_project(tmp_path, images=40) as project:
        points = np.random.default_rng(0).uniform(0, 19, (40, 3, 2))
        lines = [
            f"image{i + 1}.png,{name},{x!r},{y!r}"
            for i in range(40)
            for name, (y, x) in zip(("apex", "angle", "wall"), points[i].tolist(), strict=True)
        ]
        path = tmp_path / "a.csv"
        path.write_text("\n".join(["image,landmark,x,y", *lines]))

        project.annotations.edit_many(read_annotations("csv", path, project), reader="import")
        assert project.annotations.labels([40])[40].points.tolist() == points[39].tolist()
