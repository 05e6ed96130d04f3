"""Lists of images by reviews, flags, predictions and scores, and what they cost the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import UsageError
from napari_kdland.project import ImageScore, Project
from napari_kdland.project.image_filters import Marks
from napari_kdland.project.image_queries import selected
from napari_kdland.project.tables import images, removed
from tests.project.factories import a_project, a_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Give a project of four images: 1 and 2 are reviewed, 2 and 3 flagged, 3 is predicted, 2 and 4 have scores;
    an apex is uncertain on 1, occluded on 2, absent on 3 where it was uncertain before, and locked on 4."""
    with a_project(tmp_path, images=4) as project:
        project.reviews.mark([1, 2], reader="ann")
        for image_id in (2, 3, 4):
            project.flags.put(image_id, "", reader="ann")
        project.flags.clear(4, reader="bob")
        project.annotations.edit(1, "apex", LandmarkState.UNCERTAIN, (5.0, 6.0), reader="ann")
        project.annotations.edit(2, "apex", LandmarkState.OCCLUDED, (5.0, 6.0), reader="ann")
        project.annotations.edit(3, "apex", LandmarkState.UNCERTAIN, (5.0, 6.0), reader="ann")
        project.annotations.edit(3, "apex", LandmarkState.ABSENT, None, reader="ann")
        project.locks.lock(4, ["apex"], reader="ann")
        a_run(project, "student")
        project.predictions.save("student", 3, project.annotations.current(3))
        project.scores.save("error", ["student"], {2: ImageScore(1.0), 4: ImageScore(7.0)})
        yield project


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (Marks(), [1, 2, 3, 4]),
        (Marks(reviewed=True), [1, 2]),
        (Marks(reviewed=False), [3, 4]),
        (Marks(flagged=True), [2, 3]),
        (Marks(flagged=False), [1, 4]),
        (Marks(predicted=True), [3]),
        (Marks(predicted=False), [1, 2, 4]),
        (Marks(reviewed=True, flagged=True), [2]),
        (Marks(holds="uncertain"), [1]),
        (Marks(holds="occluded"), [2]),
        (Marks(holds="absent"), [3]),
        (Marks(holds="locked"), [4]),
        (Marks(holds="absent", flagged=True), [3]),
    ],
    ids=str,
)
def test_a_list_holds_the_images_with_these_marks(project: Project, marks: Marks, expected: list[int]):
    assert project.records.ids(marks=marks) == expected


def test_neighbours_are_those_of_the_same_list(project: Project):
    assert project.records.neighbours(2, marks=Marks(reviewed=False)) == (None, 3)


def test_the_highest_score_stands_first_and_images_without_one_last(project: Project):
    (ranking,) = project.scores.all()
    by_score: dict[str, Any] = {"order": "score", "ranking_id": ranking.ranking_id}

    assert project.records.ids(**by_score) == [4, 2, 1, 3]
    assert [project.records.neighbours(image_id, **by_score) for image_id in (4, 2, 3)] == [
        (None, 2),
        (4, 1),
        (1, None),
    ]


def test_scores_of_no_ranking_are_refused(project: Project):
    with pytest.raises(UsageError, match="only by the scores of a ranking"):
        project.records.ids(order="score")


def test_some_images_come_in_the_order_in_which_they_are_asked_for(project: Project):
    project.records.remove([3])

    assert [record.image_id for record in project.records.some([4, 3, 1])] == [4, 1]


def plan_of(project: Project, query: Any) -> str:
    with project.database.reading() as connection:
        text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
    return "\n".join(str(row[-1]) for row in rows)


def test_a_page_of_a_list_scans_no_table(project: Project):
    plan = plan_of(project, selected().where(images.c.image_id.in_([1, 2, 3])))

    assert "SCAN" not in plan
    assert "SEARCH images USING INTEGER PRIMARY KEY" in plan


@pytest.mark.parametrize("mark", ["reviewed", "flagged", "predicted"])
def test_a_mark_is_looked_up_by_an_index(project: Project, mark: str):
    query = select(images.c.image_id).where(Marks(**{mark: True}).condition()).order_by(images.c.sort_name)
    table = {"reviewed": "reviews", "flagged": "flags", "predicted": "predictions"}[mark]

    plan = plan_of(project, query)

    assert f"SEARCH {table} USING" in plan
    assert f"{table}_by_image" in plan
    assert plan.count("SCAN") == 1


@pytest.mark.parametrize("holds", ["uncertain", "locked"])
def test_a_state_of_landmarks_is_looked_for_once_and_not_for_each_image(project: Project, holds: Any):
    query = select(images.c.image_id).where(Marks(holds=holds).condition()).order_by(images.c.sort_name)

    plan = plan_of(project, query)

    assert "SEARCH images USING INTEGER PRIMARY KEY" in plan
    assert "CORRELATED" not in plan
    assert holds == "locked" or "SEARCH consensus USING PRIMARY KEY (image_id=? AND landmark=?)" in plan


def test_what_the_scheme_has_no_more_is_held_by_no_image(project: Project):
    with project.database.writing() as connection:
        connection.execute(insert(removed).values(kind="landmark", name="apex", entry={}, time=""))

    assert project.records.ids(marks=Marks(holds="uncertain")) == []
    assert project.records.ids(marks=Marks(holds="locked")) == []
