import pytest
from pydantic import BaseModel, ValidationError

from napari_kdland.recipes import Recipe, load_recipe


def a_recipe(**changes: object) -> Recipe:
    return Recipe.model_validate({**load_recipe("kd").model_dump(mode="json"), **changes})


def leaves(model: type[BaseModel]) -> list[tuple[str, str | None]]:
    return [
        (f"{model.__name__}.{name}", field.description)
        for name, field in model.model_fields.items()
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel))
    ]


def parts() -> list[type[BaseModel]]:
    found = [f.annotation for f in Recipe.model_fields.values()]
    return [part for part in found if isinstance(part, type) and issubclass(part, BaseModel)]


def test_every_setting_of_the_form_has_a_tooltip():
    assert [name for part in parts() for name, tip in leaves(part) if not tip] == []


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
    ],
)
def test_source_and_count_of_teachers_must_agree(source: str, count: int, wanted: str):
    with pytest.raises(ValidationError, match=f"source '{source}' wants count {wanted}, found {count}"):
        a_recipe(teacher={"source": source, "count": count})


def test_a_teacher_without_terms_teaches_nothing():
    with pytest.raises(ValidationError, match="loss terms exactly when it has a teacher"):
        a_recipe(terms=[])


def test_unlabelled_images_that_no_term_reads_are_refused():
    with pytest.raises(ValidationError, match="no term is taken on unlabelled images"):
        a_recipe(terms=[{"loss": "spatial-kl", "where": "labelled"}])


def test_a_term_on_unlabelled_images_needs_some():
    with pytest.raises(ValidationError, match=r"training\.unlabelled_batch is 0"):
        a_recipe(terms=[{"loss": "spatial-kl", "where": "unlabelled"}], training={"unlabelled_batch": 0})
