"""How looks are written down."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.session import look_keeping
from napari_kdland.session.look_keeping import Choice, Looks, looks_of

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
CHOICES = st.builds(
    Choice, st.text(max_size=8), st.none() | st.tuples(NUMBERS, NUMBERS), st.sampled_from(["values", "curve", "shares"])
)


@given(st.builds(Looks, st.dictionaries(st.integers(1), CHOICES), st.none() | CHOICES, st.booleans()))
def test_looks_come_back_from_json_as_they_were(looks):
    assert looks_of(json.loads(json.dumps(looks.plain()))) == looks


def test_of_very_many_images_those_that_were_chosen_last_are_kept(monkeypatch):
    monkeypatch.setattr(look_keeping, "_KEPT", 2)

    kept = looks_of(Looks({number: Choice("lung") for number in (7, 3, 5)}).plain())

    assert list(kept.of_images) == [3, 5]


def test_an_unknown_domain_is_refused():
    with pytest.raises(ValueError, match="no domain"):
        looks_of({"images": [[1, "lung", [0, 1], "planets"]], "all": None, "inverted": False})
