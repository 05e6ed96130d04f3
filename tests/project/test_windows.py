from pathlib import Path

import pytest
from sqlalchemy import update

from napari_kdland.project import Project, signs_of_life
from napari_kdland.project.tables import windows
from tests.project.factories import a_project
from tests.project.test_signs_of_life import an_ended_process


def change_windows(project: Project, **values: object) -> None:
    with project.database.writing() as connection:
        connection.execute(update(windows).values(**values))


def test_the_first_opening_hears_of_nobody(tmp_path: Path):
    with a_project(tmp_path) as project:
        assert project.notes == ()
        assert project.windows.others() == ()


def test_the_second_opening_says_that_there_is_a_first(tmp_path: Path):
    with a_project(tmp_path) as first, Project.open(first.path) as second:
        assert len(second.notes) == 1
        assert "also open on this computer (process " in second.notes[0]


def test_an_opening_in_place_of_another_is_no_second_window(tmp_path: Path):
    with a_project(tmp_path) as first, Project.open(first.path, replaces=first) as second:
        first.close()

        assert second.notes == ()


def test_the_first_hears_of_the_second_when_it_asks(tmp_path: Path):
    with a_project(tmp_path) as first:
        with Project.open(first.path):
            assert len(first.windows.others()) == 1

        assert first.windows.others() == ()


def test_a_job_neither_announces_itself_nor_hears_of_windows(tmp_path: Path):
    with a_project(tmp_path) as window, Project.open(window.path, announce=False) as job:
        assert job.notes == ()
        assert window.windows.others() == ()


def test_a_window_whose_process_ended_is_forgotten(tmp_path: Path):
    with a_project(tmp_path) as first:
        change_windows(first, process=an_ended_process())

        with Project.open(first.path) as second:
            assert second.notes == ()


@pytest.mark.parametrize(("silence", "n_notes"), [(60.0, 1), (700.0, 0)])
def test_a_window_on_another_computer_counts_until_it_has_long_been_silent(
    tmp_path: Path, silence: float, n_notes: int
):
    with a_project(tmp_path) as first:
        change_windows(first, host="another computer", beat=signs_of_life.moment() - silence)

        with Project.open(first.path) as second:
            assert len(second.notes) == n_notes


def test_asking_for_others_renews_the_own_sign_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with a_project(tmp_path) as first:
        change_windows(first, host="another computer")
        later = signs_of_life.moment() + 3000
        monkeypatch.setattr("napari_kdland.project.windows.moment", lambda: later)
        monkeypatch.setattr("napari_kdland.project.signs_of_life.moment", lambda: later)
        first.windows.others()

        with Project.open(first.path) as second:
            assert "on another computer" in second.notes[0]
