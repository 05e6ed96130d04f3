from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from napari_kdland.engine import heatmaps, networks
from napari_kdland.engine.batches import Batches
from napari_kdland.engine.distillation.members import TrainedMember
from napari_kdland.engine.networks.base import Heads, Maps, NetworkOutput
from napari_kdland.engine.teaching import Teaching
from napari_kdland.engine.training_data import TrainingData
from napari_kdland.recipes import Recipe, with_settings
from tests.engine.factories import SIZE, a_recipe, noise, some_data, with_channels

CPU = torch.device("cpu")
GRID = (32, 32)
MILD = (
    "training.labelled_batch=4",
    "training.unlabelled_batch=4",
    *(f"augmentation.{name}=0" for name in ("gamma", "contrast", "noise")),
    *(f"views.{view}.{name}=0" for view in ("weak", "strong") for name in ("gamma", "contrast", "noise")),
    "views.strong.cutout=0",
)
TURNING = ("augmentation.rotation_deg=10", "views.strong.rotation_deg=15", "views.weak.rotation_deg=6")


class SeesSides(torch.nn.Module):
    """Says where the blob of the left half is, and where that of the right half: right for mirrored images too."""

    def __init__(self) -> None:
        super().__init__()
        self.n_calls = 0

    def forward(self, images: torch.Tensor, taps: tuple[str, ...] = ()) -> NetworkOutput:
        self.n_calls += 1
        grey = functional.avg_pool2d(images[:, :1] / 4 + 0.5, 2).clamp_min(0)
        left = (torch.arange(grey.shape[-1]) < grey.shape[-1] / 2).float()
        maps = torch.cat((grey * left, grey * (1 - left)), dim=1)
        return NetworkOutput((maps + 1e-9).log(), maps[:, :, 0, 0], maps * 20 - 10, dict.fromkeys(taps, maps))


def two_sided_data() -> TrainingData:
    """Images with a blob in each half, the landmarks; the unlabelled images are the labelled ones again."""
    random = np.random.default_rng(0)
    points = np.stack((random.uniform((26, 18), (38, 22), (5, 2)), random.uniform((26, 42), (38, 46), (5, 2))), axis=1)
    maps = heatmaps.encode(torch.from_numpy(points), (SIZE, SIZE), 3.0).sum(1)
    images = np.round(np.clip(maps.numpy(), 0, 1) * 65535).astype(np.uint16)
    data = some_data(labelled=5, unlabelled=0, validation=0)
    return replace(data, images=images, points=points.astype(np.float32), unlabelled=data.labelled)


def a_teaching(recipe: Recipe, data: TrainingData, *seeing: torch.nn.Module) -> Teaching:
    batches = Batches(data, recipe, mirrored_order=(1, 0), seed=0, device=CPU)
    asked = seeing or [SeesSides()] * max(recipe.teacher.count, 1)
    members = [TrainedMember(network, SIZE, 4.0, (0, 1), region_order=(0, 1)) for network in asked]
    return Teaching(recipe, members, batches, seed=0, overlapping=True)


def batches_of(teaching: Teaching) -> Batches:
    return teaching._batches


def located(log_probabilities: torch.Tensor) -> torch.Tensor:
    return heatmaps.decode(log_probabilities.exp(), 1.5).points


def on_heatmap(points: torch.Tensor) -> torch.Tensor:
    return (points + 0.5) / 2 - 0.5


@pytest.mark.parametrize("flip", ["false", "true"])
def test_what_was_said_of_the_clean_image_is_said_of_the_students_view(flip: str, tmp_path: Path):
    recipe = a_recipe("kd", "views.kind=clean", f"augmentation.flip={flip}", *MILD, *TURNING)
    teaching = a_teaching(recipe, two_sided_data())
    list(teaching.remember(tmp_path, GRID))

    for step in range(3):
        batch = batches_of(teaching).at(step)
        said = teaching(batch, slice(0, batch.n_labelled), GRID, step)

        torch.testing.assert_close(located(said.log_probabilities), on_heatmap(batch.points), atol=0.15, rtol=0)
    assert bool(batch.is_mirrored.any()) == (flip == "true")


