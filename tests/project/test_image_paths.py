from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.project.image_paths import located, paths_of, sort_name

parts = st.lists(st.text("abc.", min_size=1).filter(lambda part: part.strip(".")), min_size=1, max_size=4)


@given(parts, parts)
def test_a_path_is_found_again_from_where_the_project_is(image: list[str], project: list[str]):
    path, folder = Path("/", *image), Path("/", *project)
    ways = paths_of(path, folder)

    assert located(ways["relative_path"], ways["absolute_path"], folder) == path


def test_a_path_follows_the_project_only_where_the_file_is_there(tmp_path: Path):
    ways = paths_of(Path("/old/images/a.png"), Path("/old/study.kdland"))
    assert located(ways["relative_path"], ways["absolute_path"], tmp_path / "study.kdland") == Path("/old/images/a.png")

    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").touch()
    assert located(ways["relative_path"], ways["absolute_path"], tmp_path / "study.kdland") == tmp_path / "images/a.png"


def test_a_path_without_a_relative_way_is_absolute():
    assert located(None, "/data/a.png", Path("/study.kdland")) == Path("/data/a.png")


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_names_are_sorted_by_the_numbers_in_them(one: int, other: int):
    assert (sort_name(f"Scan{one}.png") < sort_name(f"scan{other}.png")) == (one < other)
