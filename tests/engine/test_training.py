import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from napari_kdland.engine import loop, training
from napari_kdland.engine.checkpoints import BEST_FILE, LAST_FILE, RUN_FILE, load_run, read_checkpoint
from napari_kdland.errors import NonFiniteLoss, OutOfMemory, RunError, TrainingError
from napari_kdland.events import Advanced, Job, Measured, Saved, Started, Warned, run
from tests.engine.factories import a_recipe, a_run, a_training, events_of, some_data


def tensors_of(folder: Path) -> dict[str, torch.Tensor]:
    return read_checkpoint(folder / LAST_FILE).tensors


def assert_equal(first: Path, second: Path) -> None:
    one, other = tensors_of(first), tensors_of(second)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def advance_to(job: Job[training.TrainingResult], step: int) -> None:
    while next(job) != Advanced(step):
        pass


def break_after(monkeypatch: pytest.MonkeyPatch, *, progress: float) -> None:
    """Let the presence loss be NaN from this share of the training on."""
    real = loop.RecipeLoss.forward

    def broken(self: loop.RecipeLoss, output: Any, batch: Any, now: float, ask: Any) -> torch.Tensor:
        return real(self, output, batch, now, ask) * torch.tensor([1.0, float("nan") if now >= progress else 1.0])

    monkeypatch.setattr(loop.RecipeLoss, "forward", broken)


def test_a_training_tells_its_steps_losses_errors_and_files(tmp_path: Path):
    events = events_of(a_training(tmp_path))

    assert events[0] == Started("Training Supervised", 4)
    assert [event.done for event in events if isinstance(event, Advanced) and not event.message] == [1, 2, 3, 4]
    measured = {name for event in events if isinstance(event, Measured) for name in event.values}
    assert measured == {"loss", "supervised", "presence", "val_radial_error_px", "train_radial_error_px"}
    assert {event.what for event in events if isinstance(event, Saved)} == {"checkpoint", "best"}


def test_a_network_learns_where_the_dots_are(tmp_path: Path):
    quick = ("training.steps=150", "training.labelled_batch=4", "training.learning_rate=0.005")
    recipe = a_recipe("supervised", *quick, "training.validate_every=150")

    result = run(a_training(tmp_path, recipe, some_data(labelled=8)))

    assert result.best_error_px is not None
    assert result.best_error_px < 4


def test_the_best_checkpoint_is_that_of_the_least_validation_error(tmp_path: Path):
    events = events_of(a_training(tmp_path, a_recipe("supervised", "training.steps=6")))

    errors = {
        e.step: e.values["val_radial_error_px"] for e in events if isinstance(e, Measured) and "loss" not in e.values
    }
    best = read_checkpoint(tmp_path / BEST_FILE).facts
    assert list(errors) == [2, 4, 6]
    assert (best["best_step"], best["best_error_px"]) == min(errors.items(), key=lambda item: item[1])


def test_without_validation_images_the_last_weights_are_the_best_and_it_is_said(tmp_path: Path):
    events = events_of(a_training(tmp_path, data=some_data(validation=0)))

    assert any(isinstance(event, Warned) and "no validation images" in event.message for event in events)
    best = read_checkpoint(tmp_path / BEST_FILE).part("average")
    last = read_checkpoint(tmp_path / LAST_FILE).part("average")
    assert all(torch.equal(best[name], last[name]) for name in last)


def test_one_labelled_image_is_enough(tmp_path: Path):
    result = run(a_training(tmp_path, data=some_data(labelled=1, unlabelled=0, validation=0)))

    assert result.steps == 4
    assert result.best_error_px is None


def test_the_error_on_labelled_images_falls_where_they_are_learnt_by_heart_and_chooses_no_weights(tmp_path: Path):
    quick = ("training.steps=60", "training.learning_rate=0.005", "training.ema_decay=0")
    data = some_data(labelled=2, unlabelled=0, validation=0)

    events = events_of(a_training(tmp_path, a_recipe("supervised", *quick, "training.validate_every=20"), data))

    errors = [e.values["train_radial_error_px"] for e in events if isinstance(e, Measured) and "loss" not in e.values]
    assert errors[-1] < errors[0] / 2
    assert [event.what for event in events if isinstance(event, Saved)].count("best") == 1


