import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select

from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import RunError, UsageError
from napari_kdland.project import ImageScore, Project, Scored
from napari_kdland.project.scores import score_of
from napari_kdland.project.tables import images
from tests.project.factories import a_project, a_run, place

SCORES = {1: ImageScore(2.0, {"apex": 2.0, "wall": 0.5}), 2: ImageScore(5.0, {"apex": 5.0}), 3: ImageScore(2.0)}


def a_scored_project(folder: Path) -> Project:
    project = a_project(folder, images=4)
    for run in ("teacher", "student"):
        a_run(project, run)
    project.scores.save("disagreement", ["teacher", "student"], SCORES)
    return project


def line(image_id: int, landmark: str, value: float) -> Scored:
    return Scored(image_id, f"image{image_id}.png", "pool", landmark, value)


def rows_in(project: Project, table: str) -> int:
    with project.database.reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def test_images_come_by_their_score_the_highest_first(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        ranking = project.scores.find("disagreement", ["teacher", "student"])
        assert ranking is not None
        assert project.scores.page(ranking.ranking_id) == [line(2, "", 5.0), line(1, "", 2.0), line(3, "", 2.0)]
        assert project.scores.page(ranking.ranking_id, offset=1, limit=1) == [line(1, "", 2.0)]


def test_landmarks_come_by_their_own_score(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        (ranking,) = project.scores.all()
        assert project.scores.landmark_page(ranking.ranking_id) == [
            line(2, "apex", 5.0),
            line(1, "apex", 2.0),
            line(1, "wall", 0.5),
        ]
        assert project.scores.of_image(ranking.ranking_id, 1) == SCORES[1]
        assert project.scores.of_image(ranking.ranking_id, 4) is None


def test_reasons_are_kept_with_the_scores_the_weightiest_first(tmp_path: Path):
    why = {"wall": "wall lies far off.", "apex": "left and right look swapped.", "": "left and right look swapped."}
    with a_scored_project(tmp_path) as project:
        score = ImageScore(9.0, {"wall": 9.0, "apex": 4.0}, why)
        number = project.scores.save("doubtful-labels", [], {1: score, 2: ImageScore(1.0)}).ranking_id

        assert project.scores.of_image(number, 1) == score
        assert [line.reason for line in project.scores.page(number)] == [
            "wall lies far off.\nleft and right look swapped.",
            "",
        ]
        assert [line.reason for line in project.scores.landmark_page(number)] == [why["wall"], why["apex"]]


def test_reasons_go_with_their_ranking(tmp_path: Path):
    scores = {1: ImageScore(9.0, {}, {"": "it is shown twice."})}
    with a_scored_project(tmp_path) as project:
        for _ in range(3):
            newest = project.scores.save("doubtful-labels", [], scores)
        with project.database.reading() as connection:
            kept = connection.exec_driver_sql("SELECT key FROM facts WHERE key LIKE 'reasons%'").scalars().all()

    assert kept == [f"reasons_of_ranking:{newest.ranking_id}"]


def test_the_newest_ranking_of_a_kind_is_found_whatever_its_runs(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        project.scores.save("label-next", ["student"], {1: ImageScore(1.0)})
        drawn = project.scores.save("label-next", [], {2: ImageScore(1.0)})

        assert project.scores.newest("label-next") == drawn
        assert project.scores.newest("error") is None


def test_scores_made_again_take_the_place_of_the_old_ones(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        project.scores.save("uncertainty", ["student"], {1: ImageScore(1.0)})
        project.scores.save("disagreement", ["teacher", "student"], {4: ImageScore(9.0)})

        assert [(ranking.kind, ranking.runs) for ranking in project.scores.all()] == [
            ("uncertainty", ("student",)),
            ("disagreement", ("teacher", "student")),
        ]
        assert rows_in(project, "image_scores") == 2
        assert rows_in(project, "landmark_scores") == 0


def test_a_ranking_says_up_to_which_edit_it_knows_the_labels(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        assert project.scores.all()[0].last_edit == 0
        edit_id = place(project)
        assert project.scores.save("suspicion", ["student"], SCORES).last_edit == edit_id


def test_a_renamed_run_keeps_its_scores_and_a_deleted_one_takes_them_along(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        project.scores.save("uncertainty", ["student"], SCORES)
        project.runs.rename("teacher", "old-teacher")
        assert project.scores.find("disagreement", ["old-teacher", "student"]) is not None

        project.runs.delete("old-teacher")
        assert [ranking.kind for ranking in project.scores.all()] == ["uncertainty"]
        assert (rows_in(project, "image_scores"), rows_in(project, "landmark_scores")) == (3, 3)


def test_a_run_that_has_learnt_more_loses_the_scores_of_its_old_predictions(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        project.predictions.save("student", 1, Landmarks.placed(["apex", "angle", "wall"], np.ones((3, 2))))
        project.predictions.clear("student")

        assert project.scores.all() == []
        assert rows_in(project, "image_scores") == 0


def test_the_number_of_a_ranking_is_never_given_again(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        (old,) = project.scores.all()
        project.scores.forget(old.ranking_id)

        assert project.scores.save("error", ["student"], SCORES).ranking_id > old.ranking_id


def test_images_that_left_the_project_are_not_in_the_queue(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        (ranking,) = project.scores.all()
        project.records.remove([2])

        assert [line.image_id for line in project.scores.page(ranking.ranking_id)] == [1, 3]
        assert [line.image_id for line in project.scores.landmark_page(ranking.ranking_id)] == [1, 1]


def test_a_score_that_is_not_a_number_is_left_out(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        scores = {1: ImageScore(math.nan, {"apex": math.nan, "wall": 1.0}), 2: ImageScore(math.inf)}
        ranking = project.scores.save("suspicion", ["student"], scores)

        assert project.scores.page(ranking.ranking_id) == [line(2, "", math.inf)]
        assert project.scores.landmark_page(ranking.ranking_id) == [line(1, "wall", 1.0)]


def test_scores_of_an_unknown_run_or_image_change_nothing(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        before = project.scores.all()
        with pytest.raises(RunError, match="no run 'nobody'"):
            project.scores.save("disagreement", ["teacher", "nobody"], SCORES)
        with pytest.raises(UsageError, match="no image number 7"):
            project.scores.save("disagreement", ["teacher", "student"], {7: ImageScore(1.0)})
        assert project.scores.all() == before


def test_the_list_of_images_can_be_sorted_by_a_score(tmp_path: Path):
    with a_scored_project(tmp_path) as project:
        score = score_of(project.scores.all()[0].ranking_id)
        query = select(images.c.image_id).order_by(score.desc(), images.c.image_id)
        with project.database.reading() as connection:
            assert list(connection.execute(query).scalars()) == [2, 1, 3, 4]


@pytest.mark.parametrize("table", ["image_scores", "landmark_scores"])
def test_a_page_of_a_queue_walks_an_index_and_sorts_nothing(tmp_path: Path, table: str):
    asked: list[tuple[str, Any]] = []

    def listen(_connection: object, _cursor: object, words: str, values: Any, *_: object) -> None:
        asked.append((words, values))

    with a_scored_project(tmp_path) as project:
        event.listen(Engine, "before_cursor_execute", listen)
        try:
            {"image_scores": project.scores.page, "landmark_scores": project.scores.landmark_page}[table](1)
        finally:
            event.remove(Engine, "before_cursor_execute", listen)
        ((words, values),) = [query for query in asked if f"FROM {table}" in query[0]]
        with project.database.reading() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values).all()

    steps = " ".join(row[3] for row in plan)
    assert f"{table}_by_value" in steps
    assert "SCAN" not in steps
    assert "TEMP B-TREE" not in steps


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.integers(1, 4), st.floats(allow_nan=False), max_size=4), size=st.integers(1, 3))
def test_the_pages_of_a_queue_put_together_are_all_its_images_in_order(values: dict[int, float], size: int):
    with tempfile.TemporaryDirectory() as folder, a_project(Path(folder), images=4) as project:
        a_run(project, "student")
        saved = {image_id: ImageScore(value) for image_id, value in values.items()}
        number = project.scores.save("uncertainty", ["student"], saved).ranking_id
        pages = [project.scores.page(number, offset, size) for offset in range(0, 4, size)]

    lines = [line for page in pages for line in page]
    assert lines == [
        line(image_id, "", value) for image_id, value in sorted(values.items(), key=lambda item: (-item[1], item[0]))
    ]
