"""Reports opened in a real Chromium: what a browser says of them, draws of them, and prints of them."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from napari_kdland.anatomy import Landmarks, load_scheme
from napari_kdland.evaluation.comparison import compare
from napari_kdland.evaluation.overview import write_overview
from napari_kdland.evaluation.report import ReportContents, write_report
from tests.evaluation.factories import a_case, a_prediction, a_truth
from tests.evaluation.test_overview import an_overview

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
# Written into the page for the test; it tells the page around it what it came to when all is laid out.
PROBE = """<script>addEventListener("load", () => {
  const drawn = [...document.querySelectorAll(".panel > svg, .drawing svg")].map(one => {
    const box = one.getBoundingClientRect();
    return {width: box.width, height: box.height, shown: one.checkVisibility()};
  });
  const folded = [...document.querySelectorAll("details table")].map(one => one.checkVisibility());
  parent.postMessage({drawn, folded, width: innerWidth, wide: document.documentElement.scrollWidth - innerWidth}, "*");
});</script></body>"""
# A window has a least width, a frame has none: so a phone is a frame.
FRAME = """<!doctype html><body><script>addEventListener("message", told => {
  const answer = document.createElement("output");
  answer.textContent = JSON.stringify(told.data);
  document.body.append(answer);
});</script><iframe src="probed.html" width="%d" height="900" style="border: 0"></iframe></body>"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A report with everything in it: three runs, a ratio, cases, costs."""
    scheme = load_scheme("chest-10")
    shape = a_truth(9, 10)
    truth = {image: Landmarks.placed(scheme.landmark_names, one.points) for image, one in shape.items()}
    runs = {name: a_prediction(truth, sd, seed=sd) for name, sd in (("plain", 6), ("student", 3), ("teacher", 2))}
    comparison = compare(
        runs, truth, floor=a_prediction(truth, 20), sizes=dict.fromkeys(truth, (100, 100)), measures=scheme.measures
    )
    contents = ReportContents(
        cases=[a_case(name=image) for image in truth],
        settings={name: {"seed": 0} for name in runs},
        efficiency={name: {"n_parameters": 1e5 * (place + 1)} for place, name in enumerate(runs)},
        commands=["kdland compare a.kdland plain student teacher"],
    )
    return write_report(comparison, tmp_path_factory.mktemp("report") / "report.html", contents)


def browse(folder: Path, page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)


def probe(folder: Path, page: Path, width: int, *, on_paper: bool = False) -> dict:
    """Show a page in a frame of a width; gives what was drawn, once nothing was written to the console."""
    text = page.read_text(encoding="utf-8").replace("</body>", PROBE)
    (folder / "probed.html").write_text(text.replace("@media print", "@media all") if on_paper else text)
    (folder / "frame.html").write_text(FRAME % width, encoding="utf-8")
    options = ("--window-size=1400,1000", "--virtual-time-budget=5000", "--enable-logging=stderr", "--dump-dom")
    shown = browse(folder, folder / "frame.html", *options)
    assert "CONSOLE" not in shown.stderr
    return json.loads(re.search(r"<output>(.*?)</output>", shown.stdout, re.DOTALL)[1])


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("kind", "n_figures"), [("report", 6), ("overview", 1)])
def test_every_figure_is_drawn_and_the_page_is_as_wide_as_the_window(page, tmp_path, kind, n_figures, width):
    shown = page if kind == "report" else write_overview(tmp_path / "overview.html", an_overview())

    answer = probe(tmp_path, shown, width)

    assert answer["width"] == width
    assert len(answer["drawn"]) >= n_figures
    assert [one for one in answer["drawn"] if not one["shown"] or min(one["width"], one["height"]) < 40] == []
    assert answer["wide"] <= 0


@pytest.mark.parametrize("on_paper", [True, False])
def test_what_is_folded_on_screen_is_open_on_paper_and_no_wider_than_it(page, tmp_path, on_paper):
    # A4 without margins of 1 cm, at the 96 pixels an inch of CSS.
    answer = probe(tmp_path, page, 718, on_paper=on_paper)

    assert answer["folded"]
    assert set(answer["folded"]) == {on_paper}
    assert answer["wide"] <= 0


def test_it_prints_on_a_few_pages(page, tmp_path):
    browse(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'report.pdf'}")

    printed = (tmp_path / "report.pdf").read_bytes()
    n_pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert printed.startswith(b"%PDF")
    assert 3 <= n_pages <= 16
