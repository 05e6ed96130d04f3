import csv
import io
import json

import numpy as np
import pytest

from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import AnnotationError, RunError, SchemeError, UsageError
from napari_kdland.evaluation.comparison import FLOOR, RowKind, compare, compare_evaluations
from napari_kdland.evaluation.comparison_tables import tables_of_tests
from napari_kdland.evaluation.metrics import image_means
from napari_kdland.evaluation.scoring import evaluate
from napari_kdland.evaluation.statistics import wilcoxon_p
from napari_kdland.evaluation.tables import csv_table
from tests.evaluation.factories import a_prediction, a_truth, shifted


def a_comparison(n_images=12, **options):
    truth = a_truth(n_images)
    runs = {"student": a_prediction(truth, 2.0), "plain": a_prediction(truth, 6.0, seed=2)}
    return compare(runs, truth, floor=a_prediction(truth, 20.0, seed=3), **options)


def test_the_baseline_comes_first_and_the_floor_last():
    comparison = a_comparison(baseline="plain")

    assert [row.name for row in comparison.rows] == ["plain", "student", FLOOR]
    assert [row.kind for row in comparison.rows] == [RowKind.BASELINE, RowKind.RUN, RowKind.FLOOR]


def test_the_first_run_is_the_baseline_where_none_is_named():
    assert a_comparison().baseline.name == "student"


def test_a_delta_is_the_value_minus_the_baselines():
    plain, student, _ = a_comparison(baseline="plain").rows

    expected = student.values["mean_radial_error_px"] - plain.values["mean_radial_error_px"]
    assert student.deltas["mean_radial_error_px"] == expected < 0
    assert plain.deltas == {}


def test_the_best_run_is_marked_and_the_floor_never():
    truth = a_truth()
    comparison = compare(
        {"far": shifted(truth, (4, 0)), "near": shifted(truth, (3, 0))}, truth, floor=shifted(truth, (1, 0))
    )

    assert "mean_radial_error_px" in comparison.row("near").best
    assert not comparison.row("far").best
    assert not comparison.row(FLOOR).best


def test_equal_runs_are_neither_best_nor_different():
    truth = a_truth()
    prediction = a_prediction(truth, 3.0)

    comparison = compare({"one": prediction, "two": prediction}, truth)

    assert not comparison.row("one").best | comparison.row("two").best
    assert comparison.row("two").verdict == "no difference shown from one: the mean errors of all 8 images are equal"


def test_one_image_is_compared_without_an_interval():
    row = a_comparison(n_images=1, baseline="plain").row("student")

    assert row.difference.mean_interval is None
    assert "one image gives no confidence interval" in row.verdict


def test_the_verdict_names_the_baseline_the_gain_and_its_interval():
    row = a_comparison(baseline="plain").row("student")

    assert row.verdict.startswith("better than plain by ")
    assert row.verdict.endswith("12 images)")


def test_a_run_no_better_than_the_floor_is_told_so():
    truth = a_truth(12)
    runs = {"good": a_prediction(truth, 2.0), "bad": a_prediction(truth, 20.0, seed=2)}

    comparison = compare(runs, truth, floor=a_prediction(truth, 20.0, seed=3))

    assert "no difference shown from the mean shape" in comparison.row("bad").verdict
    assert comparison.row("good").verdict.startswith("better than the mean shape")


def test_few_images_do_not_bring_up_the_floor():
    row = a_comparison(n_images=3, baseline="plain").row("student")

    assert "too few images" in row.verdict
    assert "mean shape" not in row.verdict


def test_p_values_are_adjusted_for_the_number_of_runs():
    truth = a_truth(12)
    runs = {name: a_prediction(truth, sd, seed=seed) for seed, (name, sd) in enumerate([("a", 6), ("b", 2), ("c", 2)])}

    rows = compare(runs, truth, floor=a_prediction(truth, 20.0, seed=9)).rows

    assert rows[1].difference.p_holm == pytest.approx(2 * rows[1].difference.p_value)
    assert rows[0].from_floor.p_holm == pytest.approx(3 * rows[0].from_floor.p_value)
    assert rows[0].difference is None


def two_spacings(n_images=12):
    """In every second image a pixel is 0.1 mm, and the student is better by many pixels; in the others by few."""
    truth = a_truth(n_images)
    spacing = {image: (0.1, 0.1) if place % 2 else (1.0, 1.0) for place, image in enumerate(truth)}
    off = {image: (60 + place, 30) if place % 2 else (9, 4 + 1.5 * place) for place, image in enumerate(truth)}
    runs = {
        name: {image: shifted({image: one}, (off[image][which], 0))[image] for image, one in truth.items()}
        for which, name in enumerate(("plain", "student"))
    }
    return compare(runs, truth, floor=shifted(truth, (90, 0)), spacing_mm=spacing)


