"""Tests of napari_kdland.jobs.following."""

from napari_kdland import events
from napari_kdland.jobs.following import followed


def test_a_followed_job_gives_the_same_events_and_result():
    def job():
        yield events.Advanced(1)
        return "done"

    seen, watched = [], []
    result = events.run(followed(job(), seen.append), watched.append)

    assert result == "done"
    assert seen == watched == [events.Advanced(1)]


def test_closing_the_follower_closes_the_job():
    closed = []

    def job():
        try:
            yield events.Advanced(1)
            yield events.Advanced(2)
        except GeneratorExit:
            closed.append(True)
            raise

    follower = followed(job(), lambda _: None)
    next(follower)
    follower.close()

    assert closed == [True]
