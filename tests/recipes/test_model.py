import re
import shlex
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from napari_kdland.recipes import Recipe, load_recipe, with_settings


def a_recipe(**changes: object) -> Recipe:
    return Recipe.model_validate({**load_recipe("kd").model_dump(mode="json"), **changes})


def is_part(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def parts(model: type[BaseModel] = Recipe) -> set[type[BaseModel]]:
    """All parts of a recipe, and theirs."""
    kinds = [kind for f in model.model_fields.values() for kind in (f.annotation, *get_args(f.annotation))]
    return {model}.union(*(parts(kind) for kind in kinds if is_part(kind)))


def test_every_setting_has_a_tooltip():
    settings = [(part, name, f) for part in parts() - {Recipe} for name, f in part.model_fields.items()]

    bare = [f"{part.__name__}.{name}" for part, name, f in settings if not (f.description or is_part(f.annotation))]

    assert len(parts()) > 12
    assert bare == []


def test_every_part_says_what_it_is():
    assert [part.__name__ for part in parts() if not part.__doc__] == []


def test_a_recipe_cannot_be_changed_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        a_recipe().name = "other"  # type: ignore[misc]  # that is the point


def test_a_recipe_must_cite():
    with pytest.raises(ValidationError, match="cites"):
        a_recipe(cites=[])


@pytest.mark.parametrize(
    ("source", "count", "wanted"),
    [
        ("none", 1, "0"),
        ("frozen", 0, "1"),
        ("frozen", 2, "1"),
        ("ensemble", 1, "2 to 32"),
        ("dropout", 0, "1"),
        ("views", 0, "1 to 32"),
        ("average", 1, "0"),
        ("self", 1, "0"),
        ("peer", 1, "0"),
        ("levels", 1, "0"),
    ],
)
def test_source_and_count_of_teachers_must_agree(source: str, count: int, wanted: str):
    with pytest.raises(ValidationError, match=f"source '{source}' wants count {wanted}, found {count}"):
        a_recipe(teacher={"source": source, "count": count})


@pytest.mark.parametrize(
    ("teacher", "message"),
    [
        ({"source": "dropout", "count": 1}, "source 'dropout' wants passes of 2 or more, found 0"),
        ({"source": "dropout", "count": 1, "passes": 1}, "source 'dropout' wants passes of 2 or more, found 1"),
        ({"source": "frozen", "count": 1, "passes": 4}, "source 'frozen' makes no passes with dropout"),
        ({"source": "self", "passes": 4}, "source 'self' makes no passes with dropout"),
    ],
)
def test_passes_are_for_teachers_that_drop(teacher: dict, message: str):
    with pytest.raises(ValidationError, match=message):
        a_recipe(teacher=teacher)


def test_a_network_that_says_nothing_is_refused():
    with pytest.raises(ValidationError, match="a network needs landmarks, regions, or both"):
        a_recipe(heads={"landmarks": False})


NONE, SELF, PEER, AVERAGE, OWN = ({"source": source} for source in ("none", "self", "peer", "average", "levels"))
ALL = {"loss": "spatial-kl", "where": "all"}
FEATURE = {"loss": "attention-map", "where": "all", "taps": ["high"]}
WEAK_STRONG = {"kind": "weak-strong"}
NO_TEACHER = {"teacher": NONE, "terms": [], "training": {}}
BY_SEVERAL = "want several answers, but source 'frozen' gives one"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"terms": []}, "loss terms exactly when it has a teacher"),
        ({"teacher": NONE}, "loss terms exactly when it has a teacher"),
        ({"terms": [{**ALL, "where": "labelled"}]}, "no term is taken on unlabelled images"),
        ({"terms": [{**ALL, "where": "unlabelled"}], "training": {}}, r"training\.unlabelled_batch is 0"),
        ({"terms": [FEATURE], "views": {"kind": "clean"}}, 'terms on features need views.kind = "same"'),
        ({"terms": [FEATURE], "views": WEAK_STRONG}, 'terms on features need views.kind = "same"'),
        ({"teacher": SELF}, "a student that teaches itself needs another view"),
        ({**NO_TEACHER, "training": {"rounds": 2}}, "training.rounds wants a teacher of trained runs, .* 'none'"),
        ({"teacher": AVERAGE, "training": {"rounds": 2, "unlabelled_batch": 2}}, "training.rounds .* 'average'"),
        ({**NO_TEACHER, "teacher": {**NONE, "channels": ["a"]}}, "teacher.channels wants a teacher of trained runs"),
        ({"teacher": {**AVERAGE, "channels": ["a"]}}, "teacher.channels wants .* found source 'average'"),
        ({"teacher": PEER, "views": WEAK_STRONG}, "peers and levels teach on the view"),
        ({"teacher": OWN, "views": WEAK_STRONG}, "peers and levels teach on the view"),
        ({"teacher": OWN}, r"name some in base\.levels"),
        ({"base": {"levels": ["up-4", "up-4"]}}, r"base\.levels names a level twice"),
        ({"weighting": {"kind": "threshold", "measure": "between"}}, BY_SEVERAL),
        ({"weighting": {"kind": "confidence", "per": "pixel"}}, BY_SEVERAL),
        ({"target": {"kind": "hard", "points": "answers"}}, BY_SEVERAL),
        ({"teacher": {**AVERAGE, "passes": 4}}, "student.dropout is 0: all would say the same"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes: dict, message: str):
    with pytest.raises(ValidationError, match=message):
        a_recipe(**changes)


