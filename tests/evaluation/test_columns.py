import numpy as np
import pytest

from napari_kdland.anatomy import Group, Measures
from napari_kdland.evaluation.columns import METRICS, all_metrics, summary_of
from napari_kdland.evaluation.scoring import evaluate
from tests.evaluation.factories import a_truth, shifted

OUTLINED = Measures(groups=(Group(name="all", title="All", landmarks=("landmark_*",), outline="closed"),))


@pytest.mark.parametrize("entry", METRICS, ids=lambda entry: entry.name)
def test_every_metric_can_be_read_from_an_evaluation(entry):
    truth = a_truth(3)
    spacing = dict.fromkeys(truth, (0.5, 0.5))
    evaluation = evaluate(shifted(truth, (4, 0)), truth, spacing_mm=spacing, measures=OUTLINED)

    metric = entry.resolve()

    assert metric.name == entry.name
    assert np.isfinite(metric.value(evaluation))
    assert entry.summary.endswith(".")


def test_metrics_in_millimetres_have_no_value_without_a_spacing():
    truth = a_truth(3)
    evaluation = evaluate(truth, truth)

    values = {metric.name: metric.value(evaluation) for metric in all_metrics() if "_mm" in metric.name}

    assert set(values.values()) == {None}


@pytest.mark.parametrize(
    ("name", "value", "signed", "text"),
    [
        ("mean_radial_error_px", 12.345, False, "12.3"),
        ("mean_radial_error_px", -0.01, True, "0.0"),
        ("mean_radial_error_px", 2.0, True, "+2.0"),
        ("outlier_rate", 0.125, False, "12.5"),
        ("n_missing", 3, False, "3"),
        ("mean_radial_error_px", float("nan"), False, "-"),
        ("mean_radial_error_mm", None, False, "-"),
    ],
)
def test_a_value_is_written_by_its_unit(name, value, signed, text):
    metric = next(metric for metric in all_metrics() if metric.name == name)

    assert metric.text(value, signed=signed) == text


def test_every_metric_says_what_it_is():
    assert all(summary_of(metric).endswith(".") for metric in all_metrics())


def test_columns_have_names_of_their_own():
    names = [metric.name for metric in all_metrics(OUTLINED)]

    assert len(names) == len(set(names))
