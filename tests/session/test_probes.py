"""The images that are watched while a training runs."""

import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.engine.small_maps import packed
from napari_kdland.errors import UsageError
from napari_kdland.events import Probed
from napari_kdland.jobs import TrainingOrder, train_run
from napari_kdland.project import Project
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.preparing import _Wanted, prepare_images
from napari_kdland.session.probes import Probes, read_probes, usual_probes
from napari_kdland.session.session import Session
from tests import makers
from tests.session.factories import drain


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close()


@pytest.fixture
def session(runner, tmp_path):
    session = Session(runner, "ann")
    session.open(makers.a_project(tmp_path, train=12, val=2, labelled=3))
    drain(runner)
    yield session
    session.close()


@pytest.fixture
def probes(session, runner):
    return Probes(session, runner)


def records(session, split):
    return session.project.records.page(0, -1, split=split)


def test_the_usual_ones_are_labelled_images_of_val(probes, session):
    assert probes.images == tuple(record.content_hash for record in records(session, "val"))


def test_without_labels_in_val_they_are_of_train(session):
    for record in records(session, "val"):
        session.project.splits.assign(record.image_id, "pool")

    labelled = {record.content_hash for record in records(session, "train")[:3]}
    assert set(usual_probes(session.project)) == labelled


def test_no_more_than_are_asked_for_and_spread_over_all(session):
    for record in records(session, "train"):
        makers.annotate(session.project, record.image_id, makers.dots(1))
    for record in records(session, "val"):
        session.project.splits.assign(record.image_id, "pool")

    hashes = [record.content_hash for record in records(session, "train")]
    assert usual_probes(session.project) == (hashes[0], hashes[4], hashes[7], hashes[11])


def test_the_chosen_ones_take_their_place_until_the_usual_ones_are_wanted(probes, session):
    chosen = records(session, "pool")[0]

    probes.watch(chosen)
    probes.watch(chosen)
    assert probes.images == (chosen.content_hash,)

    probes.take_usual()
    assert len(probes.images) == 2


def test_an_image_of_test_is_not_watched(probes, session):
    with pytest.raises(UsageError, match=r"test split.*spoil"):
        probes.watch(records(session, "test")[0])


def test_nine_are_too_many(probes, session):
    for record in records(session, "train")[:8]:
        probes.watch(record)

    with pytest.raises(UsageError, match="8 images are watched already"):
        probes.watch(records(session, "train")[8])


def test_another_project_begins_anew(probes, session, runner, tmp_path):
    probes.watch(records(session, "pool")[0])

    session.open(makers.a_project(tmp_path / "other"))
    drain(runner)

    assert not probes.is_chosen
    assert probes.seen == {}


def test_what_was_seen_is_shown_over_the_image_that_the_network_got(probes, session, runner):
    events.run(prepare_images(_Wanted(session.project.path, 64, ("val",))))
    record = records(session, "val")[0]
    truth = session.project.annotations.current(record.image_id).points
    event = Probed(2, record.content_hash, tuple(map(tuple, truth + np.array([0.0, 3.0]))), packed(np.zeros((32, 32))))

    probes.see(event, session.project.path, 64)
    drain(runner)

    picture = probes.pictures[record.content_hash]
    assert (picture.name, picture.grey.shape) == (record.name, (64, 64))
    assert picture.error_px(event.points) == pytest.approx(3.0)
    assert picture.error_px(()) is None


def test_an_image_that_is_not_prepared_is_left_out(session):
    record = records(session, "val")[0]

    assert events.run(read_probes(session.project.path, 64, (record.content_hash,))) == {}


def test_a_training_watches_what_it_reads_anyway_and_nothing_of_test(session):
    path = session.project.path
    wanted = [records(session, split)[0].content_hash for split in ("test", "val", "pool")]
    told = []

    events.run(
        train_run(path, TrainingOrder(makers.a_tiny_recipe(), device="cpu", name="one", probes=tuple(wanted))),
        told.append,
    )

    assert {event.image for event in told if isinstance(event, Probed)} == set(wanted[1:])
    with Project.open(path) as project:
        assert "Probed" not in (project.runs.get("one").folder / "events.jsonl").read_text()
