"""The boundary between threads."""

import os
import sys
import threading
import time

import pytest

from napari_kdland.errors import KdlandError
from napari_kdland.events import Advanced, Started
from napari_kdland.session.job_runner import JobHandle, JobRunner, JobStatus, patiently
from tests.session.factories import drain, endless, refusing, three_steps, wait_for


def test_events_arrive_in_order_on_the_thread_that_polls():
    runner, seen = JobRunner(), []

    handle = runner.start("count", three_steps, on_event=lambda e: seen.append((e, threading.current_thread())))
    drain(runner)

    assert [event for event, _ in seen] == [Started("three", 3), Advanced(1), Advanced(2), Advanced(3)]
    assert {thread for _, thread in seen} == {threading.current_thread()}
    assert list(handle.events) == [event for event, _ in seen]


def test_a_job_is_made_advanced_and_closed_on_one_background_thread():
    runner, threads = JobRunner(), set()

    def job():
        try:
            while True:
                threads.add(threading.current_thread())
                yield Advanced(0)
        finally:
            threads.add(threading.current_thread())

    handle = runner.start("where", job)
    wait_for(runner, lambda: handle.events)
    handle.cancel()
    drain(runner)

    assert len(threads) == 1
    assert threading.current_thread() not in threads


def test_the_result_is_there_when_the_end_is_told():
    runner, ends = JobRunner(), []

    runner.start("count", three_steps, on_end=lambda handle: ends.append((handle.status, handle.result)))
    drain(runner)

    assert ends == [(JobStatus.DONE, "counted")]


def test_nothing_is_told_before_somebody_polls():
    runner = JobRunner()

    handle = runner.start("count", three_steps)
    time.sleep(0.05)

    assert (handle.status, len(handle.events)) == (JobStatus.RUNNING, 0)
    drain(runner)


def test_a_cancelled_job_is_closed_so_that_it_can_save():
    runner, saved = JobRunner(), []

    handle = runner.start("train", lambda: endless(saved))
    wait_for(runner, lambda: len(handle.events) > 2)
    handle.cancel()

    assert handle.status is JobStatus.STOPPING
    drain(runner)
    assert handle.status is JobStatus.STOPPED
    assert saved == ["checkpoint"]


def test_a_paused_job_stands_still_until_it_is_resumed():
    runner = JobRunner()
    handle = runner.start("train", lambda: endless([]))
    wait_for(runner, lambda: handle.events)

    handle.pause()
    time.sleep(0.03)
    runner.poll()
    standing = len(handle.events)
    time.sleep(0.03)
    runner.poll()
    assert (handle.status, len(handle.events)) == (JobStatus.PAUSED, standing)

    handle.resume()
    wait_for(runner, lambda: len(handle.events) > standing)
    runner.close()


def test_a_paused_job_can_be_cancelled():
    runner, saved = JobRunner(), []
    handle = runner.start("train", lambda: endless(saved))
    wait_for(runner, lambda: handle.events)
    handle.pause()

    handle.cancel()
    drain(runner)

    assert (handle.status, saved) == (JobStatus.STOPPED, ["checkpoint"])


def test_an_error_of_the_house_becomes_its_message():
    runner = JobRunner()

    handle = runner.start("train", refusing)
    drain(runner)

    assert (handle.status, handle.error, handle.is_bug) == (JobStatus.FAILED, "No labelled image: place some.", False)


@pytest.mark.parametrize("failure", [RuntimeError("CUDA error"), KeyError("x"), StopIteration("odd"), MemoryError()])
def test_any_other_error_becomes_a_message_with_details_and_never_escapes(failure):
    runner = JobRunner()

    def job():
        yield Advanced(0)
        raise failure

    handle = runner.start("train", job)
    drain(runner)

    assert handle.status is JobStatus.FAILED
    assert handle.is_bug
    assert "in job" in handle.details


def test_a_job_that_fails_before_its_first_event_fails_as_a_job():
    runner = JobRunner()

    def no_job():
        raise KdlandError("There is no project.")

    handle = runner.start("open", no_job)
    drain(runner)

    assert (handle.status, handle.error) == (JobStatus.FAILED, "There is no project.")


def test_an_error_while_saving_on_cancel_is_told():
    runner = JobRunner()

    def job():
        try:
            while True:
                yield Advanced(0)
        finally:
            raise KdlandError("The disk is full.")

    handle = runner.start("train", job)
    wait_for(runner, lambda: handle.events)
    handle.cancel()
    drain(runner)

    assert (handle.status, handle.error) == (JobStatus.FAILED, "The disk is full.")


def test_closing_stops_every_job_and_waits_for_its_checkpoint():
    runner, saved = JobRunner(), []
    for _ in range(3):
        runner.start("train", lambda: endless(saved))

    all_ended = runner.close()

    assert all_ended
    assert saved.count("checkpoint") == 3
    assert runner.running == ()


def test_one_poll_never_holds_the_window_for_long():
    runner = JobRunner()
    handle = runner.start("flood", lambda: (Advanced(i) for i in range(50)), on_event=lambda _: time.sleep(0.005))
    time.sleep(0.1)

    started = time.monotonic()
    runner.poll()

    assert time.monotonic() - started < 0.05
    assert 0 < len(handle.events) < 50
    drain(runner)


def test_a_handle_tells_several_watchers():
    runner, one, two = JobRunner(), [], []
    handle: JobHandle[str] = runner.start("count", three_steps, on_event=one.append)

    handle.told.connect(two.append)
    drain(runner)

    assert one == two


def test_jobs_of_one_lane_run_one_after_another():
    runner, running, most = JobRunner(), [], []

    def job():
        running.append(1)
        most.append(len(running))
        yield Advanced(0)
        time.sleep(0.01)
        running.pop()

    for _ in range(4):
        runner.start("read", job, lane="reading")
    drain(runner)

    assert most == [1, 1, 1, 1]


def test_a_job_that_is_cancelled_before_its_turn_is_never_begun():
    runner, saved, begun = JobRunner(), [], []
    first = runner.start("long", lambda: endless(saved), lane="reading")

    def job():
        begun.append(True)
        yield Advanced(0)

    second = runner.start("short", job, lane="reading")
    second.cancel()
    first.cancel()
    drain(runner)

    assert begun == []
    assert second.status is JobStatus.STOPPED


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
def test_a_patient_job_lets_others_go_first_and_nobody_else_waits():
    def job():
        yield Advanced(0)
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    runner = JobRunner()
    handle = runner.start("train", patiently(job))
    drain(runner)

    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert handle.result > own
