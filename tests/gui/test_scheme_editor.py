"""The scheme editor."""

import pytest

from napari_kdland.anatomy import LandmarkState
from tests.session.factories import a_project, a_scheme, drain

pytestmark = pytest.mark.gui


@pytest.fixture
def editor(region_desk):
    from napari_kdland.gui.scheme_editor import SchemeEditor

    editor = SchemeEditor(region_desk)
    yield editor
    editor.close()


def say_yes(monkeypatch, is_yes=True):
    from qtpy.QtWidgets import QMessageBox

    answer = QMessageBox.StandardButton.Yes if is_yes else QMessageBox.StandardButton.No
    monkeypatch.setattr("napari_kdland.gui.scheme_editor.QMessageBox.question", lambda *_: answer)


def write(table, place, column, text):
    table.item(place, column).setText(text)


def test_a_landmark_is_added_with_a_name_made_of_its_title(region_desk, editor, runner):
    from napari_kdland.gui.lines_table import TITLE

    editor.landmarks.add()
    write(editor.landmarks, 3, TITLE, "Left border")
    editor.change()
    drain(runner)

    assert region_desk.session.landmarks.names == ("apex", "angle", "border", "left_border")


def test_a_title_changes_and_the_name_in_files_cannot(region_desk, editor, runner):
    from qtpy.QtCore import Qt

    from napari_kdland.gui.lines_table import NAME, TITLE

    assert not editor.landmarks.item(0, NAME).flags() & Qt.ItemFlag.ItemIsEditable
    write(editor.landmarks, 0, TITLE, "Top")
    editor.change()
    drain(runner)

    assert region_desk.session.project.scheme.title_of("apex") == "Top"


def test_lines_are_moved_and_paired(region_desk, editor, runner):
    editor.landmarks.setCurrentCell(2, 1)
    editor.landmarks.shift(-1)
    editor.landmarks.pair(0, "border")
    editor.landmarks.pair(2, "border")
    editor.change()
    drain(runner)

    scheme = region_desk.session.project.scheme
    assert scheme.landmark_names == ("apex", "border", "angle")
    assert scheme.pairs == (("border", "angle"),)


def test_removing_asks_and_bringing_back_brings_the_annotations_back(region_desk, editor, runner, monkeypatch):
    from napari_kdland.gui.scheme_editor import SchemeEditor

    session = region_desk.session
    session.project.annotations.edit(1, "apex", LandmarkState.PLACED, (3.0, 4.0), reader="ann")
    editor.landmarks.setCurrentCell(0, 1)
    editor.landmarks.remove()
    say_yes(monkeypatch, False)
    editor.change()
    assert "apex" in session.project.scheme.landmark_names

    say_yes(monkeypatch)
    editor.change()
    drain(runner)
    assert "apex" not in session.landmarks.names

    again = SchemeEditor(region_desk)
    again.landmarks.add(next(line for line in again.removed_lines("landmark")))
    again.change()
    drain(runner)
    assert session.landmarks["apex"].tolist() == [3, 4]


def test_a_refusal_is_shown_and_the_lines_stay(region_desk, editor):
    from napari_kdland.gui.lines_table import TITLE

    write(editor.landmarks, 0, TITLE, "border")
    editor.change()

    assert "Two landmarks have the title border" in editor.problem.text()
    assert editor.landmarks.item(0, TITLE).text() == "border"
    assert region_desk.session.project.scheme.title_of("apex") == "apex"


def test_regions_are_edited_too_and_their_layers_follow(region_desk, editor, runner):
    from napari_kdland.gui.lines_table import TITLE

    editor.regions.add()
    write(editor.regions, 2, TITLE, "Liver")
    editor.change()
    drain(runner)

    assert region_desk.session.project.scheme.region_names == ("lung", "heart", "liver")
    assert region_desk.session.project.masks.load(1).known_names == ("lung", "heart")
    region_desk.brush.start("liver")
    assert region_desk.brush.layer.selected_label == 3


def colours(editor):
    return [line.colour for line in editor.landmarks.lines()]


def test_several_landmarks_are_given_one_colour_and_left_to_the_program_again(region_desk, editor, runner):
    editor.landmarks.choose(["apex", "border"])
    editor.landmarks.colour("#40E060")
    assert colours(editor) == ["#40E060", None, "#40E060"]
    assert editor.landmarks.chosen() == [0, 2]
    editor.change()
    drain(runner)
    assert region_desk.session.project.scheme.colour_of("border") == "#40E060"

    editor.landmarks.colour(None)
    editor.change()
    drain(runner)
    assert region_desk.session.project.scheme.colour_of("border") is None


def test_the_landmarks_of_a_group_are_chosen_at_once(desk, runner, tmp_path):
    from qtpy.QtWidgets import QPushButton

    from napari_kdland.anatomy.measures import Group, Measures
    from napari_kdland.gui.scheme_editor import SchemeEditor

    measures = Measures(groups=(Group(name="outer", title="Outer border", landmarks=("a*",)),))
    desk.session.open(a_project(tmp_path, scheme=a_scheme().model_copy(update={"measures": measures})))
    drain(runner)
    editor = SchemeEditor(desk)

    (button,) = {
        each for each in editor.findChildren(QPushButton) if each.text() == "Colour" and each.menu().actions()[2:]
    }
    button.menu().actions()[2].trigger()

    assert button.menu().actions()[2].text() == "Choose all of Outer border"
    assert editor.landmarks.chosen() == [0, 1]
    editor.close()


def test_lines_chosen_together_are_removed_together(editor):
    editor.landmarks.choose(["apex", "border"])

    editor.landmarks.remove()

    assert [line.name for line in editor.landmarks.lines()] == ["angle"]
