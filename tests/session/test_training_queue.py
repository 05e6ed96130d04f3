"""One training after the other."""

import pytest

from napari_kdland import jobs
from napari_kdland.errors import NonFiniteLoss, OutOfMemory, TrainingError
from napari_kdland.events import Advanced, Started
from napari_kdland.jobs import TrainingOrder
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.session import Session
from napari_kdland.session.training_queue import TrainingQueue
from napari_kdland.session.training_requests import TrainingRequest
from tests.session.factories import a_project, drain, wait_for


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close()


@pytest.fixture
def session(runner, tmp_path):
    session = Session(runner, "ann")
    session.open(a_project(tmp_path, count=0))
    yield session
    session.close()


@pytest.fixture
def queue(session, runner):
    return TrainingQueue(session, runner)


@pytest.fixture
def trained(monkeypatch):
    """Train nothing: `ends` says what comes of a run by its name; gives the names in the order they were trained."""
    begun, ends = [], {}

    def train(_path, order):
        begun.append(order.name)
        yield Started("Training", 1)
        while ends.get(order.name) == "never":
            yield Advanced(0)
        if isinstance(ends.get(order.name), Exception):
            raise ends[order.name]

    def look(_path, _order):
        yield Started("Checking")
        return jobs.Foresight(1.0, 0.1, 2**20, None, 2**20, 2**30, "cpu")

    monkeypatch.setattr(jobs, "train_run", train)
    monkeypatch.setattr(jobs, "foresee_training", look)
    return begun, ends


def a_request(name):
    return TrainingRequest(TrainingOrder(load_recipe("supervised"), name=name))


def ask(queue, *names):
    for name in names:
        queue.ask(a_request(name))


def titles(queue):
    return [each.title.split(":")[0] for each in queue.waiting]


def test_trainings_follow_one_another(queue, runner, trained):
    ask(queue, "a", "b", "c")
    assert titles(queue) == ["b", "c"]

    drain(runner)

    assert trained[0] == ["a", "b", "c"]
    assert (titles(queue), queue.held) == ([], "")


@pytest.mark.parametrize("failure", [NonFiniteLoss("nan"), OutOfMemory("full")], ids=["loss", "memory"])
def test_one_that_fails_for_a_reason_of_its_own_lets_the_next_begin(queue, runner, trained, failure):
    trained[1]["a"] = failure
    ask(queue, "a", "b")

    drain(runner)

    assert trained[0] == ["a", "b"]


@pytest.mark.parametrize("failure", [TrainingError("the disk is full"), RuntimeError("device-side assert")])
def test_a_failure_that_would_meet_the_next_one_holds_the_queue(queue, runner, trained, failure):
    trained[1]["a"] = failure
    ask(queue, "a", "b")

    drain(runner)

    assert trained[0] == ["a"]
    assert titles(queue) == ["b"]
    assert "failed for a reason" in queue.held


def test_stopping_one_holds_the_others_until_they_may_go_on(queue, runner, trained):
    trained[1]["a"] = "never"
    ask(queue, "a", "b")
    wait_for(runner, lambda: trained[0] == ["a"])

    queue.handle.cancel()
    drain(runner)
    assert (trained[0], titles(queue)) == (["a"], ["b"])
    assert "was stopped" in queue.held

    queue.go_on()
    drain(runner)
    assert trained[0] == ["a", "b"]


@pytest.fixture
def doubtful(trained, monkeypatch):
    """Foresee that b may go wrong."""

    def look(_path, order):
        yield Started("Checking")
        warnings = ("Few labels of Dot (1).",) if order.name == "b" else ()
        return jobs.Foresight(1.0, 0.1, 2**20, None, 2**20, 2**30, "cpu", warnings)

    monkeypatch.setattr(jobs, "foresee_training", look)
    return trained


def test_one_that_may_go_wrong_waits_with_the_reason_until_it_may_go_on(queue, runner, doubtful):
    ask(queue, "a", "b", "c")
    drain(runner)
    assert (doubtful[0], titles(queue)) == (["a"], ["b", "c"])
    assert queue.held.endswith("has not begun: Few labels of Dot (1).")

    queue.go_on()
    drain(runner)
    assert (doubtful[0], titles(queue), queue.held) == (["a", "b", "c"], [], "")


