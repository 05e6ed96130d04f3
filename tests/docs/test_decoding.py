"""Tests of docs/decoding.md: its settings are the recipe's, its tables those of the menu and of the result file."""

import json
import tomllib

from napari_kdland.engine.decoding import DECODERS
from napari_kdland.recipes.model import DecodingPart
from tests.docs.pages import ROOT, code, page, rows, section

PAGE = page("docs/decoding.md")


def test_the_settings_shown_are_all_there_are_at_their_defaults():
    (text,) = code(PAGE, "toml")

    assert tomllib.loads(text)["decoding"] == DecodingPart().model_dump()


def test_every_decoder_has_a_row():
    named = [cells[0].strip("`") for cells in rows(PAGE) if len(cells) == 3]

    assert named == [entry.name for entry in DECODERS]


def test_the_figures_are_those_of_the_result_file():
    result = json.loads((ROOT / "benchmarks/results/decoding.json").read_text(encoding="utf-8"))
    times = result["milliseconds_for_160_maps_of_128_px"]

    for name, *shown in rows(section(PAGE, "What they cost and miss (`benchmarks/decoding.py`)")):
        decoder = name.replace("`", "")
        errors = result["error_input_px"]["sigma 2 heatmap px"][decoder]
        assert shown == [*(f"{error:.2f}" for error in errors.values()), f"{times[decoder]:.0f}"]