@pytest.mark.parametrize("flipping", [(), ("augmentation", "views.strong", "views.weak")])
def test_what_is_said_of_the_weak_view_is_said_of_the_strong_one(flipping: tuple[str, ...]):
    flips = [f"{part}.flip=true" for part in flipping]
    teaching = a_teaching(a_recipe("mean-teacher", *MILD, *TURNING, *flips), two_sided_data())

    for step in range(3):
        batch = batches_of(teaching).at(step)
        said = teaching(batch, slice(0, 8), GRID, step)

        expected = located(heatmaps.log_softmax(SeesSides()(batch.images).logits))
        torch.testing.assert_close(located(said.log_probabilities), expected, atol=0.2, rtol=0)
    assert bool(batch.is_mirrored.any()) == bool(flipping)


def test_on_one_view_nothing_is_moved():
    teaching = a_teaching(a_recipe("kd", *MILD), two_sided_data())
    batch = batches_of(teaching).at(0)

    said = teaching(batch, slice(0, 8), GRID, 0)

    assert torch.equal(said.log_probabilities, heatmaps.log_softmax(SeesSides()(batch.images).logits))
    assert said.inside is None


def test_only_the_images_that_are_asked_for_are_answered():
    teaching = a_teaching(a_recipe("mean-teacher", *MILD), two_sided_data())
    batch = batches_of(teaching).at(0)

    whole, part = teaching(batch, slice(0, 8), GRID, 0), teaching(batch, slice(4, 8), GRID, 0)

    torch.testing.assert_close(part.log_probabilities, whole.log_probabilities[4:])
    torch.testing.assert_close(part.inside, whole.inside[4:])


def test_a_moved_map_is_a_distribution_and_tells_how_much_of_it_is_in_frame():
    unmoved = [f"views.weak.{name}=0" for name in ("rotation_deg", "scale", "shift")]
    teaching = a_teaching(a_recipe("mean-teacher", "views.strong.shift=0.5", *MILD, *unmoved), two_sided_data())
    batch = batches_of(teaching).at(1)

    said = teaching(batch, slice(0, 8), GRID, 1)

    clean = torch.from_numpy(two_sided_data().points)[batch.rows]
    is_in = heatmaps.in_frame(on_heatmap(batch.to_student.points(clean)), GRID)
    torch.testing.assert_close(said.log_probabilities.exp().sum((-1, -2)), torch.ones(8, 2), atol=1e-3, rtol=0)
    assert 0 < is_in.sum() < 16
    assert torch.equal(said.inside > 0.5, is_in)


def test_regions_are_moved_with_the_landmarks():
    teaching = a_teaching(a_recipe("mean-teacher", *MILD, *TURNING), two_sided_data())
    batch = batches_of(teaching).at(1)

    regions = teaching(batch, slice(0, 8), GRID, 1).regions > 0

    expected = SeesSides()(batch.images).regions > 0
    assert (regions & expected).sum() / (regions | expected).sum() > 0.75


@pytest.mark.parametrize("flip", ["false", "true"])
def test_disagreement_is_moved_with_its_landmarks(flip: str):
    turned = ("views.strong.rotation_deg=40", "augmentation.rotation_deg=40", f"views.strong.flip={flip}")
    recipe = a_recipe("ensemble-kd", "views.kind=weak-strong", "weighting.kind=confidence", "weighting.measure=total")
    teaching = a_teaching(with_settings(recipe, [*turned, *MILD]), two_sided_data(), *apart_along_y())
    batch = batches_of(teaching).at(0)

    said = teaching(batch, slice(0, 8), GRID, 0)

    down = batch.to_student.matrix[:, :, 0]
    along = torch.einsum("bi,bj->bij", down, down)[:, None].expand(-1, 2, -1, -1)
    # 0 and +-3 heatmap pixels apart along y: a variance of 6.
    torch.testing.assert_close(said.between, 6 * along, atol=0.5, rtol=0)
    torch.testing.assert_close(said.points, moments_of(said.log_probabilities), atol=0.7, rtol=0)


