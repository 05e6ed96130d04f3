"""Tests of docs/recipes.md: it names everything there is, says of each recipe what it does, and its commands run."""

import re
import shlex
import typing

import pytest

from napari_kdland.engine import distillation, networks
from napari_kdland.menus import Entry
from napari_kdland.recipes import Recipe, load_recipe, ready_made_recipes, with_settings
from napari_kdland.recipes.model import SchedulePart, TeacherPart, Term, ViewsPart, WeightingPart
from tests.docs.pages import commands, options, page, rows, section
from tests.docs.shell import Shell

PAGE = page("docs/recipes.md")
RECIPES = ready_made_recipes()
SAID = ("Asks", "Teacher", "Learns", "Follows", "Departs", "Take it")

each_recipe = pytest.mark.parametrize("name", RECIPES)


@each_recipe
def test_the_table_has_a_row_of_every_recipe_with_the_blocks_that_it_is_made_of(name: str):
    row = next((cells for cells in rows(section(PAGE, "All recipes over the blocks")) if cells[0] == f"`{name}`"), [])

    assert " | ".join(row) == " | ".join(cells_of(load_recipe(name)))


def test_the_table_has_no_recipe_that_is_not_there():
    named = [cells[0].strip("`") for cells in rows(section(PAGE, "All recipes over the blocks"))]

    assert sorted(named) == sorted(RECIPES)


@pytest.mark.parametrize(
    ("heading", "menu"),
    [
        ("Teacher sources (`teacher.source`)", distillation.TEACHERS),
        ("Targets (`target.kind`)", distillation.TARGETS),
        ("Loss terms (`terms.loss`)", distillation.TERMS),
        ("Weightings (`weighting.kind`)", distillation.WEIGHTINGS),
        ("Schedules (`terms.schedule.kind`)", distillation.SCHEDULES),
        ("Losses against the reader's labels (`base.loss`)", distillation.BASE_LOSSES),
        ("Region losses (`base.region_loss`)", distillation.REGION_LOSSES),
    ],
)
def test_every_block_of_a_menu_has_a_row(heading: str, menu: tuple[Entry, ...]):
    assert [cells[0] for cells in rows(section(PAGE, heading))] == [f"`{entry.name}`" for entry in menu]


def test_every_kind_of_views_has_a_row():
    kinds = typing.get_args(ViewsPart.model_fields["kind"].annotation)

    assert [cells[0] for cells in rows(section(PAGE, "Views (`views.kind`)"))] == [f"`{kind}`" for kind in kinds]


@each_recipe
def test_every_recipe_has_a_section_that_answers_the_same_questions(name: str):
    said = re.findall(r"^- \*\*(.+?)\*\*", section(PAGE, name), re.MULTILINE)

    assert tuple(said) == SAID


@each_recipe
def test_the_section_of_a_recipe_names_every_work_that_it_cites(name: str):
    text = section(PAGE, name)

    for cited in load_recipe(name).cites:
        identifier = re.search(r"arXiv:[\d.]+", cited.paper)
        authors_and_year = re.match(r".*?\d{4}", cited.paper)
        assert (identifier or authors_and_year)[0] in text


@each_recipe
def test_the_section_of_a_recipe_names_its_terms_or_writes_them_out(name: str):
    recipe, text = load_recipe(name), section(PAGE, name)
    written_out = {"spatial-kl": "p_t (log p_t - log p_s)", "heatmap-mse": "(m_s - m_t)²"}

    for term in recipe.terms:
        assert f"`{term.loss}`" in text or written_out.get(term.loss, "?") in text or "**Learns** as `" in text


@each_recipe
def test_a_recipe_with_teachers_says_how_the_recipe_itself_has_them_trained(name: str):
    typed = commands(section(PAGE, name))
    student = next(words for words in typed if options(words, "--recipe") == [name])
    recipe = with_settings(load_recipe(name), options(student, "--set"))
    teachers = options(student, "--teacher")

    assert len(teachers) == recipe.teacher.count
    for teacher in teachers:
        words = next(words for words in typed if options(words, "--name") == [teacher])
        assert told(words) == told(shlex.split(recipe.teacher_command))


@each_recipe
def test_a_recipe_names_backbones_that_there_are(name: str):
    recipe, known = load_recipe(name), {entry.name for entry in networks.BACKBONES}
    teacher = with_settings(load_recipe(recipe.teacher.recipe), recipe.teacher.settings)

    assert {recipe.student.backbone, teacher.student.backbone} <= known


@each_recipe
def test_the_commands_of_a_recipe_run(name: str, shell: Shell):
    typed = commands(section(PAGE, name))

    assert any(options(words, "--recipe") == [name] for words in typed)
    for words in typed:
        shell.run(words)


def told(words: list[str]) -> set[tuple[str, str]]:
    """Recipe and settings of a command, however they are spaced."""
    return {(name, value.replace(" ", "")) for name in ("--recipe", "--set") for value in options(words, name)}


def cells_of(recipe: Recipe) -> list[str]:
    """The row that the table should have."""
    where = {term.where for term in recipe.terms}
    return [
        f"`{recipe.name}`",
        _student(recipe),
        _labels(recipe),
        _teacher(recipe.teacher),
        recipe.target.kind if recipe.terms else "-",
        ", ".join(_term(term) for term in recipe.terms) or "-",
        " and ".join(sorted(where)) or "-",
        _weighting(recipe.weighting) if recipe.terms else "-",
        " and ".join(sorted({_schedule(term.schedule) for term in recipe.terms})) or "-",
        recipe.views.kind if recipe.terms else "-",
        str(recipe.training.rounds),
    ]


def _student(recipe: Recipe) -> str:
    student = recipe.student
    trained = ["trained"] if student.start == "trained" else []
    dropout = [f"dropout {student.dropout:g}"] if student.dropout else []
    return ", ".join([f"`{student.backbone}`", *trained, *dropout])


def _labels(recipe: Recipe) -> str:
    base, heads = recipe.base, recipe.heads
    own = [f"{base.weight:g} `{base.loss}`"] if heads.landmarks else []
    also = f" (also {', '.join(base.levels)})" if base.levels else ""
    return ", ".join([*own, *([f"{base.region_weight:g} `{base.region_loss}`"] if heads.regions else [])]) + also


def _teacher(teacher: TeacherPart) -> str:
    if teacher.source == "none":
        return "-"
    count = f" of {teacher.count}" if teacher.count > 1 else ""
    passes = f", {teacher.passes} passes" if teacher.passes else ""
    return f"`{teacher.source}`{count}{passes}"


def _term(term: Term) -> str:
    reads = [f"T = {1 / term.inverse_temperature:g}"] if term.inverse_temperature != 1 else []
    reads += ["masks"] if term.areas == "masks" else []
    reads += term.taps
    name = f"{term.weight:g} `{term.loss}`"
    return f"{name} ({', '.join(reads)})" if reads else name


def _weighting(part: WeightingPart) -> str:
    if part.kind == "none":
        return "none"
    if part.kind == "confidence":
        return f"confidence, {part.measure}, {part.scale_px:g} px"
    unit = "" if part.measure == "peak" else " px"
    rise = f" to {part.threshold + part.threshold_rise:g}" if part.threshold_rise else ""
    return f"threshold, {part.measure}, {part.threshold:g}{rise}{unit}"


def _schedule(part: SchedulePart) -> str:
    return part.kind if part.kind == "constant" else f"{part.kind} {part.ramp:g}"