def test_the_same_seed_gives_the_same_network(tmp_path: Path):
    assert_equal(a_run(tmp_path / "a", seed=3), a_run(tmp_path / "b", seed=3))


def test_another_seed_gives_another_network(tmp_path: Path):
    first, second = (a_run(tmp_path / str(seed), seed=seed) for seed in (1, 2))

    assert not torch.equal(tensors_of(first)["network.presence.weight"], tensors_of(second)["network.presence.weight"])


@pytest.mark.parametrize("stop_at", [1, 2, 3])
def test_a_training_that_was_closed_goes_on_to_the_identical_result(tmp_path: Path, stop_at: int):
    whole = a_run(tmp_path / "whole")
    job = a_training(tmp_path / "broken")
    advance_to(job, stop_at)
    job.close()

    run(a_training(tmp_path / "broken", resume=True))

    assert_equal(tmp_path / "broken", whole)
    assert read_checkpoint(tmp_path / "broken" / BEST_FILE).facts == read_checkpoint(whole / BEST_FILE).facts


def test_a_training_closed_while_validating_validates_again(tmp_path: Path):
    whole = a_run(tmp_path / "whole")
    job = a_training(tmp_path / "broken")
    while next(job) != Advanced(2, "validating"):
        pass
    job.close()

    run(a_training(tmp_path / "broken", resume=True))

    assert_equal(tmp_path / "broken", whole)


def test_a_training_closed_after_validating_does_not_validate_again(tmp_path: Path):
    job = a_training(tmp_path)
    while not isinstance(event := next(job), Saved) or event.what != "checkpoint":
        pass
    job.close()

    events = events_of(a_training(tmp_path, resume=True))

    assert {event.done for event in events if isinstance(event, Advanced) and event.message} == {4}


def test_a_training_that_was_killed_goes_on_from_its_last_checkpoint(tmp_path: Path):
    whole = a_run(tmp_path / "whole")
    job = a_training(tmp_path / "killed")
    while not isinstance(event := next(job), Saved) or event.what != "checkpoint":
        pass
    saved = (tmp_path / "killed" / LAST_FILE).read_bytes()
    advance_to(job, 3)
    job.close()
    (tmp_path / "killed" / LAST_FILE).write_bytes(saved)

    run(a_training(tmp_path / "killed", resume=True))

    assert_equal(tmp_path / "killed", whole)


def test_a_closed_training_can_predict(tmp_path: Path):
    job = a_training(tmp_path)
    advance_to(job, 1)

    job.close()

    assert read_checkpoint(tmp_path / LAST_FILE).facts["status"] == "stopped"
    assert load_run(tmp_path).network() is not None


def test_distillation_pulls_the_student_to_its_teacher(tmp_path: Path):
    quick = ("training.steps=40", "training.learning_rate=0.005", "training.validate_every=40")
    teacher = a_run(tmp_path / "teacher", a_recipe("supervised", *quick), some_data(labelled=8))
    data = some_data(labelled=1, unlabelled=6)

    def last_distance(weight: float) -> float:
        recipe = a_recipe("kd", *quick, "terms.0.where=unlabelled", f"terms.0.weight={weight}")
        events = events_of(a_training(tmp_path / str(weight), recipe, data, teachers=[teacher]))
        losses = [
            event.values["spatial-kl"] for event in events if isinstance(event, Measured) and "loss" in event.values
        ]
        return losses[-1] / weight

    assert last_distance(30) < last_distance(0.01) / 5


