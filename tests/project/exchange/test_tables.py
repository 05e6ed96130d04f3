from pathlib import Path

import pytest

from napari_kdland.errors import AnnotationError
from napari_kdland.project.exchange.tables import read_table, read_text, write_table


def a_file(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_a_line_knows_its_number_although_others_are_empty_or_long(tmp_path: Path):
    lines = read_table(a_file(tmp_path, 'a,b\n\n"one\ntwo",2\n3,4\n'), ("a", "b"))

    assert [line.where for line in lines] == ["line 4", "line 5"]


def test_numbers_of_a_semicolon_file_may_have_commas(tmp_path: Path):
    (line,) = read_table(a_file(tmp_path, "a;b\n1,5;-2.25\n"), ("a", "b"))

    assert (line.number("a"), line.number("b"), line.number("c")) == (1.5, -2.25, None)


def test_a_comma_file_with_semicolons_in_a_note_is_a_comma_file(tmp_path: Path):
    (line,) = read_table(a_file(tmp_path, "a,b,note;all;of;it\n1,2,x\n"), ("a", "b"))

    assert line.number("b") == 2


def test_what_is_written_is_read_back(tmp_path: Path):
    rows = [["a,b", 'say "hi"'], ["line\nbreak", ";"]]
    lines = read_table(a_file(tmp_path, write_table(("x", "y"), rows)), ("x", "y"))

    assert [list(line.fields.values()) for line in lines] == rows


def test_a_folder_is_no_text(tmp_path: Path):
    with pytest.raises(AnnotationError, match=r"Cannot read .*: Is a directory"):
        read_text(tmp_path)
