import pytest
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.teachers.frozen import FrozenTeacher
from tests.engine.distillation.factories import a_member
from tests.engine.factories import noise


def test_a_frozen_teacher_says_what_its_run_says():
    logits = noise(2, 32, 32)

    output = FrozenTeacher([a_member(logits)])(noise(1, 1, 64, 64), (32, 32))

    torch.testing.assert_close(output.log_probabilities, heatmaps.log_softmax(logits[None]))


def test_a_frozen_teacher_is_one_run():
    with pytest.raises(ValueError, match="too many values"):
        FrozenTeacher([a_member(noise(2, 32, 32))] * 2)