def moments_of(log_probabilities: torch.Tensor) -> torch.Tensor:
    return heatmaps.moments(log_probabilities.exp())[0]


def apart_along_y() -> list[torch.nn.Module]:
    """Three networks of which the second sees everything 3 heatmap pixels higher, the third 3 lower."""

    class Shifted(SeesSides):
        def __init__(self, shift: int) -> None:
            super().__init__()
            self.shift = shift

        def forward(self, images: torch.Tensor, taps: tuple[str, ...] = ()) -> NetworkOutput:
            output = super().forward(images, taps)
            return output._replace(logits=output.logits.roll(self.shift, dims=2))

    return [Shifted(shift) for shift in (0, -3, 3)]


def test_the_variance_of_the_answers_is_moved_with_the_map():
    recipe = a_recipe("ua-mt", "weighting.per=pixel", *MILD, *TURNING)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = networks.build("tiny", Heads(2), dropout=0.4).eval()
    teaching = a_teaching(recipe, two_sided_data(), Regionless(network))
    batch = batches_of(teaching).at(1)

    moved = teaching(batch, slice(0, 8), GRID, 1)
    asked = teaching._asked(batch.teacher_images, GRID, 1)

    torch.testing.assert_close(moved.variance, batch.to_student.images(asked.variance))