def test_three_teachers_are_one_ensemble(tmp_path: Path):
    teachers = [a_run(tmp_path / str(seed), seed=seed) for seed in range(3)]

    folder = a_run(tmp_path / "student", a_recipe("ensemble-kd"), teachers=teachers)

    assert load_run(folder).facts.teachers == tuple(str(path) for path in teachers)


def test_a_teacher_may_have_another_input_size_and_backbone(tmp_path: Path):
    teacher = a_run(tmp_path / "teacher")
    settings = ("student.backbone=light", "input.sigma_px=3")

    result = run(a_training(tmp_path / "student", a_recipe("kd", *settings), teachers=[teacher]))

    assert result.n_parameters > 300_000


@pytest.fixture(scope="module")
def in_two_rounds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A teacher, and a student that it taught in two rounds."""
    folder = tmp_path_factory.mktemp("rounds")
    teacher = a_run(folder / "teacher", seed=9)
    return teacher, a_run(folder / "student", a_recipe("noisy-student"), teachers=[teacher])


def test_the_student_of_a_round_teaches_the_next(in_two_rounds: tuple[Path, Path]):
    teacher, student = in_two_rounds
    first = load_run(student / "round-1").facts

    assert first.teachers == (str(teacher),)
    assert load_run(student).facts.teachers == (str(student / "round-1"),)
    assert first.seed != load_run(student).facts.seed


def test_after_the_first_round_the_teacher_is_one_frozen_run_whatever_it_was(tmp_path: Path):
    teachers = [a_run(tmp_path / str(seed), seed=seed) for seed in range(3)]

    student = a_run(tmp_path / "student", a_recipe("ensemble-kd", "training.rounds=2"), teachers=teachers)

    first, second = (load_run(folder).recipe.teacher for folder in (student / "round-1", student))
    assert (first.source, first.count) == ("ensemble", 3)
    assert (second.source, second.count) == ("frozen", 1)


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_training_broken_off_in_any_round_goes_on_to_the_identical_result(
    rounds: int, in_two_rounds: tuple[Path, Path], tmp_path: Path
):
    teacher, whole = in_two_rounds
    job = a_training(tmp_path, a_recipe("noisy-student"), teachers=[teacher])
    for _ in range(rounds):
        advance_to(job, 3)
    job.close()

    run(a_training(tmp_path, a_recipe("noisy-student"), teachers=[teacher], resume=True))

    assert_equal(tmp_path / "round-1", whole / "round-1")
    assert_equal(tmp_path, whole)


def test_a_round_that_is_finished_is_not_trained_again(in_two_rounds: tuple[Path, Path], tmp_path: Path):
    teacher, _ = in_two_rounds
    job = a_training(tmp_path, a_recipe("noisy-student"), teachers=[teacher])
    for _ in range(2):
        advance_to(job, 1)
    job.close()

    events = events_of(a_training(tmp_path, a_recipe("noisy-student"), teachers=[teacher], resume=True))

    assert [event.done for event in events if isinstance(event, Advanced) and not event.message] == [2, 3, 4]


def test_a_finished_round_of_another_recipe_is_not_gone_on_from(in_two_rounds: tuple[Path, Path], tmp_path: Path):
    teacher, _ = in_two_rounds
    job = a_training(tmp_path, a_recipe("noisy-student"), teachers=[teacher])
    advance_to(job, 4)
    advance_to(job, 1)
    job.close()
    (tmp_path / LAST_FILE).unlink()

    with pytest.raises(RunError, match="The run round-1 cannot be resumed: recipe changed"):
        run(a_training(tmp_path, a_recipe("noisy-student", "training.steps=5"), teachers=[teacher], resume=True))


def test_rounds_that_lie_in_the_folder_already_are_not_used_by_a_new_training(
    in_two_rounds: tuple[Path, Path], tmp_path: Path
):
    teacher, whole = in_two_rounds
    a_run(tmp_path / "round-1", a_recipe("supervised", "student.dropout=0.1"), seed=77)

    a_run(tmp_path, a_recipe("noisy-student"), teachers=[teacher])

    assert_equal(tmp_path / "round-1", whole / "round-1")


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_good_checkpoint(tmp_path: Path):
    recipe = a_recipe("supervised", "training.steps=40", "training.learning_rate=1e30", "training.validate_every=100")

    with pytest.raises(NonFiniteLoss, match=r"The loss 'supervised' became (nan|inf) at step \d+ .*is kept"):
        run(a_training(tmp_path, recipe))

    assert not (tmp_path / BEST_FILE).exists()


def test_the_step_and_the_term_of_a_broken_loss_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    break_after(monkeypatch, progress=0.25)

    with pytest.raises(NonFiniteLoss, match="'presence' became nan at step 2 "):
        run(a_training(tmp_path))


def test_a_training_closed_with_broken_weights_keeps_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    break_after(monkeypatch, progress=0.5)
    job = a_training(tmp_path)
    while not isinstance(event := next(job), Saved) or event.what != "checkpoint":
        pass
    before = (tmp_path / LAST_FILE).read_bytes()
    advance_to(job, 3)

    job.close()

    assert (tmp_path / LAST_FILE).read_bytes() == before


def test_a_run_that_goes_on_in_another_precision_says_that_its_result_will_differ(tmp_path: Path):
    job = a_training(tmp_path)
    advance_to(job, 1)
    job.close()
    text = (tmp_path / RUN_FILE).read_text()
    (tmp_path / RUN_FILE).write_text(text.replace('"32-true"', '"bf16-mixed"'))

    events = events_of(a_training(tmp_path, resume=True))

    assert any(
        isinstance(e, Warned) and "begun on cpu in bf16-mixed and goes on on cpu in 32-true" in e.message
        for e in events
    )


def test_memory_that_runs_out_is_answered_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def too_much(*_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    monkeypatch.setattr(loop.RecipeLoss, "forward", too_much)

    with pytest.raises(OutOfMemory, match=r"no memory left for 2 \+ 0 images of 64 px.*Lower training.labelled_batch"):
        run(a_training(tmp_path))


def test_any_other_error_stays_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> torch.Tensor:
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(loop.RecipeLoss, "forward", broken)

    with pytest.raises(RuntimeError, match="shapes do not match"):
        run(a_training(tmp_path))


def test_a_full_disk_stops_the_run_and_leaves_the_last_checkpoint_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    job = a_training(tmp_path)
    while not isinstance(event := next(job), Saved) or event.what != "checkpoint":
        pass
    before = (tmp_path / LAST_FILE).read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(TrainingError, match="the disk is full"):
        job.close()
    assert (tmp_path / LAST_FILE).read_bytes() == before
    assert load_run(tmp_path).network() is not None


def test_a_suspended_training_leaves_nothing_switched_on_in_its_caller(tmp_path: Path):
    job = a_training(tmp_path)

    for event in job:
        assert torch.is_grad_enabled(), event
        assert not torch.is_autocast_enabled("cpu"), event


def test_a_training_does_not_touch_the_random_state_of_others(tmp_path: Path):
    torch.manual_seed(1)
    before = torch.get_rng_state()

    a_run(tmp_path)

    assert torch.equal(torch.get_rng_state(), before)


def test_denormals_are_kept_again_after_a_training(tmp_path: Path):
    a_run(tmp_path)

    assert np.float32(1e-40) * np.float32(0.5) > 0


def test_bfloat16_trains_too(tmp_path: Path):
    result = run(a_training(tmp_path, a_recipe("supervised", "training.precision=bfloat16")))

    assert np.isfinite(result.best_error_px)


@pytest.mark.gpu
def test_a_gpu_trains_and_goes_on(tmp_path: Path):
    recipe = a_recipe("supervised", "training.precision=auto")
    job = a_training(tmp_path, recipe, device="cuda")
    advance_to(job, 3)
    job.close()

    result = run(a_training(tmp_path, recipe, device="cuda", resume=True))

    assert result.steps == 4
