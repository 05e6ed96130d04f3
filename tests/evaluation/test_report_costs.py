"""Tests of napari_kdland.evaluation.report_costs."""

import pytest

from napari_kdland.evaluation.encodings import encodings
from napari_kdland.evaluation.report_costs import cost_charts, times_by_network
from tests.evaluation.test_report import a_comparison

NAMES = ("plain", "student", "teacher")


def cost(n_parameters, median_ms, **more):
    facts = {"n_macs": 10 * n_parameters, "size": 128, "channels": 1, "repeats": 30, "device": "cpu", "threads": 2}
    return {"n_parameters": n_parameters, "median_ms": median_ms, "precision": "float32", **facts, **more}


def the_charts(costs):
    return {chart.name: chart for chart in cost_charts(a_comparison(names=NAMES), costs, encodings(NAMES))}


def test_runs_of_one_network_share_the_median_of_their_times():
    costs = {
        "plain": cost(100, 9.0),
        "student": cost(100, 6.0),
        "continued": cost(100, 7.0),
        "teacher": cost(900, 20.0),
    }

    assert times_by_network(costs) == {"plain": 7.0, "student": 7.0, "continued": 7.0, "teacher": 20.0}


def test_a_network_at_another_input_size_has_a_time_of_its_own():
    costs = {"small": cost(100, 6.0), "large": cost(100, 24.0, size=256)}

    assert times_by_network(costs) == {"small": 6.0, "large": 24.0}


def test_error_is_drawn_against_size_and_against_time_with_the_front_of_both():
    charts = the_charts({"plain": cost(100, 6.0), "student": cost(100, 6.2), "teacher": cost(900, 20.0)})

    assert list(charts) == ["tradeoff", "latency"]
    # The student is the better one of two at one time; the teacher is worse than it and costs more.
    assert charts["latency"].alt.endswith("Beaten by no other one in both: student.")
    assert "plain 6.1, " in charts["latency"].alt


def test_the_caption_says_how_times_were_taken():
    costs = {"plain": cost(100, 6.0), "teacher": cost(900, 20.0)}

    (caption,) = [the_charts(costs)["latency"].caption]

    assert caption.startswith(
        "One image in a batch of its own, median of 30 after a warm-up, on cpu with 2 threads in float32; runs of one "
        "network share the median of their times."
    )


def test_what_differs_between_the_runs_is_not_said_of_all():
    costs = {"plain": cost(100, 6.0), "teacher": cost(900, 20.0, precision="bfloat16")}

    assert "with 2 threads; runs" in the_charts(costs)["latency"].caption


@pytest.mark.parametrize(
    "costs",
    [{}, {"plain": cost(100, 6.0), "student": cost(100, 9.0)}, {"plain": {"how": "?"}, "student": cost(100, 9.0)}],
)
def test_nothing_is_drawn_where_all_cost_the_same(costs):
    assert the_charts(costs) == {}
