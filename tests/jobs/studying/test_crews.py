"""Tests of napari_kdland.jobs.studying.crews; a real cluster is in tests/stories."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from napari_kdland import events
from napari_kdland.errors import TrainingError, UsageError
from napari_kdland.jobs.studying import crews
from napari_kdland.jobs.studying.crews import Cluster, OwnHands
from napari_kdland.jobs.studying.working import Outcome
from napari_kdland.project import Project
from tests.makers import a_project, a_tiny_recipe


class AFuture:
    def __init__(self, status: str, result: Outcome | None = None, error: BaseException | None = None) -> None:
        self.status, self._result, self._error = status, result, error

    def done(self) -> bool:
        return self.status != "pending"

    def result(self) -> Outcome | None:
        return self._result

    def exception(self) -> BaseException | None:
        return self._error


class AClient:
    """A cluster that answers each run as `futures` says."""

    def __init__(self, futures: Callable[[str], AFuture], *, says: str = "", n_workers: int = 1) -> None:
        self._futures, self._says, self._n_workers = futures, says, n_workers
        self.submitted: list[str] = []
        self.is_closed = False

    def run(self, *_: object, **__: object) -> dict[str, str]:
        return {"tcp://worker": self._says}

    def submit(self, _: object, __: str, run: str, ___: str, *, pure: bool) -> AFuture:
        assert not pure
        self.submitted.append(run)
        return self._futures(run)

    def scheduler_info(self) -> dict[str, object]:
        return {"workers": dict.fromkeys(range(self._n_workers))}

    def cancel(self, futures: list[AFuture]) -> None:
        for future in futures:
            future.status = "cancelled"

    def close(self) -> None:
        self.is_closed = True


def a_cluster(monkeypatch: pytest.MonkeyPatch, client: AClient) -> Cluster:
    monkeypatch.setattr(crews, "_connected", lambda _: client)
    monkeypatch.setattr(crews, "_POLL_SECONDS", 0.0)
    monkeypatch.setattr(crews, "_TELL_SECONDS", -1.0)
    monkeypatch.setattr(Cluster, "_who_trains", lambda _: "who trains")
    return Cluster("tcp://scheduler", Path("project.kdland"), "cpu")


def test_own_hands_train_the_first_run_and_tell_its_steps_as_remarks(monkeypatch: pytest.MonkeyPatch):
    def work_on(_: Path, run: str, *, device: str) -> events.Job[Outcome]:
        yield events.Started("Training", 2)
        yield events.Advanced(1)
        yield events.Measured(1, {"loss": 2.0})
        yield events.Warned(device)
        return Outcome(run)

    monkeypatch.setattr(crews, "work_on", work_on)
    seen: list[events.Event] = []

    outcomes = events.run(OwnHands(Path("p"), "cpu").work(["a", "b"]), seen.append)

    assert outcomes == [Outcome("a")]
    assert seen == [events.Advanced(0, "a: step 1"), events.Measured(1, {"loss": 2.0}), events.Warned("cpu")]


def test_a_cluster_gets_every_run_once_and_those_that_ended_come_back(monkeypatch: pytest.MonkeyPatch):
    futures = {name: AFuture("pending") for name in ("a", "b")}
    client = AClient(futures.__getitem__)
    cluster = a_cluster(monkeypatch, client)
    job = cluster.work(["a", "b"])
    next(job)
    futures["b"].status, futures["b"]._result = "finished", Outcome("b")

    assert events.run(job) == [Outcome("b")]

    futures["a"].status, futures["a"]._result = "finished", Outcome("a")
    assert events.run(cluster.work(["a"])) == [Outcome("a")]
    assert client.submitted == ["a", "b"]


def test_who_trains_and_where_they_stand_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    who_trains = Cluster._who_trains
    cluster = a_cluster(monkeypatch, AClient(lambda _: AFuture("pending")))
    with Project.open(a_project(tmp_path)) as project, project.runs.study_lock("small") as study:
        project.runs.create("kd", recipe=a_tiny_recipe())
        project.runs.update("kd", steps_done=40)
        study.admit("kd")
        cluster._project_path = project.path
        next(cluster.work(["kd", "fpd"]))

        with project.runs.training_lock("kd"):
            assert who_trains(cluster) == "2 runs are with the cluster; now kd (step 40)"


def test_a_scheduler_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch):
    cluster = a_cluster(monkeypatch, AClient(lambda _: AFuture("cancelled")))

    with pytest.raises(TrainingError, match=r"scheduler tcp://scheduler is gone.*start the study again"):
        events.run(cluster.work(["a"]))


def test_a_run_that_killed_all_its_workers_is_not_done(monkeypatch: pytest.MonkeyPatch):
    distributed = pytest.importorskip("distributed")
    error = distributed.KilledWorker("a", SimpleNamespace(address="tcp://w"), 3)
    cluster = a_cluster(monkeypatch, AClient(lambda _: AFuture("error", error=error)))

    (outcome,) = events.run(cluster.work(["a"]))

    assert outcome.message.startswith("Every worker that trained a died")


def test_a_bug_on_a_worker_comes_out_as_it_is(monkeypatch: pytest.MonkeyPatch):
    cluster = a_cluster(monkeypatch, AClient(lambda _: AFuture("error", error=ZeroDivisionError("oh"))))

    with pytest.raises(ZeroDivisionError, match="oh"):
        events.run(cluster.work(["a"]))


def test_a_cluster_without_workers_is_waited_for_and_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(crews, "_LONELY_SECONDS", -1.0)
    job = a_cluster(monkeypatch, AClient(lambda _: AFuture("pending"), n_workers=0)).work(["a"])

    told = [next(job) for _ in range(3)]

    assert events.Warned("No worker is connected to tcp://scheduler; waiting for one.") in told


def test_workers_that_cannot_train_in_the_project_are_named(monkeypatch: pytest.MonkeyPatch):
    client = AClient(lambda _: AFuture("pending"), says="no such folder")

    with pytest.raises(UsageError, match=r"Workers of tcp://scheduler cannot train in .*tcp://worker: no such folder"):
        a_cluster(monkeypatch, client)

    assert client.is_closed


def test_a_dismissed_cluster_begins_nothing_more(monkeypatch: pytest.MonkeyPatch):
    future = AFuture("pending")
    client = AClient(lambda _: future)
    cluster = a_cluster(monkeypatch, client)
    next(cluster.work(["a"]))

    cluster.dismiss()

    assert future.status == "cancelled"
    assert client.is_closed


def test_a_missing_package_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(UsageError, match=r"pip install napari-kdland\[cluster\]"):
        Cluster("tcp://127.0.0.1:1", Path("p"), "cpu")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://"])
def test_a_scheduler_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch, address: str):
    pytest.importorskip("distributed")
    monkeypatch.setattr(crews, "_CONNECT_SECONDS", 0.2)

    with pytest.raises(UsageError, match=f"No Dask scheduler answers at {address}"):
        Cluster(address, Path("p"), "cpu")


_FAULTS = """
import resource
from napari_kdland.jobs.studying import crews
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        b"1" * 2**23
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
before = faults()
crews._keep_freed_memory()
faults()
print(before, faults())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the settings are those of glibc")
def test_a_worker_keeps_freed_memory_though_dasks_nanny_asks_it_not_to():
    environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"}

    found = subprocess.run([sys.executable, "-c", _FAULTS], env=environment, capture_output=True, text=True, check=True)
    before, after = map(int, found.stdout.split())

    assert before > 20 * 2000  # 8 MiB are 2,048 pages: all 20 blocks are asked for anew
    assert after < 2100
