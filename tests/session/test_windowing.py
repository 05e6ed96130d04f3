"""Windows of images: chosen, pulled, kept for each image, given to all."""

import imageio.v3 as iio
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.events import run
from napari_kdland.images.presets import FULL, LUNG, MIDDLE, Preset
from napari_kdland.session.album import Picture, read_picture
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.memory import ShortMemory
from napari_kdland.session.session import Session
from napari_kdland.session.windowing import Windowing
from tests.session.factories import a_project, drain


def squared(values):
    return (values / 255) ** 2


@pytest.fixture
def session(tmp_path):
    runner = JobRunner()
    session = Session(runner, "ann")
    session.open(a_project(tmp_path, count=3))
    drain(runner)
    session.wait = lambda: drain(runner)
    session.go = lambda: (session.paging.go_next(), drain(runner))
    yield session
    session.close()
    assert runner.close()


@pytest.fixture
def windowing(session):
    return Windowing(session)


def with_curve(session):
    """Let the image on screen have a table of its own, before the presets that all images have."""
    picture = session.radiograph
    session.radiograph = Picture(picture.values, (Preset("VOI LUT", 0, 1, curve=squared), *picture.presets))


def test_an_image_is_shown_as_its_file_asks_for(session, windowing):
    look = windowing.look

    assert look.preset.name == FULL
    assert (look.low, look.high) == (session.radiograph.values.min(), session.radiograph.values.max())
    assert not look.is_by_hand


def test_without_an_image_there_is_nothing_to_choose(windowing, session):
    session.close()

    windowing.step()
    windowing.reset()
    windowing.apply_to_all()

    assert windowing.look is None
    assert windowing.presets == ()


def test_a_preset_is_chosen_by_its_title(windowing):
    heard = []
    windowing.changed.connect(lambda: heard.append(windowing.look.preset.name))

    windowing.choose(LUNG)

    assert heard == [LUNG]


def test_stepping_goes_round(windowing):
    seen = []
    for _ in range(4):
        windowing.step()
        seen.append(windowing.look.preset.name)

    assert seen == [MIDDLE, LUNG, FULL, MIDDLE]


def test_a_window_is_kept_for_its_image_and_the_next_image_has_its_own(session, windowing):
    windowing.set_limits(10, 90)
    session.go()
    other = windowing.look

    session.paging.go_previous()

    assert not other.is_by_hand
    assert (windowing.look.low, windowing.look.high) == (10, 90)


def test_a_window_changes_no_pixel(session, windowing):
    before = session.radiograph.values.copy()

    windowing.choose(LUNG)
    windowing.pull(windowing.look, right=0.3, down=0.2)

    assert_array_equal(session.radiograph.values, before)


def test_to_the_right_widens_and_down_moves_the_centre_up(windowing):
    windowing.choose(MIDDLE)
    start = windowing.look
    span = start.high - start.low

    windowing.pull(start, right=0.5, down=0.25)

    assert_allclose(windowing.look.high - windowing.look.low, 1.5 * span)
    assert_allclose((windowing.look.high + windowing.look.low) / 2, (start.high + start.low) / 2 + 0.25 * span)


def test_a_pull_there_and_back_is_where_it_began(windowing):
    start = windowing.look

    windowing.pull(start, right=-0.7, down=0.9)
    windowing.pull(start, right=0, down=0)

    assert not windowing.look.is_by_hand


def test_a_window_never_closes(windowing):
    windowing.pull(windowing.look, right=-9, down=0)
    pulled = windowing.look
    windowing.set_limits(50, 40)

    assert pulled.low < pulled.high
    assert windowing.look.low < 45 < windowing.look.high


def test_a_reset_gives_back_what_the_file_asks_for(windowing):
    windowing.choose(LUNG)
    windowing.set_limits(1, 2)

    windowing.reset()

    assert windowing.look.preset.name == FULL
    assert not windowing.look.is_by_hand


def test_over_a_curve_limits_are_shares_of_it(session, windowing):
    with_curve(session)

    windowing.pull(windowing.look, right=-0.5, down=0)

    assert (windowing.look.low, windowing.look.high) == (0.25, 0.75)
    assert windowing.look.preset.name == "VOI LUT"


def test_a_preset_for_all_is_each_images_own(session, windowing):
    windowing.choose(LUNG)
    here = windowing.look

    windowing.apply_to_all()
    session.go()

    assert windowing.look.preset.name == LUNG
    assert windowing.look.preset is not here.preset


