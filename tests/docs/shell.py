"""Running the commands of a page, small, in a folder that holds what they ask for."""

import csv
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
from typer.testing import CliRunner

from napari_kdland.cli.app import app
from napari_kdland.recipes import load_recipe
from tests.docs.pages import options
from tests.jobs.importing_datasets.makers import a_brats_case, a_kits_case, a_lits_case
from tests.makers import a_picture, dots

SMALL = (
    "student.backbone=tiny",
    "input.size=64",
    "training.steps=2",
    "training.validate_every=2",
    "training.labelled_batch=2",
    "training.precision=float32",
)
SCHEME = """
name = "dots"
channels = ["standard", "soft_tissue", "bone"]
landmarks = [{ name = "dot_0" }, { name = "dot_1" }, { name = "dot_2" }]
regions = [{ name = "disc", bit = 1 }, { name = "patch", bit = 2 }]
"""
SPLITS = ["train"] * 12 + ["val"] * 2 + ["pool"] * 3


class Shell:
    """Runs commands, each once."""

    def __init__(self, done: set[str]) -> None:
        self._done = done

    def run(self, words: list[str]) -> None:
        if (key := " ".join(words)) in self._done:
            return
        self._done.add(key)
        result = CliRunner().invoke(app, [*words, *_small(words)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output


def _small(words: list[str]) -> list[str]:
    if words[0] != "train" or "--resume" in words:
        return []
    recipe = load_recipe((options(words, "--recipe") or ["supervised"])[0])
    unlabelled = ("training.unlabelled_batch=2",) if recipe.training.unlabelled_batch else ()
    return ["--device", "cpu", *(word for setting in (*SMALL, *unlabelled) for word in ("--set", setting))]


def fill(folder: Path) -> Path:
    """Make `study.kdland` of pictures of dots, with two channels beside them and masks, and small data sets."""
    (folder / "dots.toml").write_text(SCHEME, encoding="utf-8")
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    landmarks, splits, channels = [], [], []
    for index, split in enumerate(SPLITS):
        name, points = f"dots_{index:02d}.png", dots(index)
        a_picture(folder / "images" / name, points, seed=index)
        splits.append((name, split))
        for channel in ("soft_tissue", "bone"):
            beside = a_picture(folder / f"{channel}_{name}", points, seed=100 + index)
            channels.append((name, channel, beside.name))
        if split != "pool":
            landmarks += [(name, f"dot_{number}", x, y) for number, (y, x) in enumerate(points)]
            imageio.imwrite(folder / "masks" / name, _flags(points))
    _table(folder / "landmarks.csv", ("image", "landmark", "x", "y"), landmarks)
    _table(folder / "split.csv", ("image", "split"), splits)
    _table(folder / "channels.csv", ("image", "channel", "path"), channels)
    for number in range(5):
        a_brats_case(folder / "MICCAI_BraTS_2018_Data_Training", f"case_{number}", seed=number)
        a_lits_case(folder / "LITS17", number)
        a_kits_case(folder / "kits19" / "data", number)
    shell = Shell(set())
    shell.run(["new", str(folder / "study"), "--scheme", str(folder / "dots.toml")])
    tables = [f"--{name}={folder / name}.csv" for name in ("landmarks", "split", "channels")]
    shell.run(["import", str(folder / "study.kdland"), str(folder / "images"), f"--masks={folder / 'masks'}", *tables])
    return folder


def _flags(points: np.ndarray) -> np.ndarray:
    places = np.stack(np.mgrid[:80, :96], axis=-1)
    distance = np.linalg.norm(places - points[:2, None, None], axis=-1)
    return ((distance[0] < 14) * 1 + (distance[1] < 8) * 2).astype(np.uint8)


def _table(path: Path, head: tuple[str, ...], lines: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *lines])
