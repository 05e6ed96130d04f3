from pathlib import Path

import pytest
import torch
from lightning_fabric.plugins import MixedPrecision

from napari_kdland.engine import networks
from napari_kdland.engine.assembly import fabric_for, member_of, online_member, tap_channels
from napari_kdland.engine.checkpoints import BEST_FILE, Checkpoint, LoadedRun, load_run, write_checkpoint
from napari_kdland.engine.distillation.members import TrainedMember
from napari_kdland.engine.networks.base import Heads
from napari_kdland.recipes import Recipe
from tests.engine.factories import NAMES, a_recipe, a_run_of, noise

CPU = torch.device("cpu")


def a_loaded_run(folder: Path, *settings: str, **facts: object) -> LoadedRun:
    """A run with first weights."""
    run = load_run(a_run_of(folder, a_recipe("supervised", *settings), **facts))
    network = networks.build("tiny", run.heads, channels=len(run.recipe.input.channels) or 1)
    weights = {f"average.{name}": value for name, value in network.state_dict().items()}
    write_checkpoint(folder / BEST_FILE, Checkpoint(weights))
    return run


def a_member(run: LoadedRun, recipe: Recipe, regions: tuple[str, ...] = ()) -> TrainedMember:
    return member_of(run, recipe, NAMES, regions, fabric_for(CPU, "32-true"))


def test_a_member_puts_landmarks_and_channels_in_the_students_order(tmp_path: Path):
    run = a_loaded_run(tmp_path, 'input.channels=["t2","t1"]', landmarks=NAMES[::-1])

    member = a_member(run, a_recipe("kd", 'teacher.channels=["t1","t2"]', 'input.channels=["t1"]'))

    assert member.order == (1, 0)
    assert member.channels == (1, 0)


def test_a_member_without_named_channels_sees_the_images_own(tmp_path: Path):
    assert a_member(a_loaded_run(tmp_path), a_recipe("kd")).channels == (0,)


@pytest.mark.parametrize(("overlapping", "order"), [(True, (1, 0)), (False, (0, 2, 1))])
def test_a_member_puts_regions_in_the_students_order_behind_the_background(
    overlapping: bool, order: tuple[int, ...], tmp_path: Path
):
    run = a_loaded_run(tmp_path, "heads.regions=true", regions=("a", "b"), regions_overlap=overlapping)

    member = a_member(run, a_recipe("kd", "heads.regions=true"), ("b", "a"))

    assert member.region_order == order
    answer = member.answer(noise(1, 1, 64, 64), (32, 32))
    assert answer.regions.shape == (1, len(order), 32, 32)


def test_a_teacher_of_both_may_teach_regions_alone(tmp_path: Path):
    run = a_loaded_run(tmp_path, "heads.regions=true", regions=("a", "b"))

    member = a_member(run, a_recipe("kd", "heads.regions=true", "heads.landmarks=false"), ("a", "b"))

    answer = member.answer(noise(1, 1, 64, 64), (32, 32))
    assert answer.log_probabilities.shape == (1, 0, 32, 32)


def test_a_teachers_network_is_not_trained(tmp_path: Path):
    member = a_member(a_loaded_run(tmp_path), a_recipe("kd"))

    assert not any(weight.requires_grad for weight in member.network.parameters())
    assert not any(module.training for module in member.network.module.modules())


def test_a_network_that_is_trained_itself_says_all_in_its_own_order():
    member = online_member(torch.nn.Identity(), a_recipe("mean-teacher"), Heads(2, 3))

    assert (member.order, member.channels, member.region_order) == ((0, 1), (0,), (0, 1, 2))
    assert (member.size, member.sigma_px) == (64, 4.0)


def test_channels_of_features_are_those_of_student_and_teacher(tmp_path: Path):
    taps = 'terms=[{loss="attention-map", where="all", taps=["low"]}]'
    recipe = a_recipe("kd", taps, "student.backbone=light")

    channels = tap_channels(recipe, Heads(2), [a_loaded_run(tmp_path)])

    assert channels.student["bottleneck"] == 120
    assert channels.teacher["bottleneck"] == 64
    assert tap_channels(recipe, Heads(2), []).teacher == channels.student


def test_without_terms_on_features_nobody_counts_channels():
    assert tap_channels(a_recipe("kd"), Heads(2), []) == ({}, {})


def test_counting_channels_leaves_the_random_state_of_others():
    torch.manual_seed(1)
    before = torch.get_rng_state()

    tap_channels(a_recipe("emkd"), Heads(2), [])

    assert torch.equal(torch.get_rng_state(), before)


def test_a_fabric_runs_in_the_precision_that_was_chosen():
    assert isinstance(fabric_for(CPU, "bf16-mixed")._precision, MixedPrecision)
    assert not isinstance(fabric_for(CPU, "32-true")._precision, MixedPrecision)
