"""The training that ran out of memory, with half the batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.errors import UsageError
from napari_kdland.jobs import TrainingOrder
from napari_kdland.project import Project
from napari_kdland.session.smaller_batch import halved, in_words, with_half_the_batch
from napari_kdland.session.training_requests import TrainingRequest
from tests import makers
from tests.session.factories import a_project


@given(labelled=st.integers(2, 512), unlabelled=st.integers(1, 512), steps=st.integers(1, 10_000))
def test_as_many_images_are_seen_in_all(labelled, unlabelled, steps):
    sizes = (f"training.labelled_batch={labelled}", f"training.unlabelled_batch={unlabelled}")
    recipe = makers.a_tiny_recipe("kd", *sizes, f"training.steps={steps}")

    new = halved(recipe).training

    batch = new.labelled_batch + new.unlabelled_batch
    assert 0 <= batch * new.steps - (labelled + unlabelled) * steps < batch
    assert (new.labelled_batch, new.unlabelled_batch) == (labelled // 2, max(1, unlabelled // 2))


def test_no_unlabelled_image_comes_in_where_there_was_none():
    recipe = makers.a_tiny_recipe("supervised", "training.labelled_batch=8", "training.steps=600")

    assert halved(recipe).training.unlabelled_batch == 0
    assert in_words(recipe, halved(recipe)) == (
        "4 images a step in place of 8, and 1200 steps in place of 600, so that as many images are seen in all"
    )


def test_one_image_a_step_cannot_be_halved():
    with pytest.raises(UsageError, match=r"one image already. Lower input.size"):
        halved(makers.a_tiny_recipe("supervised", "training.labelled_batch=1"))


def test_a_run_that_was_gone_on_with_is_begun_anew_with_what_it_was_trained_by(tmp_path):
    with Project.open(a_project(tmp_path, count=0)) as project:
        recipe = makers.a_tiny_recipe("kd")
        project.runs.create("half", recipe=recipe, labels=2, seed=5, teachers=("big",))

        order = with_half_the_batch(project, TrainingRequest(TrainingOrder(recipe, device="cpu"), "half"))

    assert (order.labels, order.seed, order.teachers, order.device, order.name) == (2, 5, ("big",), "cpu", None)
    assert order.recipe == halved(recipe)
