from pathlib import Path

import pytest
import torch

from napari_kdland.engine.batches import Batches
from napari_kdland.engine.checkpoints import BEST_FILE, LAST_FILE, RUN_FILE, load_run, read_checkpoint
from napari_kdland.engine.distillation.members import TrainedMember
from napari_kdland.errors import RecipeError
from napari_kdland.events import Advanced, Event, Measured, Saved, Started, Warned, run
from tests.engine.factories import (
    CHANNELS,
    REGIONS,
    a_recipe,
    a_run,
    a_training,
    events_of,
    some_data,
    with_channels,
    with_masks,
)

PRIVILEGED = ('input.channels=["plain"]', 'teacher.channels=["plain","inverted"]')
REGIONAL = ("heads.regions=true", "heads.landmarks=false")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_run(tmp_path_factory.mktemp("runs") / "teacher", a_recipe("supervised", "student.dropout=0.2"), seed=9)


def part_of(folder: Path, name: str) -> dict[str, torch.Tensor]:
    return read_checkpoint(folder / LAST_FILE).part(name)


def equal(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def warnings_of(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Warned) and "entropy" in event.message]


def test_a_teacher_too_flat_to_teach_is_warned_of_once_and_with_the_number(teacher: Path, tmp_path: Path):
    events = events_of(a_training(tmp_path, a_recipe("kd"), teachers=[teacher]))

    (message,) = warnings_of(events)
    assert message.startswith("The teacher's heatmaps, as spatial-kl reads them, have a normalised entropy of 0.9")
    assert "outside of 0.1 to 0.8: they are too flat to teach much" in message


def test_targets_too_sharp_to_teach_are_warned_of(teacher: Path, tmp_path: Path):
    recipe = a_recipe("kd", "target.kind=hard", "input.sigma_px=0.6")

    (message,) = warnings_of(events_of(a_training(tmp_path, recipe, teachers=[teacher])))

    assert "entropy of 0.0" in message
    assert "they are too sharp" in message


def test_targets_between_flat_and_sharp_are_not_warned_of(teacher: Path, tmp_path: Path):
    events = events_of(a_training(tmp_path, a_recipe("kd", "target.kind=hard"), teachers=[teacher]))

    assert warnings_of(events) == []


def test_a_temperature_that_flattens_or_sharpens_the_maps_of_its_term_counts(teacher: Path, tmp_path: Path):
    sane = a_recipe("kd", "target.kind=hard")
    flat = a_recipe("kd", "target.kind=hard", "terms.0.inverse_temperature=0.001")

    assert warnings_of(events_of(a_training(tmp_path / "sane", sane, teachers=[teacher]))) == []
    (message,) = warnings_of(events_of(a_training(tmp_path / "flat", flat, teachers=[teacher])))
    assert "too flat" in message


@pytest.mark.parametrize("sharpness", ["1", "100"])
def test_regions_that_teach_nothing_are_warned_of(sharpness: str, tmp_path: Path):
    data = with_masks(some_data())
    untaught = a_run(tmp_path / "teacher", a_recipe("supervised", *REGIONAL), data, seed=9, regions=REGIONS)
    recipe = a_recipe("kd", *REGIONAL, "terms.0.loss=pixel-kl", f"terms.0.inverse_temperature={sharpness}")

    messages = warnings_of(
        events_of(a_training(tmp_path / "student", recipe, data, teachers=[untaught], regions=REGIONS))
    )

    if sharpness == "1":
        assert messages[0].startswith("The teacher's regions, as pixel-kl reads them, have a normalised entropy of 0.")
        assert "too flat" in messages[0]
    else:
        assert messages == []


def test_a_term_that_begins_late_is_warned_of_when_it_begins(teacher: Path, tmp_path: Path):
    recipe = a_recipe("kd", "terms.0.schedule.start=0.5", "training.validate_every=100")

    events = events_of(a_training(tmp_path, recipe, teachers=[teacher]))

    place = events.index(next(event for event in events if isinstance(event, Warned) and "entropy" in event.message))
    assert events[place - 1] == Advanced(3)


