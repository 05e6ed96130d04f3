"""The trainings that wait in a project."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.project import Project
from tests.makers import a_scheme, a_tiny_recipe


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "p", a_scheme()) as project:
        yield project


def titles(project):
    return [each.title for each in project.waiting.all()]


def test_what_waits_stands_in_the_order_in_which_it_came(project):
    for title in "abc":
        project.waiting.add(title, {"recipe": title})

    assert titles(project) == ["a", "b", "c"]
    assert project.waiting.all()[1].request == {"recipe": "b"}


def test_one_may_be_put_before_the_others(project):
    project.waiting.add("a", {})

    project.waiting.add("b", {}, first=True)

    assert titles(project) == ["b", "a"]


def test_what_waits_follows_a_run_that_gets_another_name(project):
    project.runs.create("old", recipe=a_tiny_recipe(), labels=3, seed=0, device="cpu")
    project.waiting.add("kd", {"order": {"teachers": ["other", "old"], "start": "old", "seed": 3}, "resumes": ""})
    project.waiting.add("Resume old", {"order": {"teachers": [], "start": ""}, "resumes": "old"})
    project.waiting.add("plain", {"seed": 1})

    project.runs.rename("old", "new")

    taught, resumed, plain = project.waiting.all()
    assert taught.request == {"order": {"teachers": ["other", "new"], "start": "new", "seed": 3}, "resumes": ""}
    assert (resumed.title, resumed.request["resumes"]) == ("Resume new", "new")
    assert (plain.title, plain.request) == ("plain", {"seed": 1})


def test_what_waits_is_there_after_a_restart(project):
    project.waiting.add("a", {"seed": 3})

    with Project.open(project.path) as again:
        assert titles(again) == ["a"]


def test_two_windows_cannot_take_the_same_training(project):
    key = project.waiting.add("a", {}).key
    with Project.open(project.path) as other:
        assert other.waiting.take(key).title == "a"

    assert project.waiting.take(key) is None
    assert titles(project) == []


@settings(max_examples=20, deadline=None)
@given(moves=st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5)), max_size=6))
def test_moving_loses_none_and_invents_none(tmp_path_factory, moves):
    with Project.create(tmp_path_factory.mktemp("q") / "p", a_scheme()) as project:
        keys = [project.waiting.add(title, {}).key for title in "abcd"]
        for place, by in moves:
            before = [each.key for each in project.waiting.all()]
            project.waiting.move(keys[place], by)
            after = [each.key for each in project.waiting.all()]

            expected = min(max(0, before.index(keys[place]) + by), 3)
            assert after.index(keys[place]) == expected
            assert sorted(after) == sorted(keys)


def test_moving_what_is_gone_changes_nothing(project):
    project.waiting.add("a", {})

    project.waiting.move("nobody", 1)

    assert titles(project) == ["a"]
