"""What is asked to be trained, in a form that can wait."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.errors import KdlandError, RecipeError, RunError
from napari_kdland.jobs import TrainingOrder
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe
from napari_kdland.session.training_requests import TrainingRequest, request_of, resumption
from tests.session.factories import a_project

NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8)


@given(
    labels=st.none() | st.integers(1, 500),
    seed=st.integers(0, 2**31 - 1),
    teachers=st.lists(NAMES, max_size=3).map(tuple),
    name=st.none() | NAMES,
    in_child=st.booleans(),
    resumes=st.just("") | NAMES,
    is_confirmed=st.booleans(),
)
def test_a_request_comes_back_from_json_as_it_was(labels, seed, teachers, name, in_child, resumes, is_confirmed):
    order = TrainingOrder(load_recipe("kd"), labels=labels, seed=seed, teachers=teachers, name=name)
    request = TrainingRequest(order, resumes, in_child, is_confirmed)

    assert request_of(json.loads(json.dumps(request.plain()))) == request


def test_a_run_that_is_finished_trains_or_waits_already_is_not_resumed(tmp_path):
    with Project.open(a_project(tmp_path, count=0)) as project:
        for name in ("done", "now", "half"):
            project.runs.create(name, recipe=load_recipe("supervised"))
        project.runs.update("done", status="done", steps_done=40)
        request = resumption(project, "half", "cpu")
        project.waiting.add(request.title, request.plain())

        with pytest.raises(RunError, match=r"done is finished after 40 steps"):
            resumption(project, "done", "cpu")
        with project.runs.training_lock("now"), pytest.raises(RunError, match="now is training"):
            resumption(project, "now", "cpu")
        with pytest.raises(RunError, match="half waits"):
            resumption(project, "half", "cpu")


def test_a_title_says_what_it_is():
    named = TrainingOrder(load_recipe("supervised"), name="mine")
    taught = TrainingOrder(load_recipe("kd"), labels=10, seed=2, teachers=("big",))

    assert TrainingRequest(named).title.startswith("mine: ")
    assert TrainingRequest(taught).title.endswith("10 labels, seed 2, taught by big")
    assert TrainingRequest(named, "half").title == "Resume half"


def test_a_request_of_a_newer_version_is_refused_in_words():
    plain = TrainingRequest(TrainingOrder(load_recipe("kd"))).plain()
    plain["order"]["planet"] = "mars"

    with pytest.raises(KdlandError, match=r"another version.*Remove it"):
        request_of(plain)


def test_a_recipe_that_cannot_be_used_any_more_names_its_key():
    plain = TrainingRequest(TrainingOrder(load_recipe("kd"))).plain()
    plain["order"]["recipe"]["training"]["stpes"] = 3

    with pytest.raises(RecipeError, match=r"training\.stpes"):
        request_of(plain)
