import pytest

from napari_kdland.errors import UsageError
from napari_kdland.project.image_queries import ordered_by, wanted


def test_a_condition_names_only_what_was_asked_for():
    assert str(wanted(None, "", None, 3)) == "images.removed IS NULL"
    assert "images.split = " in str(wanted("test", "", None, 3))


def test_what_cannot_be_asked_for_is_refused():
    with pytest.raises(UsageError, match="no split 'all'"):
        wanted("all", "", None, 3)
    with pytest.raises(UsageError, match="cannot be listed by 'date'"):
        ordered_by("date")
