"""What the list of images leaves out, and what it is sorted by."""

import pytest
from qtpy.QtWidgets import QComboBox, QLineEdit, QWidget

from napari_kdland.anatomy import LandmarkState
from napari_kdland.gui.image_browser import ImageBrowser
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.project_tasks import ProjectTasks
from napari_kdland.project import ImageScore
from napari_kdland.recipes import load_recipe

pytestmark = pytest.mark.gui


@pytest.fixture
def browser(open_desk, qtbot):
    row, parent = JobRow(open_desk.runner, open_desk.names.all), QWidget()
    browser = ImageBrowser(open_desk, ProjectTasks(open_desk, row, parent))
    for widget in (row, parent, browser):
        qtbot.addWidget(widget)
    return browser


def names(browser):
    return [browser.model.data(browser.model.index(row)) for row in range(browser.model.rowCount())]


def choose(box, text):
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())


def ids(desk):
    return [record.image_id for record in desk.session.project.records.page()]


def test_images_are_chosen_by_reviews_and_flags(browser, open_desk):
    project, (first, second, _) = open_desk.session.project, ids(open_desk)
    project.reviews.mark([first, second], reader="ann")
    project.flags.put(second, "rotated", reader="ann")

    choose(browser.filters.reviewed, "Reviewed")
    reviewed = names(browser)
    choose(browser.filters.flagged, "Flagged")

    assert reviewed == ["image_0.png", "image_1.png"]
    assert names(browser) == ["image_1.png"]


def test_images_are_chosen_by_what_one_of_their_landmarks_is(browser, open_desk):
    project, (_, second, third) = open_desk.session.project, ids(open_desk)
    landmark = project.scheme.landmark_names[0]
    project.annotations.edit(second, landmark, LandmarkState.ABSENT, None, reader="ann")
    project.locks.lock(third, [landmark], reader="ann")

    choose(browser.filters.holds, "Has absent")
    absent = names(browser)
    choose(browser.filters.holds, "Has locked")

    assert absent == ["image_1.png"]
    assert names(browser) == ["image_2.png"]


def test_a_blind_reader_cannot_ask_what_others_say_of_the_landmarks(browser, open_desk):
    choose(browser.filters.holds, "Has absent")
    n_before = len(names(browser))

    open_desk.session.blind.set(True)

    assert (n_before, len(names(browser))) == (0, 3)
    assert not browser.filters.holds.isEnabled()


def test_a_ranking_that_was_made_elsewhere_is_offered_when_the_list_is_shown_again(browser, open_desk):
    project, (_, second, third) = open_desk.session.project, ids(open_desk)
    project.runs.create("student", recipe=load_recipe("supervised"))
    project.scores.save("error", ["student"], {second: ImageScore(2.0), third: ImageScore(5.0)})
    browser.show()

    choose(browser.filters.sorting, "error: student")

    assert names(browser) == ["image_2.png", "image_1.png", "image_0.png"]
    assert open_desk.session.listing.neighbours(project.records, third) == (None, second)


def test_a_ranking_that_is_gone_gives_way_to_names(browser, open_desk):
    project, (_, _, third) = open_desk.session.project, ids(open_desk)
    project.runs.create("student", recipe=load_recipe("supervised"))
    ranking = project.scores.save("error", ["student"], {third: ImageScore(5.0)})
    browser.filters.offer()
    choose(browser.filters.sorting, "error: student")

    project.scores.forget(ranking.ranking_id)
    browser.show()

    assert browser.filters.sorting.currentText() == "name"
    assert names(browser) == ["image_0.png", "image_1.png", "image_2.png"]


def test_every_filter_says_what_it_does(browser):
    controls = [*browser.findChildren(QComboBox), *browser.findChildren(QLineEdit)]

    assert len(controls) == 8
    assert all(control.toolTip() for control in controls)
