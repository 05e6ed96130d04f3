"""What stands where nothing is yet."""

import pytest

from napari_kdland.gui.empty_state import EmptyState, NeedsProject
from napari_kdland.gui.panels import PANELS
from tests.session.factories import a_project, drain

pytestmark = pytest.mark.gui


def test_the_button_does_what_it_offers(qtbot):
    done = []
    empty = EmptyState("Nothing here.").offer("Mend it", lambda: done.append(1), "Mends it")
    qtbot.addWidget(empty)

    empty.button.click()

    assert done == [1]
    assert empty.button.toolTip() == "Mends it"


def test_without_anything_to_say_neither_sentence_nor_button_is_there(qtbot):
    empty = EmptyState()
    qtbot.addWidget(empty)

    empty.say("Nothing here.")
    assert not empty.isHidden()
    empty.say("")
    assert empty.isHidden()


@pytest.mark.parametrize("entry", [entry for entry in PANELS if entry.name != "Project"], ids=lambda entry: entry.name)
def test_each_panel_says_without_a_project_what_it_is_for_and_leads_to_one(entry, desk, qtbot, runner, tmp_path):
    wanted = []
    desk.wanted.connect(wanted.append)
    panel = entry.resolve()(desk)
    shown = NeedsProject(panel, panel)
    qtbot.addWidget(shown)

    assert shown.currentWidget() is not panel
    assert shown.empty.text().startswith("No project is open. Here ")
    shown.empty.button.click()
    assert wanted == ["Project"]
    desk.session.open(a_project(tmp_path))
    drain(runner)
    assert shown.currentWidget() is panel

    desk.session.close()
    assert shown.currentWidget() is not panel
    panel.release()
