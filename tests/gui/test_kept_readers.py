"""How projects were read last, in the user's settings."""

from pathlib import Path

import pytest

from napari_kdland.gui.kept_readers import KeptReaders
from napari_kdland.gui.recent import window_settings
from napari_kdland.session.reader_keeping import Reading

pytestmark = pytest.mark.gui


def test_readings_are_kept_by_project_and_outlast_what_kept_them():
    KeptReaders().keep(Path("/a b/Röntgen, 1.kdland"), Reading("Dr. Kim, reading 2", is_blind=True))
    KeptReaders().keep(Path("/b.kdland"), Reading("ann", is_blind=False))
    window_settings().sync()

    assert KeptReaders().recall(Path("/a b/Röntgen, 1.kdland")) == Reading("Dr. Kim, reading 2", is_blind=True)
    assert KeptReaders().recall(Path("/b.kdland")) == Reading("ann", is_blind=False)
    assert KeptReaders().recall(Path("/c.kdland")) is None


def test_the_oldest_of_very_many_projects_are_forgotten(monkeypatch):
    monkeypatch.setattr("napari_kdland.gui.kept_readers._KEPT", 2)
    for name in ("/a", "/b", "/a", "/c"):
        KeptReaders().keep(Path(name), Reading("ann", is_blind=False))

    assert [KeptReaders().recall(Path(name)) is None for name in ("/a", "/b", "/c")] == [False, True, False]


@pytest.mark.parametrize("damaged", ["{", "3", '["/a"]', '[["/a", "ann"]]'])
def test_settings_that_cannot_be_read_are_no_memory(damaged):
    window_settings().setValue("readers", damaged)

    assert KeptReaders().recall(Path("/a")) is None
