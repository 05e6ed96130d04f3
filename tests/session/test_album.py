"""Radiographs in memory."""

import time

import imageio.v3 as iio
import numpy as np
import pytest

from napari_kdland import images
from napari_kdland.events import run
from napari_kdland.project import Project
from napari_kdland.session.album import Album, read_picture
from napari_kdland.session.job_runner import JobRunner
from tests.session.factories import a_project, drain


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close()


@pytest.fixture
def records(tmp_path):
    with Project.open(a_project(tmp_path, count=4)) as project:
        return project.records.page()


def test_a_radiograph_is_kept_once_it_was_read(runner, records):
    album = Album(runner)

    album.read_ahead(records[:1])
    drain(runner)

    assert album.get(records[0].image_id).size == (60, 50)


def test_one_file_is_read_once_for_two_askers(runner, records):
    album, ends = Album(runner), []

    album.fetch(records[0], ends.append)
    album.fetch(records[0], ends.append)
    assert len(runner.running) == 1
    drain(runner)

    assert len(ends) == 2


def test_beyond_its_budget_the_oldest_is_forgotten(runner, records):
    album = Album(runner, budget=3 * 60 * 50 * 4)
    for record in records:
        album.read_ahead([record])
        drain(runner)

    kept = [album.get(record.image_id) is not None for record in records]

    assert kept == [False, True, True, True]


def test_what_is_looked_at_is_kept(runner, records):
    album = Album(runner, budget=3 * 60 * 50 * 4)
    for record in records[:3]:
        album.read_ahead([record])
        drain(runner)
    album.get(records[0].image_id)

    album.read_ahead(records[3:])
    drain(runner)

    assert album.get(records[0].image_id) is not None
    assert album.get(records[1].image_id) is None


def test_a_file_that_is_gone_is_told_and_can_be_asked_for_again(runner, records):
    album, ends = Album(runner), []
    records[0].path.unlink()

    album.fetch(records[0], ends.append)
    drain(runner)

    assert "does not exist" in ends[0].error
    assert album.get(records[0].image_id) is None


def test_after_clearing_what_was_being_read_is_dropped(runner, records):
    album, ends = Album(runner), []
    album.fetch(records[0], ends.append)

    album.clear()
    drain(runner)

    assert ends == []
    assert album.get(records[0].image_id) is None


def test_what_is_waited_for_goes_before_what_may_be_wanted_next(runner, records, monkeypatch):
    read = images.read
    monkeypatch.setattr(images, "read", lambda path, **frame: time.sleep(0.05) or read(path, **frame))
    album, ends = Album(runner), []
    album.read_ahead(records[1:])

    album.fetch(records[0], ends.append)
    drain(runner)

    assert ends[0].result is not None
    assert sum(album.get(record.image_id) is not None for record in records[1:]) < 3


def test_an_image_that_is_being_read_ahead_can_be_waited_for(runner, records):
    album, ends = Album(runner), []
    album.read_ahead(records[:1])

    album.fetch(records[0], ends.append)
    assert len(runner.running) == 1
    drain(runner)

    assert ends[0].result is not None


def test_a_frame_of_a_file_is_read_where_the_image_is_one(tmp_path):
    frames = [np.random.default_rng(seed).integers(0, 255, (20, 30), dtype=np.uint8) for seed in (1, 2)]
    iio.imwrite(tmp_path / "two.tiff", np.stack(frames), plugin="tifffile")

    first, second = (run(read_picture(tmp_path / "two.tiff", frame)) for frame in (0, 1))

    assert first.size == second.size == (20, 30)
    assert not np.array_equal(first.values, second.values)


def test_a_file_that_has_changed_since_it_was_imported_is_not_shown(runner, records):
    album, ends = Album(runner), []
    iio.imwrite(records[0].path, np.full((60, 50), 7, np.uint8) + np.arange(50, dtype=np.uint8))

    album.fetch(records[0], ends.append)
    drain(runner)

    assert f"{records[0].path} has changed since it was imported" in ends[0].error
    assert "Put the original file back" in ends[0].error
    assert album.get(records[0].image_id) is None
