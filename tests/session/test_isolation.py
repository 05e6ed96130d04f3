"""Jobs in a child process."""

import functools
import os
import signal
import time

import numpy as np
import pytest

from napari_kdland.errors import KdlandError, OutOfMemory
from napari_kdland.events import Advanced, Started, run
from napari_kdland.session.isolation import Helper, in_child
from napari_kdland.session.job_runner import JobRunner, JobStatus
from tests.session.factories import drain, endless_with_file, memory_short, refusing, three_steps, wait_for


def _faulty():
    yield Advanced(0)
    raise ZeroDivisionError("a bug")


def _killed():
    yield Advanced(0)
    os.kill(os.getpid(), signal.SIGKILL)


def _own_process():
    yield Advanced(0)
    return os.getpid()


def _printing():
    print("a library says hello")  # noqa: T201 - what is tested
    os.write(1, b"and its C code, too")
    yield Advanced(0)
    return "whole"


def _counting(path):
    for step in range(1, 1_000_000):
        path.with_suffix(".new").write_text(str(step))
        path.with_suffix(".new").replace(path)
        yield Advanced(step)


def _large():
    yield Advanced(0)
    return np.arange(2048 * 2048, dtype=np.float32).reshape(2048, 2048)


def test_a_job_in_a_child_tells_the_same_events_and_result():
    seen = []

    result = run(in_child(three_steps)(), seen.append)

    assert result == "counted"
    assert seen == [Started("three", 3), Advanced(1), Advanced(2), Advanced(3)]


def test_the_child_is_another_process():
    assert run(in_child(_own_process)()) != os.getpid()


def test_a_paused_job_stands_still_in_its_child_too(tmp_path):
    runner = JobRunner()
    handle = runner.start("count", in_child(functools.partial(_counting, tmp_path / "count")))
    wait_for(runner, lambda: len(handle.events) > 3, 30)

    handle.pause()
    until = time.monotonic() + 0.5
    wait_for(runner, lambda: time.monotonic() > until)

    ahead = int((tmp_path / "count").read_text()) - len(handle.events)
    assert ahead < 30
    handle.resume()
    wait_for(runner, lambda: len(handle.events) > 200, 30)
    assert runner.close()


def test_cancelling_lets_the_child_save(tmp_path):
    runner = JobRunner()
    handle = runner.start("train", in_child(functools.partial(endless_with_file, tmp_path / "saved")))
    wait_for(runner, lambda: handle.events, 30)

    handle.cancel()
    drain(runner, 30)

    assert handle.status is JobStatus.STOPPED
    assert (tmp_path / "saved").read_text() == "checkpoint"


def test_a_failure_of_the_house_keeps_its_kind():
    runner = JobRunner()

    handle = runner.start("train", in_child(memory_short))
    drain(runner, 30)

    assert isinstance(handle.failure, OutOfMemory)


@pytest.mark.parametrize(
    ("job", "message", "is_bug"),
    [
        (refusing, "No labelled image", False),
        (_faulty, "ZeroDivisionError: a bug", True),
        (_killed, "ended without a word", False),
    ],
)
def test_a_failure_in_the_child_is_told_like_one_at_home(job, message, is_bug):
    runner = JobRunner()

    handle = runner.start("train", in_child(job))
    drain(runner, 30)

    assert handle.status is JobStatus.FAILED
    assert message in handle.error
    assert handle.is_bug == is_bug
    assert not is_bug or "_faulty" in handle.details


@pytest.fixture
def helper():
    helper = Helper()
    yield helper
    helper.close()


def test_a_helper_stays_for_the_next_job(helper):
    first = run(helper.job(_own_process)())

    assert run(helper.job(_own_process)()) == first != os.getpid()


def test_a_helper_survives_a_job_that_fails(helper):
    first = run(helper.job(_own_process)())
    with pytest.raises(KdlandError, match="No labelled image"):
        run(helper.job(refusing)())

    assert run(helper.job(_own_process)()) == first


def test_a_helper_that_was_killed_is_replaced(helper):
    first = run(helper.job(_own_process)())
    with pytest.raises(KdlandError, match="ended without a word"):
        run(helper.job(_killed)())

    assert run(helper.job(_own_process)()) != first


def test_what_a_job_prints_does_not_get_between_its_messages(helper):
    assert run(helper.job(_printing)()) == "whole"


def test_large_arrays_come_through_whole(helper):
    result = run(helper.job(_large)())

    assert result.shape == (2048, 2048)
    assert result[-1, -1] == 2048 * 2048 - 1
