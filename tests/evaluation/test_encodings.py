import numpy as np
import pytest

from napari_kdland.errors import UsageError
from napari_kdland.evaluation.encodings import Role, encodings, outline


def test_teacher_students_and_baseline_have_their_fixed_encodings():
    chosen = encodings(["t", "s", "s2", "b"], {"t": "teacher", "s": "student", "s2": "student", "b": "baseline"})

    assert {name: (one.colour, one.symbol) for name, one in chosen.items()} == {
        "t": ("#0072B2", "triangle_up"),
        "s": ("#D55E00", "disc"),
        "s2": ("#009E73", "square"),
        "b": ("#8C8C8C", "cross"),
    }


def test_sources_without_a_role_are_students():
    assert encodings(["run"]) == encodings(["run"], {"run": Role.STUDENT})


@pytest.mark.parametrize("count", [9, 20, 50])
def test_no_two_of_many_sources_look_alike(count):
    chosen = encodings([f"run {index}" for index in range(count)], {"run 0": "teacher", "run 1": "baseline"})

    assert len(set(chosen.values())) == count


def test_more_sources_than_encodings_still_get_one():
    assert len(encodings([f"run {index}" for index in range(90)])) == 90


def test_a_role_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match=r"There is no role 'pupil'. There are: human, teacher"):
        encodings(["run"], {"run": "pupil"})


@pytest.mark.parametrize(
    "symbol", ["ring", "disc", "square", "diamond", "triangle_up", "triangle_left", "cross", "hbar"]
)
def test_a_symbol_is_about_as_large_as_the_unit_circle(symbol):
    points = outline(symbol)

    assert 0.9 <= np.hypot(*points.T).max() <= 1.5


def test_a_symbol_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="There is no symbol 'star'"):
        outline("star")