class Regionless(torch.nn.Module):
    """A network of landmarks, asked for two regions as well."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor, taps: tuple[str, ...] = ()) -> NetworkOutput:
        output = self.network(images, taps)
        return output._replace(regions=torch.zeros_like(output.logits))


def test_a_teacher_of_unchanged_images_is_asked_once_and_of_every_image_that_is_drawn(tmp_path: Path):
    network = SeesSides()
    recipe = a_recipe("kd", "views.kind=clean", *MILD)
    teaching = a_teaching(recipe, two_sided_data(), network)

    progress = list(teaching.remember(tmp_path, GRID))
    calls = network.n_calls
    for step in range(recipe.training.steps):
        teaching(batches_of(teaching).at(step), slice(0, 8), GRID, step)

    assert teaching.is_asked_before
    assert progress == [(5, 5)]
    assert network.n_calls == calls == 1


@pytest.mark.parametrize("name", ["kd", "mean-teacher", "fixmatch"])
def test_a_teacher_that_is_shown_something_else_each_time_is_not_asked_before(name: str):
    assert not a_teaching(a_recipe(name), two_sided_data()).is_asked_before


def test_a_teacher_that_changes_is_not_asked_before_even_of_clean_images():
    assert not a_teaching(a_recipe("mean-teacher", "views.kind=clean"), two_sided_data()).is_asked_before


def test_a_teacher_that_was_neither_asked_nor_shown_anything_says_so():
    teaching = a_teaching(a_recipe("kd", "views.kind=clean"), two_sided_data())

    with pytest.raises(ValueError, match="neither asked before nor is shown anything"):
        teaching(batches_of(teaching).at(0), slice(0, 2), GRID, 0)


def test_passes_with_dropout_are_those_of_the_step():
    network = Regionless(networks.build("tiny", Heads(2), dropout=0.4).eval())
    teaching = a_teaching(a_recipe("ua-mt", *MILD), two_sided_data(), network)
    batch = batches_of(teaching).at(0)

    first, again, later = (teaching(batch, slice(0, 8), GRID, step).log_probabilities for step in (3, 3, 4))

    assert torch.equal(first, again)
    assert not torch.equal(first, later)


@pytest.mark.parametrize(
    ("settings", "read"),
    [
        (("weighting.kind=confidence", "weighting.measure=within"), set()),
        (("weighting.kind=confidence", "weighting.measure=total"), {"points", "between"}),
        (("weighting.kind=threshold", "weighting.measure=between"), {"points", "between"}),
        (("target.kind=hard", "target.points=answers"), {"points", "between"}),
        (("weighting.kind=confidence", "weighting.per=pixel"), {"variance"}),
    ],
)
def test_only_what_the_recipe_reads_of_the_disagreement_is_worked_out(settings: tuple[str, ...], read: set[str]):
    teaching = a_teaching(a_recipe("ensemble-kd", *settings, *MILD), two_sided_data())

    said = teaching(batches_of(teaching).at(0), slice(0, 8), GRID, 0)

    assert {name for name in ("points", "between", "variance") if getattr(said, name) is not None} == read


def test_what_a_teacher_says_depends_on_the_channels_that_it_alone_sees():
    recipe = a_recipe("kd", 'input.channels=["plain"]', 'teacher.channels=["plain","inverted"]')
    plain = two_sided_data()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = networks.build("tiny", Heads(2, 2), channels=2).eval()
    said = []
    for second in (None, np.zeros_like(plain.images)):
        data = with_channels(plain, second)
        batches = Batches(data, recipe, mirrored_order=(0, 1), seed=0, device=CPU)
        member = TrainedMember(network, SIZE, 4.0, (0, 1), channels=(0, 1), region_order=(0, 1))
        teaching = Teaching(recipe, [member], batches, seed=0, overlapping=True)
        said.append(teaching(batches.at(0), slice(0, 4), GRID, 0).log_probabilities)

    assert not torch.allclose(said[0], said[1])


def test_a_peer_is_heard_without_gradient():
    teaching = a_teaching(a_recipe("cps"), two_sided_data())
    output = NetworkOutput(
        noise(4, 2, 32, 32).requires_grad_(), noise(4, 2), noise(4, 2, 32, 32), {"low": noise(4, 8, 32, 32)}
    )

    said = teaching.heard(output)

    assert torch.equal(said.log_probabilities, heatmaps.log_softmax(output.logits.detach()))
    assert not said.log_probabilities.requires_grad
    assert (said.sigma, said.inside) == (2.0, None)
    assert torch.equal(said.taps[0]["low"], output.taps["low"])


def test_levels_are_heard_as_several_answers_without_gradient():
    teaching = a_teaching(a_recipe("urpc", "weighting.kind=confidence", "weighting.measure=total"), two_sided_data())
    maps = [Maps(noise(4, 2, 32, 32, seed=seed).requires_grad_(), noise(4, 0, 32, 32)) for seed in range(3)]
    output = NetworkOutput(maps[0].logits, noise(4, 2), maps[0].regions, levels=tuple(maps[1:]))

    said = teaching.heard(output)

    each = [heatmaps.log_softmax(one.logits.detach()).exp() for one in maps]
    torch.testing.assert_close(said.log_probabilities.exp(), torch.stack(each).mean(0))
    assert not said.log_probabilities.requires_grad
    assert said.between.diagonal(dim1=-2, dim2=-1).min() > 0


def test_of_a_peer_with_levels_its_own_head_is_heard():
    teaching = a_teaching(a_recipe("cps", 'base.levels=["up-4"]'), two_sided_data())
    own = NetworkOutput(noise(4, 2, 32, 32), noise(4, 2), noise(4, 0, 32, 32))

    said = teaching.heard(own._replace(levels=(Maps(noise(4, 2, 32, 32, seed=5), own.regions),)))

    assert torch.equal(said.log_probabilities, heatmaps.log_softmax(own.logits))


def test_sigma_is_that_of_the_teachers_own_targets():
    recipe = a_recipe("kd", "input.sigma_px=3")

    teaching = a_teaching(recipe, two_sided_data())

    assert teaching(batches_of(teaching).at(0), slice(0, 4), GRID, 0).sigma == 2.0
