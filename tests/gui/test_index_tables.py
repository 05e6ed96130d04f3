"""Tables that the report holds an index against."""

import pytest

from napari_kdland.anatomy import load_scheme
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.gui.index_tables import IndexTables, columns_of
from napari_kdland.jobs import IndexSource
from tests.session.factories import a_project, drain

pytestmark = pytest.mark.gui

RATIO = "cardiothoracic_ratio"


@pytest.fixture
def tables(desk, runner, qtbot, tmp_path):
    path = a_project(tmp_path, count=1, scheme=load_scheme("chest-10"))
    (tmp_path / "ratios.csv").write_text("image,ctr\nimage_0,0.5\n")
    desk.session.open(path)
    drain(runner)
    tables = IndexTables(desk)
    qtbot.addWidget(tables)
    return tables


def test_a_table_is_taken_for_an_index_of_the_scheme_and_given_back(tables, tmp_path):
    source = IndexSource(RATIO, tmp_path / "ratios.csv", "ctr")

    tables.choose(source)
    assert tables.sources == (source,)
    assert any("ctr of ratios.csv" in action.text() for action in tables.menu().actions())

    tables.forget(RATIO)
    assert tables.sources == ()


def test_a_table_that_does_not_fit_is_refused_and_not_kept(tables, tmp_path):
    with pytest.raises(UsageError, match="no index 'breadth'"):
        tables.choose(IndexSource("breadth", tmp_path / "ratios.csv", "ctr"))
    with pytest.raises(AnnotationError, match="no such column"):
        tables.choose(IndexSource(RATIO, tmp_path / "ratios.csv", "no such column"))
    assert tables.sources == ()


def test_a_scheme_without_indices_offers_none(open_desk, qtbot):
    tables = IndexTables(open_desk)
    qtbot.addWidget(tables)

    assert tables.isHidden()


def test_the_columns_of_a_table_are_those_beside_image(tmp_path):
    (tmp_path / "ratios.csv").write_text("\ufeffimage,ctr,size\na,1,2\n", encoding="utf-8")
    assert columns_of(tmp_path / "ratios.csv") == ["ctr", "size"]

    (tmp_path / "ratios.csv").write_text("image\n")
    with pytest.raises(AnnotationError, match="no column beside image"):
        columns_of(tmp_path / "ratios.csv")
