from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from napari_kdland.errors import UsageError
from napari_kdland.project import Project
from tests.project.factories import a_project


def test_a_review_says_who_looked_and_when_also_after_reopening(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        (line,) = project.reviews.mark([2], reader="ada")

    with Project.open(project.path) as project:
        assert project.reviews.of_images([1, 2]) == {2: (line,)}
        assert (line.reader, line.is_reviewed, line.time[:2]) == ("ada", True, "20")


def test_a_review_can_be_taken_back_and_both_are_kept(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.reviews.mark([1], reader="ada")
        project.reviews.mark([1], reader="ada", is_reviewed=False)

        assert project.reviews.of_images([1]) == {}
        assert project.reviews.reviewed_ids() == []
        assert [line.is_reviewed for line in project.reviews.history_of(1)] == [True, False]


def test_one_reader_cannot_take_back_what_another_reviewed(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.reviews.mark([1], reader="ada")
        project.reviews.mark([1], reader="bob")
        project.reviews.mark([1], reader="bob", is_reviewed=False)

        assert [line.reader for line in project.reviews.of_images([1])[1]] == ["ada"]
        assert project.reviews.reviewed_ids() == project.reviews.reviewed_ids(reader="ada") == [1]
        assert project.reviews.reviewed_ids(reader="bob") == []


def test_what_a_reader_said_is_not_said_again(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        assert project.reviews.mark([1], reader="ada", is_reviewed=False) == []
        project.reviews.mark([1], reader="ada")

        assert [line.image_id for line in project.reviews.mark([1, 2, 2, 3], reader="ada")] == [2, 3]


def test_an_image_that_left_the_project_is_no_longer_counted(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        project.reviews.mark([1, 2], reader="ada")
        project.records.remove([1])

        assert project.reviews.reviewed_ids() == [2]


def test_a_review_without_image_or_reader_is_refused(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        with pytest.raises(UsageError, match="no image number 7"):
            project.reviews.mark([1, 7], reader="ada")
        with pytest.raises(UsageError, match="A review needs a reader"):
            project.reviews.mark([1], reader=" ")
        assert project.reviews.reviewed_ids() == []


@pytest.mark.parametrize(
    "verb",
    [
        "UPDATE reviews SET reader = 'eve'",
        "DELETE FROM reviews",
        "INSERT OR REPLACE INTO reviews SELECT * FROM reviews",
    ],
)
def test_the_journal_of_reviews_refuses_to_be_changed(tmp_path: Path, verb: str):
    with a_project(tmp_path, images=1) as project:
        project.reviews.mark([1], reader="ada")
        with (
            pytest.raises(IntegrityError, match="the journal of reviews is append-only"),
            project.database.writing() as connection,
        ):
            connection.exec_driver_sql(verb)
