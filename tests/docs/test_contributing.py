"""Tests of CONTRIBUTING.md: what it shows how to add is added as it stands, and trained."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from napari_kdland.engine import distillation, heatmaps, losses, networks
from napari_kdland.engine.decoding import DECODERS
from napari_kdland.engine.distillation.base import Weights
from napari_kdland.events import Measured, run
from napari_kdland.images import FORMATS
from napari_kdland.jobs.importing_datasets import LAYOUTS
from napari_kdland.menus import Entry
from napari_kdland.recipes import Recipe, load_recipe, with_settings
from tests.docs.pages import code, page, rows, section
from tests.engine.factories import a_recipe, a_run, a_training, noise

PAGE = page("CONTRIBUTING.md")
FAST = [
    "input.size=64",
    "student.backbone=tiny",
    "training.steps=4",
    "training.validate_every=2",
    "training.labelled_batch=2",
    "training.unlabelled_batch=2",
    "training.precision=float32",
]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_run(tmp_path_factory.mktemp("runs") / "teacher", a_recipe("supervised", "training.steps=8"))


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    """The block of the page, in a package of its own, as an entry of the menu."""
    module, line = code(section(PAGE, "Add a block"), "python")
    place = re.search(r"distillation/(terms/\w+\.py)", section(PAGE, "Add a block"))
    assert place
    file = tmp_path / "addition" / place[1]
    file.parent.mkdir(parents=True)
    file.write_text(module, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    entry: Entry = eval(line, {"Entry": Entry, "_HERE": "addition"})
    monkeypatch.setattr(losses, "TERMS", (*distillation.TERMS, entry))
    return entry


def measured(folder: Path, recipe: Recipe, teacher: Path) -> dict[str, float]:
    """The losses of the last steps of a training."""
    events: list[Any] = []
    result = run(a_training(folder, recipe, teachers=[teacher]), events.append)
    assert result.steps == 4
    return [event.values for event in events if isinstance(event, Measured) and "loss" in event.values][-1]


def test_the_new_method_is_one_file_and_trains(tmp_path: Path, teacher: Path):
    (text,) = code(section(PAGE, "Add a way of distilling"), "toml")
    file = tmp_path / "attention-transfer.toml"
    file.write_text(text, encoding="utf-8")
    recipe = load_recipe(file)

    values = measured(tmp_path / "run", with_settings(recipe, FAST), teacher)

    assert recipe.name == file.stem
    assert file.name in section(PAGE, "Add a way of distilling")
    assert values["spatial-kl"] > 0
    assert values["attention-map"] > 0


def test_the_new_block_is_one_file_and_one_line_and_trains(tmp_path: Path, teacher: Path, added: Entry):
    recipe = with_settings(load_recipe("kd"), [*FAST, f"terms.0.loss={added.name}"])

    values = measured(tmp_path / "run", recipe, teacher)

    assert 0 < values[added.name] < 1
    assert added.name not in {entry.name for entry in distillation.TERMS}


def test_the_new_block_keeps_what_is_promised_of_it(added: Entry):
    block = added.resolve()
    module = importlib.import_module(block.__module__)
    logits = noise(1, 2, 6, 7).requires_grad_()
    own, other = heatmaps.log_softmax(logits), heatmaps.log_softmax(noise(1, 2, 6, 7, seed=1)).requires_grad_()
    only_first = Weights(torch.tensor([[1.0, 0.0]]))

    module.heatmap_hellinger(own, other, only_first).backward()

    assert "References\n" in block.__doc__
    assert module.heatmap_hellinger(own, own.detach(), Weights(torch.ones(1, 2))) == 0
    assert other.grad is None
    assert logits.grad[:, 0].abs().sum() > 0
    assert logits.grad[:, 1].abs().sum() == 0


def test_every_menu_of_blocks_has_a_row():
    named = {cells[2].strip("`") for cells in rows(section(PAGE, "Add a block"))}

    assert named == {name for name in vars(distillation) if name.isupper() and not name.startswith("_")}


@pytest.mark.parametrize(
    ("what", "menu"),
    [
        ("backbone", networks.BACKBONES),
        ("decoder", DECODERS),
        ("image format", FORMATS),
        ("data set layout", LAYOUTS),
    ],
)
def test_a_menu_is_where_the_page_says(what: str, menu: tuple[Entry, ...]):
    table = {cells[0]: cells for cells in rows(section(PAGE, "Add a backbone, a format, a data set, a panel"))}
    folder = table[what][1].strip("`").rstrip("/").replace("/", ".")

    assert any(entry.target.startswith(f"napari_kdland.{folder}.") for entry in menu)
