from html.parser import HTMLParser

import numpy as np
import pytest

from napari_kdland.errors import ProjectError, UsageError
from napari_kdland.evaluation.comparison import compare
from napari_kdland.evaluation.pictures import CaseImage, Overlay
from napari_kdland.evaluation.report import ReportContents, render, write_report
from tests.evaluation.factories import a_prediction, a_truth

VOID = {"meta", "image", "link", "br", "img", "input"}


class Page(HTMLParser):
    """What a page consists of, and whether its tags close."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.attributes, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data.strip())


def a_comparison(n_images=8, names=("plain", "student")):
    truth = a_truth(n_images)
    runs = {name: a_prediction(truth, abs(6.0 - 4 * index), seed=index) for index, name in enumerate(names)}
    return compare(runs, truth, floor=a_prediction(truth, 20.0, seed=9))


def the_cases(n_images=8, names=("plain", "student")):
    truth = a_truth(n_images)
    heatmap = Overlay(np.eye(10), (10.0, 10.0), (4.5, 4.5))
    runs = {name: a_prediction(truth, abs(6.0 - 4 * index), seed=index) for index, name in enumerate(names)}
    return [
        CaseImage(
            image,
            np.full((100, 100), 0.5),
            truth[image],
            {name: run[image] for name, run in runs.items()},
            {names[-1]: heatmap},
        )
        for image in truth
    ]


@pytest.fixture(scope="module")
def page():
    return Page(render(a_comparison(), ReportContents(cases=the_cases())))


def test_the_page_needs_nothing_beside_itself(page):
    links = [value for _, name, value in page.attributes if name in ("href", "xlink:href", "src")]
    assert links
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in links)
    assert not {"script", "link", "iframe", "img"} & set(page.tags)


def test_every_reference_within_the_page_is_answered(page):
    identifiers = [value for _, name, value in page.attributes if name == "id"]
    used = {value[1:] for _, name, value in page.attributes if name.endswith("href") and value.startswith("#")}
    assert used <= set(identifiers)
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("n_images", [1, 2])
def test_the_page_is_well_formed(n_images):
    page = Page(render(a_comparison(n_images), ReportContents(cases=the_cases(n_images))))

    assert page.open == []


def test_one_run_without_a_floor_makes_a_page():
    truth = a_truth(2)

    page = Page(render(compare({"run": a_prediction(truth, 1.0)}, truth), ReportContents()))

    assert page.open == []
    assert "Image by image" not in " ".join(page.words)


def test_names_cannot_smuggle_in_markup():
    evil = "<script>alert(1)</script>"
    names = ("plain", evil)
    contents = ReportContents(
        title=evil, subtitle=evil, cases=the_cases(names=names), settings={evil: {evil: evil}}, landmark_titles={}
    )

    page = Page(render(a_comparison(names=names), contents))

    assert "script" not in page.tags
    assert evil in page.words


def test_the_page_shows_verdicts_figures_and_settings():
    contents = ReportContents(
        settings={"student": {"recipe": "kd", "labels": 10, "parameters": 412_000, "seconds": 192.4, "teachers": ()}}
    )

    words = " ".join(Page(render(a_comparison(), contents)).words)

    assert "better than plain by" in words
    assert "0.41 million" in words
    assert "3 min 12 s" in words
    assert "Teachers" in words


def test_better_and_worse_are_said_in_words_too(page):
    assert {"better", "worse", "best"} <= set(page.words)


def test_a_lower_error_is_called_better():
    truth = a_truth()
    runs = {"plain": a_prediction(truth, 9.0), "student": a_prediction(truth, 1.0)}

    words = set(Page(render(compare(runs, truth), ReportContents())).words)

    assert "better" in words
    assert "worse" not in words


def test_only_the_chosen_cases_are_shown(page):
    assert page.tags.count("article") == 5


def test_every_picture_has_words_for_those_who_cannot_see_it(page):
    labels = [value for _, name, value in page.attributes if name == "aria-label"]
    n_pictures = sum(name == "role" and value == "img" for _, name, value in page.attributes)
    assert n_pictures == 3 + 5 * 4
    assert len([label for label in labels if label]) == n_pictures


def test_a_folder_gets_a_report_html(tmp_path):
    path = write_report(a_comparison(), tmp_path / "reports")

    assert path == tmp_path / "reports" / "report.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(file.name for file in path.parent.iterdir()) == ["report.html", "report_tables"]


def test_a_report_replaces_the_one_before(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("old")

    assert write_report(a_comparison(), path) == path
    assert "old" not in path.read_text(encoding="utf-8")[:100]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ProjectError, match=r"Cannot write the report .*a\.html"):
        write_report(a_comparison(), tmp_path / "file" / "a.html")


def test_a_gallery_chosen_by_a_stranger_is_refused():
    with pytest.raises(UsageError, match="There is no run 'nobody'"):
        render(a_comparison(), ReportContents(by="nobody"))


def test_the_page_says_what_the_data_were_and_how_to_make_it_again():
    contents = ReportContents(
        question="Is it better?",
        facts=[("Images", "train 8, test 12")],
        commands=["kdland train a.kdland"],
        versions=[("torch", "2.13.0")],
        recipes={"plain": {"training.steps": 5}, "student": {"training.steps": 9}},
        efficiency={"plain": {"n_parameters": 2e6}, "student": {"n_parameters": 1e5}},
    )

    words = " ".join(Page(render(a_comparison(), contents)).words)

    for told in ("Is it better?", "train 8, test 12", "kdland train a.kdland", "2.13.0", "training.steps"):
        assert told in words
    assert "Error against size" in words


def test_three_runs_are_ranked_in_the_page():
    page = Page(render(a_comparison(names=("plain", "student", "teacher")), ReportContents()))

    assert "Mean ranks" in page.words
    assert page.open == []


def test_the_page_shows_how_well_standard_deviations_tell_errors_where_they_are_known():
    comparison = a_comparison()
    errors = comparison.runs[1].evaluation.errors_px

    honest = Page(render(comparison, ReportContents(sd_px={"student": errors / np.sqrt(2)})))
    silent = Page(render(comparison, ReportContents(sd_px={"student": np.full_like(errors, np.nan)})))

    drawn = [value for _, name, value in honest.attributes if name == "aria-label"]
    assert "Reliability diagram. Expected normalised calibration error, 0 is best: student 0.00." in drawn
    assert "Sparsification curves. Area between curve and best order, 0 is best: student 0.00." in drawn
    assert "What is left when the least sure are taken out" not in silent.words


def test_every_table_of_the_page_lies_beside_it_as_csv_and_latex(tmp_path):
    write_report(a_comparison(), tmp_path / "a.html", ReportContents(settings={"student": {"seed": 1}}))

    names = {path.name for path in (tmp_path / "a_tables").iterdir()}
    assert {"errors_px.csv", "errors_px.tex", "tests_baseline.tex", "landmarks.csv", "settings.csv"} <= names
    assert {"comparison.csv", "errors.csv"} <= names
