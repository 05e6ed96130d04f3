import pytest
import torch

from napari_kdland.engine.distillation import TERMS
from napari_kdland.engine.distillation.base import Held, TeacherOutput, Weights
from napari_kdland.engine.networks.base import Maps, NetworkOutput
from napari_kdland.errors import RecipeError
from napari_kdland.menus import Entry
from tests.engine.distillation.terms.factories import CHANNELS, WITH_TAPS, a_teacher, a_term, agreeing, an_output, held

BLOCKS = {entry.name: entry for entry in TERMS}
# Those that compare levels are 0 where these agree, whatever a teacher says.
WITHOUT_ZERO = {"pixel-cross-entropy", "heatmap-consistency", "pixel-consistency"}
WEIGHED_BY = {
    "spatial-kl": "landmarks",
    "heatmap-mse": "landmarks",
    "heatmap-js": "landmarks",
    "heatmap-consistency": "landmarks",
    "pixel-consistency": "region_pixels",
    "region-affinity": "landmarks",
    "pixel-kl": "region_pixels",
    "pixel-cross-entropy": "region_pixels",
    "probability-mse": "region_pixels",
}

each = pytest.mark.parametrize("entry", TERMS, ids=lambda entry: entry.name)


def loss(entry: Entry, given: Held) -> torch.Tensor:
    torch.manual_seed(0)
    return entry.resolve()(a_term(entry.name), CHANNELS)(given)


def leaves(output: NetworkOutput | TeacherOutput) -> list[torch.Tensor]:
    maps = output.logits if isinstance(output, NetworkOutput) else output.log_probabilities
    taps = [output.taps] if isinstance(output.taps, dict) else output.taps
    levels = [maps for level in getattr(output, "levels", ()) for maps in level]
    return [maps, output.regions, *levels, *(feature for named in taps for feature in named.values())]


def repeated(output: NetworkOutput | TeacherOutput, order: list[int]) -> NetworkOutput | TeacherOutput:
    if isinstance(output, NetworkOutput):
        taps = {name: feature[order] for name, feature in output.taps.items()}
        levels = tuple(Maps(*(maps[order] for maps in level)) for level in output.levels)
        return NetworkOutput(output.logits[order], output.presence[order], output.regions[order], taps, levels)
    taps = tuple({name: feature[order] for name, feature in member.items()} for member in output.taps)
    return TeacherOutput(output.log_probabilities[order], output.sigma, output.regions[order], taps=taps)


@each
@pytest.mark.parametrize("overlapping", [True, False])
def test_it_is_zero_only_where_student_and_teacher_agree(entry: Entry, overlapping: bool):
    student = an_output()

    same = loss(entry, held(student, agreeing(student), overlapping=overlapping))
    different = loss(entry, held(student, a_teacher(), overlapping=overlapping))

    assert entry.name in WITHOUT_ZERO or same.item() == pytest.approx(0, abs=1e-6)
    assert different.item() > 1e-5


@each
def test_it_teaches_the_student_and_leaves_the_teacher_alone(entry: Entry):
    student, teacher = an_output(), a_teacher()
    for tensor in (*leaves(student), *leaves(teacher)):
        tensor.requires_grad_()

    loss(entry, held(student, teacher)).backward()

    assert sum(tensor.grad.abs().sum() for tensor in leaves(student) if tensor.grad is not None) > 0
    assert all(tensor.grad is None for tensor in leaves(teacher))


@each
def test_it_does_not_depend_on_the_order_or_number_of_images(entry: Entry):
    student, teacher = an_output(n=3), a_teacher(n=3)
    order = [2, 0, 1, 0, 1, 2]

    once, twice = (
        loss(entry, held(student, teacher)),
        loss(entry, held(repeated(student, order), repeated(teacher, order))),
    )

    torch.testing.assert_close(once, twice)


@each
def test_it_gives_in_half_precision_what_it_gives_in_single(entry: Entry):
    student, teacher = an_output(), a_teacher()
    rough = student._replace(
        levels=tuple(Maps(*(maps.bfloat16() for maps in level)) for level in student.levels),
        logits=student.logits.bfloat16(),
        regions=student.regions.bfloat16(),
        taps={name: feature.bfloat16() for name, feature in student.taps.items()},
    )
    fine = rough._replace(
        levels=tuple(Maps(*(maps.float() for maps in level)) for level in rough.levels),
        logits=rough.logits.float(),
        regions=rough.regions.float(),
        taps={name: feature.float() for name, feature in rough.taps.items()},
    )

    with torch.autocast("cpu", torch.bfloat16):
        half = loss(entry, held(rough, teacher))

    assert half.dtype == torch.float32
    torch.testing.assert_close(half, loss(entry, held(fine, teacher)), rtol=1e-2, atol=1e-6)


@pytest.mark.parametrize("name", WEIGHED_BY)
def test_without_weight_it_is_exactly_zero(name: str):
    none = {"landmarks": torch.zeros(2, 3), "region_pixels": torch.zeros(2, 1, 16, 16)}
    weights = Weights(**{"landmarks": torch.ones(2, 3), WEIGHED_BY[name]: none[WEIGHED_BY[name]]})

    assert loss(BLOCKS[name], held(an_output(), a_teacher(), weights=weights)).item() == 0


@pytest.mark.parametrize("name", ["spatial-kl", "heatmap-mse", "heatmap-js", "heatmap-consistency", "region-affinity"])
def test_the_order_of_landmarks_does_not_matter(name: str):
    given = held(an_output(), a_teacher(), weights=Weights(torch.tensor([[1.0, 0.5, 0.2], [0.3, 1.0, 0.7]])))
    turned = held(
        given.student._replace(
            logits=given.student.logits.flip(1),
            levels=tuple(level._replace(logits=level.logits.flip(1)) for level in given.student.levels),
        ),
        given.teacher,
        target=given.target.flip(1),
        weights=Weights(given.weights.landmarks.flip(1)),
        points=given.points.flip(1),
    )

    torch.testing.assert_close(loss(BLOCKS[name], given), loss(BLOCKS[name], turned))


@pytest.mark.parametrize("name", ["spatial-kl", "heatmap-js", "pixel-kl", "feature-kl", "channel-kl"])
def test_the_gradient_hardly_depends_on_a_high_temperature(name: str):
    sizes = []
    for temperature in (8, 16, 32):
        student = an_output()
        for tensor in leaves(student):
            tensor.requires_grad_()
        term = a_term(name, inverse_temperature=1 / temperature)
        BLOCKS[name].resolve()(term, CHANNELS)(held(student, a_teacher())).backward()
        sizes.append(sum(tensor.grad.norm() for tensor in leaves(student) if tensor.grad is not None))

    assert max(sizes) / min(sizes) < 1.1


@pytest.mark.parametrize("name", sorted(WITH_TAPS))
def test_features_have_to_be_named(name: str):
    with pytest.raises(RecipeError, match=rf"{name} compares features, but names none. Set its taps: low, high"):
        BLOCKS[name].resolve()(a_term(name, taps=()), CHANNELS)


@pytest.mark.parametrize("name", sorted(WITH_TAPS))
def test_features_that_are_not_there_are_answered_with_those_that_are(name: str):
    with pytest.raises(RecipeError, match=rf"{name} names a tap 'middle'. There are: low, high"):
        BLOCKS[name].resolve()(a_term(name, taps=("low", "middle")), CHANNELS)
