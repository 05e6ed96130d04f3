"""Undo and redo of reviews and flags, among those of landmarks."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from napari_kdland.project import Project, database
from tests.project.factories import a_project, place, x_of


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    """Let a second go by between any two lines."""
    seconds = count()

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            assert tz is UTC
            return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(seconds))

    monkeypatch.setattr(database, "datetime", Clock)


def said(project: Project, image_id: int = 1):
    """Give where the landmark is, who reviewed the image, and what its flag says."""
    reviews = project.reviews.of_images([image_id]).get(image_id, ())
    flag = project.flags.of_images([image_id]).get(image_id)
    return x_of(project, image_id), tuple(each.reader for each in reviews), None if flag is None else flag.note


def test_each_step_is_taken_back_and_repeated_in_its_order_also_after_reopening(tmp_path: Path):
    steps = (
        lambda project: place(project, x=3),
        lambda project: project.reviews.mark([1], reader="ada"),
        lambda project: project.flags.put(1, "turned", reader="ada"),
        lambda project: place(project, x=4),
        lambda project: project.flags.put(1, "rotated", reader="ada"),
        lambda project: project.reviews.mark([1], reader="ada", is_reviewed=False),
        lambda project: project.flags.clear(1, reader="ada"),
    )
    with a_project(tmp_path, images=1) as project:
        states = [said(project)]
        for step in steps:
            step(project)
            states.append(said(project))

    with Project.open(project.path) as project:
        back = [said(project)]
        while project.steps.undo("ada"):
            back.append(said(project))
    with Project.open(project.path) as project:
        forth = [said(project)]
        while project.steps.redo("ada"):
            forth.append(said(project))

    assert back == states[::-1]
    assert forth == states


def test_after_a_new_review_nothing_that_was_taken_back_before_is_repeated(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=3)
        project.flags.put(1, "turned", reader="ada")
        for _ in range(2):
            project.steps.undo("ada")

        project.reviews.mark([1], reader="ada")

        assert project.steps.redo("ada") is None
        assert said(project) == (None, ("ada",), None)


def test_a_flag_that_somebody_else_has_changed_since_stays(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=3)
        project.flags.put(1, "turned", reader="ada")
        project.flags.put(1, "no, rotated", reader="bob")

        project.steps.undo("ada")

        assert said(project) == (None, (), "no, rotated")


def test_a_review_of_another_reader_is_not_taken_back(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        for reader in ("ada", "bob"):
            project.reviews.mark([1], reader=reader)

        assert project.steps.undo("ada")
        assert project.steps.undo("ada") is None

        assert said(project)[1] == ("bob",)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_was_done_and_taken_back_undo_leads_to_the_beginning_and_redo_to_the_end(tmp_path: Path, seed: int):
    draw = np.random.default_rng(seed)
    with a_project(tmp_path, images=2) as project:
        for number in range(12):
            image_id, what = int(draw.integers(1, 3)), int(draw.integers(0, 5))
            if what == 0:
                place(project, image_id, x=number)
            elif what == 1:
                project.reviews.mark([image_id], reader="ada", is_reviewed=bool(draw.integers(0, 2)))
            elif what == 2:
                project.flags.put(image_id, f"note {number}", reader="ada")
            elif what == 3:
                project.flags.clear(image_id, reader="ada")
            else:
                project.steps.undo("ada")
        end = [said(project, image_id) for image_id in (1, 2)]

        n_back = sum(1 for _ in iter(lambda: project.steps.undo("ada"), None))
        assert [said(project, image_id) for image_id in (1, 2)] == [(None, (), None)] * 2
        for _ in range(n_back):
            assert project.steps.redo("ada")
        assert [said(project, image_id) for image_id in (1, 2)] == end
