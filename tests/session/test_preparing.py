"""Images are prepared before a job begins."""

import pytest

from napari_kdland.engine.pool import ImagePool, channel_key
from napari_kdland.events import Advanced, Started, run
from napari_kdland.project import Project
from napari_kdland.session.preparing import prepared
from tests.session.factories import a_project, three_steps


@pytest.fixture
def project(tmp_path):
    return a_project(tmp_path, splits=("train", "val", "test"))


class Elsewhere:
    def __init__(self):
        self.jobs = 0

    def __call__(self, job):
        self.jobs += 1
        return job


def test_the_images_of_the_splits_are_there_when_the_job_begins(project):
    seen, elsewhere = [], Elsewhere()

    result = run(prepared(three_steps, elsewhere, project, size=64, splits=("train", "val"))(), seen.append)

    with Project.open(project, announce=False) as opened:
        pool = ImagePool.open(opened.layout.cache_folder, 64)
    assert result == "counted"
    assert len(pool) == 2
    assert seen[0] == Started("Preparing images", 2)
    assert seen[-1] == Advanced(3)


def test_nothing_is_started_elsewhere_where_all_is_prepared(project):
    elsewhere = Elsewhere()
    job = prepared(three_steps, elsewhere, project, size=64, splits=("train",))
    run(job())

    run(job())

    assert elsewhere.jobs == 1


def test_channels_are_prepared_with_their_images(project, tmp_path):
    with Project.open(project, announce=False) as opened:
        record = opened.records.find("image_0.png")
        opened.channels.set_many({record.image_id: {"bone": (tmp_path / "image_1.png", None)}})

    run(prepared(three_steps, Elsewhere(), project, size=64, splits=("train",), channels=("standard", "bone"))())

    with Project.open(project, announce=False) as opened:
        pool = ImagePool.open(opened.layout.cache_folder, 64)
    assert pool.missing([record.content_hash, channel_key(record.content_hash, "bone")]) == []