def test_a_window_by_hand_for_all_is_the_same_share_of_each_range(session, windowing):
    windowing.choose(MIDDLE)
    middle = windowing.look
    windowing.pull(middle, right=-0.5, down=0)

    windowing.apply_to_all()
    session.go()
    low, high = windowing.presets[1].low, windowing.presets[1].high

    assert_allclose((windowing.look.low, windowing.look.high), (low + 0.25 * (high - low), high - 0.25 * (high - low)))


def test_values_with_a_unit_are_the_same_for_all(session, windowing):
    session.radiograph = Picture(session.radiograph.values, session.radiograph.presets, unit="HU")
    windowing.set_limits(-150, 250)

    windowing.apply_to_all()
    session.go()

    assert (windowing.look.low, windowing.look.high) == (-150, 250)


@pytest.mark.parametrize("by_hand", [False, True])
def test_images_without_such_a_curve_are_shown_as_their_files_ask(session, windowing, by_hand):
    with_curve(session)
    if by_hand:
        windowing.set_limits(0.2, 0.4)

    windowing.apply_to_all()
    session.go()

    assert windowing.look.preset.name == FULL
    assert not windowing.look.is_by_hand


def test_for_all_forgets_what_was_chosen_for_one(session, windowing):
    windowing.choose(LUNG)
    session.go()
    windowing.choose(MIDDLE)

    windowing.apply_to_all()
    session.paging.go_previous()

    assert windowing.look.preset.name == MIDDLE


def test_a_picture_offers_what_its_file_does_first(tmp_path):
    iio.imwrite(tmp_path / "a.png", np.arange(1200, dtype=np.uint8).reshape(30, 40) % 200)

    picture = run(read_picture(tmp_path / "a.png", None))

    assert [preset.name for preset in picture.presets] == [FULL, MIDDLE, LUNG]
    assert picture.preset("VOI LUT").name == FULL


def test_a_picture_goes_through_a_curve_once():
    calls = []
    preset = Preset("VOI LUT", 0, 1, curve=lambda values: calls.append(1) or squared(values))
    picture = Picture(np.full((4, 5), 51, np.float32), (preset, Preset(FULL, 0, 255)))

    first, second = picture.through(preset), picture.through(preset)

    assert_allclose(first, 0.04)
    assert first is second
    assert calls == [1]
    assert picture.nbytes == 2 * first.nbytes


@pytest.mark.parametrize(("turn", "expected"), [(None, 51.0), (4095.0, 4044.0)])
def test_a_value_is_told_as_the_file_has_it(turn, expected):
    picture = Picture(np.full((4, 5), 51, np.float32), (Preset(FULL, 0, 255),), turn)

    assert picture.value_at(3, 4) == expected
    assert picture.value_at(4, 4) is None
    assert picture.value_at(0, -1) is None


@pytest.fixture
def reopened(session):
    """Give what is in force once the project has been closed and opened again, by a window with the same memory."""
    memory = ShortMemory()
    first = Windowing(session, memory)

    def reopen():
        path = session.project.path
        session.close()
        first.close()
        second = Windowing(session, memory)
        session.open(path)
        session.wait()
        return second

    return first, reopen


def test_presets_windows_by_hand_and_inverting_outlast_the_project_being_closed(session, reopened):
    windowing, reopen = reopened
    windowing.choose(LUNG)
    session.go()
    windowing.set_limits(10.0, 90.0)
    windowing.invert()

    again = reopen()

    assert again.is_inverted
    assert again.look.preset.name == LUNG
    session.go()
    assert (again.look.low, again.look.high) == (10, 90)
    session.go()
    assert again.look.preset.name == FULL


def test_what_was_given_to_all_outlasts_the_project_being_closed(session, reopened):
    windowing, reopen = reopened
    windowing.choose(MIDDLE)
    windowing.apply_to_all()

    again = reopen()
    session.go()

    assert again.look.preset.name == MIDDLE


def test_another_project_has_looks_of_its_own(session, reopened, tmp_path):
    windowing, _ = reopened
    windowing.choose(LUNG)
    windowing.invert()

    (tmp_path / "other").mkdir()
    session.open(a_project(tmp_path / "other"))
    session.wait()

    assert windowing.look.preset.name == FULL
    assert not windowing.is_inverted


def test_a_drag_writes_nothing_before_it_is_over(session, monkeypatch):
    memory, kept = ShortMemory(), []
    monkeypatch.setattr(memory, "keep", lambda _project, looks: kept.append(looks))
    windowing = Windowing(session, memory)
    for step in range(5):
        windowing.set_limits(10.0, 90.0 + step)
    assert kept == []

    session.go()

    (looks,) = kept
    assert [choice.limits for choice in looks.of_images.values()] == [(10.0, 94.0)]
