"""How fast a job goes, in words; no Qt here."""

from napari_kdland.gui.pace import Pace


def a_pace(*moments, total=100):
    clock = iter([*moments, moments[-1]])
    now = [moments[0]]
    pace = Pace(lambda: now[0])
    pace.begin(total)
    for done, moment in enumerate(clock, start=1):
        now[0] = moment
        pace.advance(done)
    return pace, now


def test_images_are_not_counted_as_steps():
    pace, now = a_pace(0.0)
    pace.begin(20, "image")

    for done in (4, 8):
        now[0] += 1.0
        pace.advance(done)

    assert pace.text() == "image 8 of 20 · 4.0 images/s · 3 s left"
    pace.begin(None, "image")
    pace.advance(0)
    assert pace.text() == ""


def test_a_pause_does_not_count_as_a_slow_step():
    pace, now = a_pace(0.0, 1.0, 2.0)

    pace.rest()
    now[0] = 3600.0
    for step in range(4, 7):
        now[0] += 1.0
        pace.advance(step)

    assert "1.0 steps/s" in pace.text()


def test_nothing_is_said_before_the_first_step():
    assert Pace().text() == ""


def test_rate_and_time_left_are_reckoned_from_the_last_steps():
    pace, _ = a_pace(0.0, 0.5, 1.0)

    assert pace.text().startswith("step 4 of 100 · ")
    assert "s left" in pace.text()


def test_silence_grows_until_anything_is_told():
    pace, now = a_pace(0.0, 1.0)
    assert Pace().silence is None

    now[0] = 60.0
    assert pace.silence == 59.0

    pace.hear()
    assert pace.silence == 0.0


def test_hours_and_minutes_are_rounded():
    pace, _ = a_pace(0.0, 60.0, 120.0, 180.0, total=1000)

    assert " h left" in pace.text()
