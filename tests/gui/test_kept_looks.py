"""How projects were looked at last, in the user's settings."""

from pathlib import Path

import pytest

from napari_kdland.gui.kept_looks import KeptLooks
from napari_kdland.gui.recent import window_settings
from napari_kdland.session.look_keeping import Choice, Looks

pytestmark = pytest.mark.gui

LOOKS = Looks({3: Choice("window 40 / 400: Mediastinum, breit"), 1: Choice("lung", (-0.5, 1e3))}, is_inverted=True)


def test_looks_are_kept_by_project_and_outlast_what_kept_them():
    KeptLooks().keep(Path("/a b/Röntgen, 1.kdland"), LOOKS)
    KeptLooks().keep(Path("/b.kdland"), Looks(for_all=Choice("lung", (0.1, 0.9), "shares")))
    window_settings().sync()

    assert KeptLooks().recall(Path("/a b/Röntgen, 1.kdland")) == LOOKS
    assert KeptLooks().recall(Path("/b.kdland")).for_all == Choice("lung", (0.1, 0.9), "shares")
    assert KeptLooks().recall(Path("/c.kdland")) is None


def test_the_oldest_of_very_many_projects_are_forgotten(monkeypatch):
    monkeypatch.setattr("napari_kdland.gui.kept_looks._KEPT", 2)
    for name in ("/a", "/b", "/a", "/c"):
        KeptLooks().keep(Path(name), LOOKS)

    assert [KeptLooks().recall(Path(name)) is None for name in ("/a", "/b", "/c")] == [False, True, False]


@pytest.mark.parametrize("damaged", ["{", "3", '{"/a": 3}', '{"/a": {"images": [[1]], "all": null, "inverted": 0}}'])
def test_settings_that_cannot_be_read_are_no_memory(damaged):
    window_settings().setValue("looks", damaged)

    assert KeptLooks().recall(Path("/a")) is None
