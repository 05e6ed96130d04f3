"""Region masks and further channels of the image on screen."""

import imageio.v3 as iio
import numpy as np
import pytest

from napari_kdland.session.companions import Companions
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.session import Session
from tests.session.factories import a_project, a_scheme_of_regions, drain, some_regions


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close()


@pytest.fixture
def session(runner, tmp_path):
    session = Session(runner, "ann")
    session.open(a_project(tmp_path, scheme=a_scheme_of_regions()))
    drain(runner)
    yield session
    session.close()


def opened(session, runner):
    """Make companions and let them see the image on screen."""
    companions = Companions(session, runner)
    companions.told = []
    for name in ("masks", "channels", "picture"):
        getattr(companions, f"{name}_changed").connect(lambda name=name: companions.told.append(name))
    session.image_changed.emit()
    drain(runner)
    return companions


def a_channel(session, folder, image_id, *, name="bone", value=100):
    path = folder / f"{name}_{image_id}.png"
    pixels = np.full((60, 50), value, np.uint8)
    pixels[0, 0] = 0
    iio.imwrite(path, pixels)
    session.project.channels.set_many({image_id: {name: (path, None)}})


def test_the_masks_of_the_image_on_screen_are_read(session, runner):
    session.project.masks.save(session.record.image_id, some_regions(), reader="ann")

    companions = opened(session, runner)

    assert companions.masks.regions == some_regions()
    assert companions.masks.rims.max() == 2


def test_an_image_without_masks_has_none_and_asks_for_none(session, runner):
    companions = opened(session, runner)

    assert companions.masks is None
    assert companions.told == ["masks", "channels", "picture"]


def test_the_masks_of_the_image_before_are_gone_at_once(session, runner):
    session.project.masks.save(session.record.image_id, some_regions(), reader="ann")
    companions = opened(session, runner)

    session.paging.go_next()
    drain(runner)

    assert companions.masks is None


def test_masks_that_come_late_are_not_those_of_another_image(session, runner):
    first = session.record.image_id
    session.project.masks.save(first, some_regions(), reader="ann")
    session.paging.go_next()
    drain(runner)
    companions = opened(session, runner)
    session.paging.go_to(first)
    session.paging.go_next()

    drain(runner)

    assert session.record.image_id != first
    assert companions.masks is None


def test_masks_that_were_imported_since_are_read(session, runner):
    companions = opened(session, runner)
    session.project.masks.save(session.record.image_id, some_regions(), reader="ann")

    session.reload_images()
    drain(runner)

    assert companions.masks.regions == some_regions()


def test_a_look_at_the_same_images_reads_nothing_again(session, runner):
    session.project.masks.save(session.record.image_id, some_regions(), reader="ann")
    companions = opened(session, runner)
    shown = companions.masks

    session.reload_images()
    drain(runner)

    assert companions.masks is shown


def test_a_mask_file_that_is_gone_is_said_and_shows_nothing(session, runner):
    record = session.project.masks.save(session.record.image_id, some_regions(), reader="ann")
    record.path.unlink()
    refused = []
    companions = Companions(session, runner)
    companions.refused.connect(refused.append)

    session.image_changed.emit()
    drain(runner)

    assert companions.masks is None
    assert record.path.name in refused[0]


def test_masks_can_be_switched_off(session, runner):
    companions = opened(session, runner)
    companions.told.clear()

    companions.show_masks(False)
    companions.show_masks(False)

    assert (companions.shows_masks, companions.told) == (False, ["masks"])


def test_a_channel_is_read_when_it_is_asked_for(session, runner, tmp_path):
    a_channel(session, tmp_path, session.record.image_id)
    companions = opened(session, runner)
    assert companions.channels == ("bone",)
    assert companions.picture is None

    companions.look_at("bone")
    drain(runner)

    assert companions.picture.size == (60, 50)


def test_the_chosen_channel_stays_from_image_to_image(session, runner, tmp_path):
    ids = [record.image_id for record in session.project.records.page(0, -1)]
    for image_id in ids[:2]:
        a_channel(session, tmp_path, image_id, value=50 + image_id)
    companions = opened(session, runner)
    companions.look_at("bone")
    drain(runner)
    before = companions.picture

    session.paging.go_next()
    drain(runner)
    assert companions.picture is not None
    assert companions.picture is not before

    session.paging.go_next()
    drain(runner)
    assert (companions.channel, companions.channels, companions.picture) == ("bone", (), None)


def test_no_channel_is_shown_when_none_is_wanted_any_more(session, runner, tmp_path):
    a_channel(session, tmp_path, session.record.image_id)
    companions = opened(session, runner)
    companions.look_at("bone")
    companions.look_at("")

    drain(runner)

    assert companions.picture is None


def test_closing_the_project_leaves_nothing(session, runner, tmp_path):
    a_channel(session, tmp_path, session.record.image_id)
    session.project.masks.save(session.record.image_id, some_regions(), reader="ann")
    companions = opened(session, runner)

    session.close()

    assert (companions.masks, companions.channels, companions.picture) == (None, (), None)
