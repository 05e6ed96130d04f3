"""Indices that were measured elsewhere."""

import imageio.v3 as imageio
import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.anatomy import load_scheme
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.jobs import IndexSource, import_images
from napari_kdland.jobs.index_sources import read_index_sources
from napari_kdland.project import Project

RATIO = "cardiothoracic_ratio"


@pytest.fixture(scope="module")
def project_path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("indices")
    (folder / "images").mkdir()
    for name in ("a", "b", "c"):
        pixels = np.random.default_rng(ord(name)).integers(0, 255, (64, 64), np.uint8)
        imageio.imwrite(folder / "images" / f"{name}.png", pixels)
    path = folder / "study.kdland"
    Project.create(path, load_scheme("chest-10")).close()
    events.run(import_images(path, [folder / "images"]))
    return path


def read(project_path, tmp_path, table, text=f"{RATIO}={{}}:CTR"):
    file = tmp_path / "ratios.csv"
    file.write_text(table)
    return read_index_sources(project_path, [IndexSource.parse(text.format(file))])


def test_a_column_of_somebodys_table_is_read_by_image_and_gaps_are_left_out(project_path, tmp_path):
    found = read(project_path, tmp_path, "image,size,CTR\na.png,64,0.5\nb,64,\nc.png,64,0.61\n")

    assert found == {RATIO: {"a.png": 0.5, "c.png": 0.61}}


@pytest.mark.parametrize("text", ["ratios.csv", f"{RATIO}=ratios.csv", f"{RATIO}=:ctr", "=ratios.csv:ctr", ""])
def test_what_is_no_index_file_and_column_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match=r"is not INDEX=FILE\.csv:COLUMN, such as"):
        IndexSource.parse(text)


def test_a_place_with_a_drive_is_taken_apart_at_the_last_colon():
    source = IndexSource.parse(rf"{RATIO}=C:\data\ratios.csv:ctr")

    assert (str(source.path), source.column) == (r"C:\data\ratios.csv", "ctr")


def test_an_index_that_the_scheme_does_not_have_is_refused_with_those_it_has(project_path):
    with pytest.raises(UsageError, match=f"no index 'ctr'. It has .*{RATIO}"):
        read_index_sources(project_path, [IndexSource.parse("ctr=ratios.csv:ctr")])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("image,ctr\nz.png,0.5\n", "z.png"),
        ("image,ctr\na.png,half\n", "ctr is 'half', which is not a number"),
        ("image,ctr\na.png,inf\n", "not a finite number"),
        ("image,ctr\na.png,0.5\na,0.6\n", "a.png is in line 2 already"),
        ("image,ctr\na.png,\n", "the column ctr holds no number"),
        ("image,ratio\na.png,0.5\n", "has no column ctr"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_the_place(project_path, tmp_path, table, message):
    with pytest.raises(AnnotationError, match=message):
        read(project_path, tmp_path, table)
