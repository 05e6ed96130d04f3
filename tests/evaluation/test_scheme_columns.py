import pytest

from napari_kdland.anatomy import load_scheme
from napari_kdland.evaluation.scheme_columns import columns_of
from napari_kdland.evaluation.scoring import evaluate
from tests.evaluation.factories import a_prediction
from tests.evaluation.factories import some_landmarks as placed

MEASURES = load_scheme("chest-10").measures


def test_a_scheme_decides_its_radii():
    asked = columns_of(MEASURES.model_copy(update={"detection_mm": (1.5,), "detection_px_at_512": ()}))

    assert [metric.name for metric in asked if metric.name.startswith("detection")] == ["detection_rate_1.5_mm"]


def test_the_figures_of_a_perfect_run_are_full_marks_and_no_index_error():
    names = load_scheme("chest-10").landmark_names
    truth = {"a.png": placed(*[(10.0 * i, 7.0 * (i * i % 11)) for i in range(10)], names=names)}
    evaluation = evaluate(truth, truth, spacing_mm={"a.png": (1, 1)}, sizes={"a.png": (200, 200)}, measures=MEASURES)

    values = {metric.name: metric.value(evaluation) for metric in columns_of(MEASURES)}

    assert values.pop("mean_absolute_error_cardiothoracic_ratio") == pytest.approx(0)
    assert set(values.values()) == {1.0}


def test_a_share_of_the_thorax_is_named_after_it():
    pck = next(metric for metric in columns_of(MEASURES) if metric.name == "pck_0.05")

    assert "width of the thorax" in pck.summary
    assert (pck.title, pck.better) == ("PCK 0.05", "higher")


def test_the_error_of_an_index_is_written_with_three_digits():
    truth = {
        "a.png": placed(
            *[(10.0 * i, 7.0 * (i * i % 11)) for i in range(10)], names=load_scheme("chest-10").landmark_names
        )
    }
    metric = columns_of(MEASURES)[-1]

    value = metric.value(evaluate(a_prediction(truth, 3.0), truth, measures=MEASURES))

    assert len(metric.text(value)) == len("0.000")