def test_a_teacher_that_still_learns_is_not_warned_of(tmp_path: Path):
    assert warnings_of(events_of(a_training(tmp_path, a_recipe("mean-teacher")))) == []


def test_a_teacher_of_unchanged_images_is_asked_before_the_first_step(teacher: Path, tmp_path: Path):
    events = events_of(a_training(tmp_path, a_recipe("kd", "views.kind=clean"), teachers=[teacher]))

    assert events[:2] == [Started("Asking the teacher", 6), Advanced(6, "asking the teacher")]
    assert events[2] == Started("Training Distillation from one teacher", 4)
    assert {file.name for file in tmp_path.iterdir()} == {RUN_FILE, BEST_FILE, LAST_FILE}


def test_a_training_stopped_while_its_teacher_is_asked_can_be_gone_on_with(teacher: Path, tmp_path: Path):
    recipe, data = a_recipe("kd", "views.kind=clean"), some_data(labelled=10)
    job = a_training(tmp_path / "broken", recipe, data, teachers=[teacher])
    assert next(job) == Started("Asking the teacher", 11)
    assert next(job) == Advanced(8, "asking the teacher")
    job.close()

    run(a_training(tmp_path / "broken", recipe, data, teachers=[teacher], resume=True))

    whole = a_run(tmp_path / "whole", recipe, data, teachers=[teacher])
    assert equal(part_of(tmp_path / "broken", "network"), part_of(whole, "network"))