@pytest.mark.parametrize(("is_wanted", "begun"), [(True, ["b", "c"]), (False, ["c"])], ids=["start", "back"])
def test_the_users_word_begins_it_all_the_same_or_drops_it(queue, runner, doubtful, is_wanted, begun):
    told = []
    queue.doubted.connect(told.append)
    ask(queue, "b", "c")
    drain(runner)

    queue.settle(is_wanted=is_wanted)
    drain(runner)

    assert [each.warnings for each in told] == [("Few labels of Dot (1).",)]
    assert (doubtful[0], titles(queue), queue.held) == (begun, [], "")


def test_the_order_can_be_changed_and_one_be_removed(queue, runner, trained):
    trained[1]["a"] = "never"
    ask(queue, "a", "b", "c", "d")
    first, _, last = queue.waiting

    queue.move(last.key, -2)
    queue.remove(first.key)
    assert titles(queue) == ["d", "c"]

    trained[1].clear()
    drain(runner)
    assert trained[0] == ["a", "d", "c"]


def test_a_held_queue_begins_nothing(queue, runner, trained):
    trained[1]["a"] = "never"
    ask(queue, "a", "b")

    queue.hold("Held by you.")
    trained[1].clear()
    drain(runner)

    assert trained[0] == ["a"]
    assert titles(queue) == ["b"]


def test_what_waits_is_held_after_a_restart(queue, session, runner, trained):
    trained[1]["a"] = "never"
    ask(queue, "a", "b")
    path = session.project.path
    queue.close()
    queue.handle.cancel()
    drain(runner)

    session.close()
    again = TrainingQueue(session, runner)
    session.open(path)

    assert titles(again) == ["b"]
    assert "waiting when the project was opened" in again.held


def test_closing_begins_nothing_more(queue, runner, trained):
    trained[1]["a"] = "never"
    ask(queue, "a", "b")
    wait_for(runner, lambda: trained[0] == ["a"])

    queue.close()
    runner.close()

    assert trained[0] == ["a"]


def test_a_training_of_another_process_is_waited_for(queue, session, runner, trained):
    with Project.open(session.project.path, announce=False) as other, other.runs.training_lock("theirs"):
        assert not queue.ask(a_request("mine"))
        assert "theirs is training" in queue.held
    queue.go_on()
    drain(runner)

    assert trained[0] == ["mine"]


@pytest.mark.parametrize(("device", "is_begun"), [("cpu", True), ("cuda:0", True), ("cuda:1", False), ("auto", False)])
def test_a_training_elsewhere_is_waited_for_only_on_its_own_device(queue, session, runner, trained, device, is_begun):
    order = TrainingOrder(load_recipe("supervised"), name="mine", device=device)

    with Project.open(session.project.path, announce=False) as other, other.runs.training_lock("theirs", "cuda:1"):
        assert queue.ask(TrainingRequest(order)) is is_begun
        drain(runner)

        assert trained[0] == (["mine"] if is_begun else [])
        assert titles(queue) == ([] if is_begun else ["mine"])


def test_a_queue_of_another_project_stays_with_it(queue, session, runner, trained, tmp_path):
    trained[1]["a"] = "never"
    ask(queue, "a", "b")
    first = session.project.path

    session.open(a_project(tmp_path / "other", count=0))
    trained[1].clear()
    drain(runner)

    assert (trained[0], titles(queue)) == (["a"], [])
    with Project.open(first) as project:
        assert len(project.waiting.all()) == 1


def test_one_that_cannot_be_read_any_more_is_told_and_the_next_begins(queue, session, runner, trained):
    told = []
    queue.refused.connect(told.append)
    plain = a_request("old").plain()
    plain["order"]["recipe"]["unknown"] = 1
    session.project.waiting.add("old", plain)
    session.project.waiting.add("b", a_request("b").plain())

    queue.go_on()
    drain(runner)

    assert trained[0] == ["b"]
    assert "old was not begun" in told[0]