def test_every_misfit_is_tested_above():
    marks = test_parts_that_do_not_fit_are_refused.pytestmark
    tested = [message for mark in marks for _, message in mark.args[1]]

    said = [words for _, words in load_recipe("kd")._misfits()]

    assert [words for words in said if not any(re.search(_without_source(message), words) for message in tested)] == []


def _without_source(message: str) -> str:
    return message.partition(" .*")[0].partition(", but source")[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"weighting": {"kind": "none", "measure": "between"}},
        {"weighting": {"kind": "confidence", "measure": "total"}},
        {"weighting": {"kind": "threshold", "measure": "between"}, "teacher": {"source": "views", "count": 1}},
        {"weighting": {"kind": "threshold", "per": "pixel"}, "heads": {"landmarks": False, "regions": True}},
        {"target": {"kind": "hard", "points": "answers"}, "teacher": {"source": "ensemble", "count": 2}},
    ],
)
def test_disagreement_is_read_where_there_is_any_or_nothing_weighs_by_it(changes: dict):
    assert a_recipe(**changes)


def test_a_recipe_says_which_features_its_terms_read_each_once():
    recipe = a_recipe(terms=[{**FEATURE, "taps": ["low", "high"]}, FEATURE])

    assert recipe.taps == ("low", "high")


@pytest.mark.parametrize("name", ["mean-teacher", "ua-mt", "fixmatch", "cps", "urpc"])
def test_a_teacher_that_learns_along_is_told_from_a_trained_one(name: str):
    assert load_recipe(name).is_taught_online
    assert not load_recipe("kd").is_taught_online


def test_the_command_of_a_teacher_can_be_typed_as_it_is_and_names_its_settings_and_channels():
    teacher = {"source": "frozen", "count": 1, "channels": ["t1", "flair"]}
    heads, base = {"landmarks": False, "regions": True}, {"region_loss": "focal-dice"}

    words = shlex.split(a_recipe(teacher=teacher, heads=heads, base=base).teacher_command)

    assert words[:4] == ["--recipe", "supervised", "--set", "student.backbone=teacher"]
    trained = with_settings(load_recipe(words[1]), words[3::2])
    assert trained.input.channels == ("t1", "flair")
    assert (trained.heads.landmarks, trained.heads.regions, trained.base.region_loss) == (False, True, "focal-dice")
    assert trained.student.backbone == "teacher"
