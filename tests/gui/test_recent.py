"""Projects that were opened lately."""

import pytest

from napari_kdland.gui.recent import recent_projects, remember
from tests.session.factories import a_project

pytestmark = pytest.mark.gui


def test_the_latest_project_stands_first_and_once(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    one, two = a_project(tmp_path / "1", count=0), a_project(tmp_path / "2", count=0)

    for path in (one, two, one):
        remember(path)

    assert recent_projects()[:2] == [one, two]


def test_a_project_that_is_gone_is_not_offered(tmp_path):
    remember(tmp_path / "gone.kdland")

    assert tmp_path / "gone.kdland" not in recent_projects()
