"""Bad input on the command line: one line on stderr that says what, where and what to do, exit code 2, nothing lost."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_kdland import cli
from tests.makers import TINY, a_project

HEAD = "image,landmark,x,y,state\n"
SETTINGS = [word for setting in TINY for word in ("--set", setting)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return a_project(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project_path(tmp_path):
    return a_project(tmp_path, train=2, val=1, test=0, pool=0, labelled=2)


@pytest.fixture
def said(monkeypatch, capsys):
    """Give a command's one line on stderr, after looking that it ended with exit code 2."""

    def typed(*words: object) -> str:
        monkeypatch.setattr("sys.argv", ["kdland", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        assert ended.value.code == 2, told
        assert told.err.endswith("\n")
        *progress, line = told.err.splitlines()
        assert line.startswith("kdland: ")
        assert not any(word in " ".join(progress) for word in ("kdland:", "Traceback"))
        return line

    return typed


def edits_in(project_path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(project_path / "project.db")) as connection:
        return connection.execute("SELECT * FROM edits").fetchall()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEAD + "dots_99,dot_0,5,5,placed\n", ("line 2", "dots_99")),
        (HEAD + "dots_00,dot_7,5,5,placed\n", ("line 2", "dot_7", "dot_0")),
        ("image,landmark,x\ndots_00,dot_0,5\n", ("y",)),
        (HEAD + "dots_00,dot_0,5,5000,placed\n", ("line 2", "5000", "outside")),
        (HEAD + "dots_00,dot_0,5,5,nowhere\n", ("line 2", "nowhere", "placed")),
        (HEAD + "dots_00,dot_0,five,5,placed\n", ("line 2", "five")),
        ((HEAD + "dots_00,dot_0,5,5,placed\n").encode("utf-16"), ("UTF-8", "UTF-16")),
        (b"", ("landmarks.csv",)),
    ],
    ids=["image", "landmark", "column", "outside", "state", "number", "encoding", "empty"],
)
def test_a_table_that_does_not_fit_is_refused_whole(project_path, tmp_path, said, content, expected):
    table = tmp_path / "landmarks.csv"
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = edits_in(project_path)

    line = said("import", project_path, tmp_path / "images", "--landmarks", table)

    assert "landmarks.csv" in line
    for word in expected:
        assert word in line
    assert edits_in(project_path) == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('name = "none"\n', ("at least one landmark or region",)),
        ('name = "two"\n[[landmarks]]\nname = "apex"\n[[landmarks]]\nname = "apex"\n', ("apex",)),
        ('name = "odd"\n[[landmarks]]\nname = "apex"\ncolr = "red"\n', ("landmarks.0.colr",)),
        ("name = \n", ("scheme.toml",)),
    ],
    ids=["nothing", "twice", "misspelt", "no TOML"],
)
def test_a_scheme_that_cannot_be_used_makes_no_project(tmp_path, said, content, expected):
    scheme = tmp_path / "scheme.toml"
    scheme.write_text(content)

    line = said("new", tmp_path / "study.kdland", "--scheme", scheme)

    for word in expected:
        assert word in line
    assert not (tmp_path / "study.kdland").exists()


def _broken_dicom(path: Path) -> Path:
    path.write_bytes(b"\0" * 128 + b"DICM" + b"\x02\x00\x10\x00UI\xff\xff")
    return path


def _constant(path: Path) -> Path:
    Image.fromarray(np.full((20, 20), 7, dtype=np.uint8)).save(path.with_suffix(".png"))
    return path.with_suffix(".png")


def _with_nan(path: Path) -> Path:
    pixels = np.random.default_rng(0).random((20, 20), dtype=np.float32)
    pixels[3, 4] = np.nan
    tifffile.imwrite(path.with_suffix(".tif"), pixels)
    return path.with_suffix(".tif")


def _empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize("make", [_broken_dicom, _constant, _with_nan, _empty])
def test_an_import_of_which_nothing_can_be_read_says_why(project_path, tmp_path, said, make):
    file = make(tmp_path / "bad.dcm")

    line = said("import", project_path, file)

    assert file.name in line


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--labels", "0"), ("label",)),
        (("--labels", "99"), ("99", "3")),
        (("--recipe", "kd"), ("teacher", "kdland train")),
        (("--recipe", "kdd"), ("kdd", "kd")),
        (("--set", "training.stauts=3"), ("training.stauts", "steps")),
        (("--set", "training.steps=-1"), ("training.steps", "-1")),
        (("--teacher", "nobody", "--recipe", "kd"), ("nobody",)),
        (("--device", "cuda:77"), ("cuda:77",)),
        (("--resume", "nobody"), ("nobody",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_training_that_cannot_be_is_refused_before_it_starts(made, said, words, expected):
    line = said("train", made, *(() if "--resume" in words else SETTINGS), *words)

    for word in expected:
        assert word in line
    assert not list((made / "runs").glob("*"))


def test_a_training_without_any_label_is_refused(tmp_path, said):
    path = a_project(tmp_path, train=2, val=1, test=0, pool=0, labelled=0)

    assert "0 annotated images" in said("train", path, *SETTINGS)


def test_a_project_of_a_newer_program_is_refused_with_both_versions(project_path, said):
    with closing(sqlite3.connect(project_path / "project.db")) as connection:
        connection.execute("PRAGMA user_version = 99")

    assert "schema version 99" in said("info", project_path)


def test_what_is_no_project_is_named(tmp_path, said):
    (tmp_path / "folder").mkdir()

    assert str(tmp_path / "folder") in said("info", tmp_path / "folder")


def test_a_place_that_cannot_be_written_is_named(made, tmp_path, said):
    (tmp_path / "file").write_text("in the way")

    for words in (("export", made, "csv"), ("export", made, "coco")):
        assert str(tmp_path / "file") in said(*words, tmp_path / "file" / "out")
    assert str(tmp_path / "file") in said("new", tmp_path / "file" / "study.kdland", "--scheme", "chest-10")