def test_teaching_leaves_the_teachers_weights_as_they_are(
    teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[TrainedMember] = []
    real = TrainedMember.answer
    monkeypatch.setattr(TrainedMember, "answer", lambda self, *args: asked.append(self) or real(self, *args))

    a_run(tmp_path, a_recipe("uncertainty-guided"), teachers=[teacher])

    network = asked[0].network
    assert all(weight.grad is None and not weight.requires_grad for weight in network.parameters())
    weights = {name.removeprefix("_forward_module."): value for name, value in network.state_dict().items()}
    assert equal({name.removeprefix("module."): value for name, value in weights.items()}, best_of(teacher))


def best_of(folder: Path) -> dict[str, torch.Tensor]:
    return read_checkpoint(folder / BEST_FILE).part("average")


ADAPTED = ('terms=[{loss="feature-mse", where="all", taps=["bottleneck"]}]', "student.backbone=light")


def test_weights_that_a_term_trains_come_from_the_seed(teacher: Path, tmp_path: Path):
    for name, seed in (("first", 3), ("again", 3), ("other", 4)):
        torch.rand(1)
        job = a_training(tmp_path / name, a_recipe("kd", *ADAPTED), teachers=[teacher], seed=seed)
        assert isinstance(next(job), Started)
        job.close()

    first, again, other = (part_of(tmp_path / name, "loss") for name in ("first", "again", "other"))
    assert first
    assert equal(first, again)
    assert not equal(first, other)


def test_weights_that_a_term_trains_are_gone_on_with(teacher: Path, tmp_path: Path):
    recipe = a_recipe("kd", *ADAPTED)
    whole = a_run(tmp_path / "whole", recipe, teachers=[teacher])
    job = a_training(tmp_path / "broken", recipe, teachers=[teacher])
    while next(job) != Advanced(3):
        pass
    job.close()

    run(a_training(tmp_path / "broken", recipe, teachers=[teacher], resume=True))

    for name in ("network", "loss", "optimiser"):
        assert equal(part_of(tmp_path / "broken", name), part_of(whole, name))


def test_an_adapter_leaves_the_students_first_weights_as_the_supervised_ones(teacher: Path, tmp_path: Path):
    weightless = 'terms=[{loss="feature-mse", where="all", taps=["bottleneck"], weight=0.0}]'

    a_run(tmp_path / "adapted", a_recipe("kd", weightless, "student.backbone=light"), teachers=[teacher])
    a_run(tmp_path / "alone", a_recipe("supervised", "student.backbone=light"))

    assert equal(part_of(tmp_path / "adapted", "network"), part_of(tmp_path / "alone", "network"))


def test_a_training_that_goes_on_from_a_run_begins_with_its_averaged_weights(teacher: Path, tmp_path: Path):
    job = a_training(tmp_path, a_recipe("continued", "student.dropout=0.2"), start=teacher)
    assert isinstance(next(job), Started)
    job.close()

    assert equal(part_of(tmp_path, "network"), best_of(teacher))
    assert load_run(tmp_path).facts.start == str(teacher)


def test_heads_on_the_way_up_learn_and_are_left_behind(tmp_path: Path):
    a_run(tmp_path, a_recipe("urpc", "student.backbone=tiny"))

    heads = part_of(tmp_path, "loss")
    assert {name for name in heads if name.startswith("_levels")} == {
        f"_levels.heads.up-{stride}.{kind}" for stride in (4, 8, 16) for kind in ("weight", "bias")
    }
    assert best_of(tmp_path).keys() == part_of(tmp_path, "network").keys()
    assert not any("levels" in name for name in best_of(tmp_path))


def test_a_level_that_the_student_has_not_is_refused_before_the_first_step(tmp_path: Path):
    recipe = a_recipe("urpc", "student.backbone=mobilenetv2")

    with pytest.raises(RecipeError, match=r"names a level 'up-8' that the student's backbone has not. There are: up-4"):
        a_run(tmp_path, recipe)


def test_a_student_with_levels_is_resumed_as_if_it_had_never_stopped(tmp_path: Path):
    recipe = a_recipe("urpc", "student.backbone=tiny", "training.steps=4", "training.validate_every=1")
    a_run(tmp_path / "whole", recipe)

    job = a_training(tmp_path / "parted", recipe)
    for event in job:
        if isinstance(event, Saved) and event.what == "checkpoint":
            break
    job.close()
    a_run(tmp_path / "parted", recipe, resume=True)

    assert equal(part_of(tmp_path / "whole", "network"), part_of(tmp_path / "parted", "network"))
    assert equal(part_of(tmp_path / "whole", "loss"), part_of(tmp_path / "parted", "loss"))


def test_peers_begin_apart_and_the_first_is_kept(tmp_path: Path):
    a_run(tmp_path, a_recipe("cps"))

    first, second = part_of(tmp_path, "network"), part_of(tmp_path, "peer.network")
    assert first.keys() == second.keys()
    assert not equal(first, second)
    assert best_of(tmp_path).keys() == first.keys()


def test_regions_are_learnt_and_the_best_is_that_of_the_highest_dice(tmp_path: Path):
    recipe = a_recipe("supervised", *REGIONAL, "training.steps=6")

    events = events_of(a_training(tmp_path, recipe, with_masks(some_data()), regions=REGIONS))

    dice = {e.step: e.values["val_dice"] for e in events if isinstance(e, Measured) and "val_dice" in e.values}
    best = read_checkpoint(tmp_path / BEST_FILE).facts
    assert list(dice) == [2, 4, 6]
    assert best["best_dice"] == max(dice.values())
    assert best["best_step"] == min(step for step, value in dice.items() if value == best["best_dice"])
    assert load_run(tmp_path).facts.regions == REGIONS


@pytest.mark.parametrize("overlapping", [True, False])
def test_landmarks_and_regions_are_learnt_together(overlapping: bool, tmp_path: Path):
    data = with_masks(some_data(), overlapping=overlapping)

    events = events_of(a_training(tmp_path, a_recipe("supervised", "heads.regions=true"), data, regions=REGIONS))

    measured = {name for event in events if isinstance(event, Measured) for name in event.values}
    assert measured == {"loss", "supervised", "presence", "regions"} | {
        f"{of}_{what}" for of in ("train", "val") for what in ("radial_error_px", "dice")
    }
    assert load_run(tmp_path).heads == (2, 2 if overlapping else 3)


def test_a_network_learns_where_a_region_is(tmp_path: Path):
    quick = ("training.steps=60", "training.learning_rate=0.01", "training.validate_every=60", "training.ema_decay=0")
    recipe = a_recipe("supervised", *REGIONAL, *quick, "training.labelled_batch=4")

    result = run(a_training(tmp_path, recipe, with_masks(some_data(labelled=6)), regions=REGIONS))

    assert result.best_dice is not None
    assert result.best_dice > 0.6


@pytest.mark.parametrize("overlapping", [True, False])
@pytest.mark.parametrize("landmarks", ["true", "false"])
def test_a_teacher_of_regions_teaches_by_features_masks_and_maps(landmarks: str, overlapping: bool, tmp_path: Path):
    heads = ("heads.regions=true", f"heads.landmarks={landmarks}")
    terms = (
        '{loss="pixel-kl", where="all"}',
        '{loss="attention-map", where="all", taps=["low"]}',
        '{loss="region-affinity", where="all", taps=["high"], areas="masks"}',
    )
    data = with_masks(some_data(), overlapping=overlapping)
    teacher = a_run(tmp_path / "teacher", a_recipe("supervised", *heads), data, regions=REGIONS[::-1], seed=5)

    recipe = a_recipe("kd", *heads, f"terms=[{','.join(terms)}]")
    events = events_of(a_training(tmp_path / "student", recipe, data, regions=REGIONS, teachers=[teacher]))

    values = next(event.values for event in events if isinstance(event, Measured))
    assert all(values[name] > 0 for name in ("pixel-kl", "attention-map", "region-affinity"))


def a_privileged_student(folder: Path, teacher: Path, second: int | None, *settings: str) -> Path:
    data = some_data()
    seen = with_channels(data, None if second is None else 0 * data.images + second)
    return a_run(folder, a_recipe("kd", *PRIVILEGED, *settings), seen, teachers=[teacher])


def test_a_channel_that_the_student_does_not_see_reaches_it_by_its_teacher_alone(tmp_path: Path):
    sees_more = a_recipe("supervised", f"input.channels={list(CHANNELS)}", "training.steps=8")
    teacher = a_run(tmp_path / "teacher", sees_more, with_channels(some_data()))
    listening, deaf = (), ("terms.0.weight=0",)

    students = {
        (name, second): part_of(a_privileged_student(tmp_path / f"{name}{second}", teacher, second, *how), "network")
        for name, how in (("listening", listening), ("deaf", deaf))
        for second in (0, 40000)
    }

    assert equal(students["deaf", 0], students["deaf", 40000])
    assert not equal(students["listening", 0], students["listening", 40000])
    alone = a_run(tmp_path / "alone", a_recipe("supervised", PRIVILEGED[0]), with_channels(some_data()))
    assert equal(students["deaf", 0], part_of(alone, "network"))


def test_a_student_has_the_inputs_of_its_own_channels_alone(tmp_path: Path):
    sees_more = a_recipe("supervised", f"input.channels={list(CHANNELS)}")
    teacher = a_run(tmp_path / "teacher", sees_more, with_channels(some_data()))

    student = a_privileged_student(tmp_path / "student", teacher, None)

    one, other = (load_run(folder).network().channels for folder in (student, teacher))
    assert (one, other) == (1, 2)


def test_batches_of_peers_are_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    drawn: list[int] = []
    real = Batches.at
    monkeypatch.setattr(Batches, "at", lambda self, step, **how: drawn.append(step) or real(self, step, **how))

    a_run(tmp_path, a_recipe("cps"))

    assert drawn == [0, 1, 2, 3]