def test_sentence_table_csv_and_json_tell_one_p_where_there_are_two_spacings():
    comparison = two_spacings()
    plain, student = (row.evaluation for row in comparison.runs)
    in_mm = wilcoxon_p(image_means(student.errors_mm) - image_means(plain.errors_mm))
    in_px = wilcoxon_p(student.image_errors_px - plain.image_errors_px)

    table = tables_of_tests(comparison.judgement)[0]
    line = list(csv.DictReader(io.StringIO(csv_table(comparison))))[1]
    told = comparison.to_json()["rows"][1]

    assert abs(in_mm - in_px) > 0.05
    assert f"Holm's p = {in_mm:.3f}" in comparison.row("student").verdict
    assert table.rows[0][1][table.head.index("p (Holm)") - 1].value == pytest.approx(in_mm)
    assert float(line["p_holm"]) == told["paired_difference"]["p_holm"] == pytest.approx(in_mm)
    assert float(line["paired_difference_mm"]) == table.rows[0][1][0].value == told["paired_difference"]["mean"]
    assert told["paired_difference_from_floor"]["unit"] == "mm"


def test_the_floors_distance_from_the_baseline_is_the_baselines_from_the_floor():
    baseline, _, floor = a_comparison(baseline="plain").rows

    assert floor.difference.mean == -baseline.from_floor.mean
    assert floor.difference.mean_interval == tuple(-end for end in baseline.from_floor.mean_interval[::-1])
    assert floor.verdict.startswith("worse than plain by ")
    assert baseline.verdict.startswith("better than the mean shape by ")


def test_images_without_a_truth_are_listed():
    truth = {**a_truth(7), "blank.png": Landmarks.not_yet(("landmark_0", "landmark_1", "landmark_2"))}

    comparison = compare({"run": a_prediction(truth, 1.0)}, truth)

    assert comparison.without_truth == ("blank.png",)
    assert len(comparison.images) == 7


def test_columns_without_a_value_are_left_out():
    with_spacing = a_comparison(spacing_mm={f"{i:03}.png": (0.2, 0.2) for i in range(12)})

    assert "mean_radial_error_mm" in {metric.name for metric in with_spacing.metrics}
    assert "mean_radial_error_mm" not in {metric.name for metric in a_comparison().metrics}


def test_the_json_is_strict_even_for_one_image():
    values = json.loads(json.dumps(a_comparison(n_images=1).to_json(), allow_nan=False))

    assert values["rows"][0]["sd_radial_error_px"] is None
    assert values["rows"][1]["paired_difference"]["n_images"] == 1


def test_a_run_that_lacks_images_is_refused():
    truth = a_truth(3)
    incomplete = {"000.png": truth["000.png"]}

    with pytest.raises(
        RunError, match=r"Run 'half' has no prediction for 2 of the 3 annotated images: 001.png, 002.png"
    ):
        compare({"whole": truth, "half": incomplete}, truth)


def test_a_run_of_another_scheme_is_refused():
    truth = a_truth(2)
    other = {image: Landmarks.placed(("carina",), np.zeros((1, 2))) for image in truth}

    with pytest.raises(SchemeError, match="carina"):
        compare({"run": other}, truth)


def test_a_baseline_that_is_no_run_is_refused():
    with pytest.raises(UsageError, match="The baseline 'best' is none of the runs compared: student, plain"):
        a_comparison(baseline="best")


def test_no_run_is_refused():
    with pytest.raises(UsageError, match="There is no run to compare"):
        compare({}, a_truth())


def test_no_truth_is_refused():
    truth = {"a.png": Landmarks.not_yet(("apex",))}

    with pytest.raises(AnnotationError, match="nothing to measure against"):
        compare({"run": truth}, truth)


def test_evaluations_of_other_images_are_refused():
    first, second = a_truth(3), a_truth(2)

    with pytest.raises(RunError, match=r"other images than the baseline \(002.png\)"):
        compare_evaluations({"a": evaluate(first, first), "b": evaluate(second, second)})


def test_evaluations_of_other_landmarks_are_refused():
    first, second = a_truth(3), a_truth(3, n_landmarks=2)

    with pytest.raises(RunError, match="other landmarks than the baseline"):
        compare_evaluations({"a": evaluate(first, first), "b": evaluate(second, second)})


def test_a_run_may_not_take_the_floors_name():
    truth = a_truth()

    with pytest.raises(UsageError, match="Rename the run"):
        compare({FLOOR: truth}, truth)


def test_asking_for_a_run_that_is_not_there_lists_those_that_are():
    with pytest.raises(UsageError, match="There are: student, plain, mean shape"):
        a_comparison().row("teacher")
