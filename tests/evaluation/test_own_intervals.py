import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_kdland.evaluation.columns import MEAN_PX, MEDIAN_PX, OUTLIERS, P95_PX, all_metrics
from napari_kdland.evaluation.comparison import compare
from napari_kdland.evaluation.comparison_tables import detection_table, error_tables
from napari_kdland.evaluation.metrics import Limits
from napari_kdland.evaluation.own_intervals import own_intervals
from napari_kdland.evaluation.report import ReportContents, render
from napari_kdland.evaluation.report_latex import latex_of
from napari_kdland.evaluation.scoring import evaluate
from napari_kdland.evaluation.tables import csv_table, text_table
from tests.evaluation.factories import a_prediction, a_truth, shifted, some_landmarks

TRUTH = a_truth(30, 4)


def trained(sd=4.0, seeds=(1,), truth=TRUTH, **options):
    return [evaluate(a_prediction(truth, sd, seed=seed), truth, **options) for seed in seeds]


def by_brute_force(runs, figure, n_resamples=4000):
    """Draw trainings, then images, one resample after the other, with a generator of its own."""
    generator = np.random.default_rng(99)
    values = []
    for _ in range(n_resamples):
        images = generator.integers(len(runs[0]), size=len(runs[0]))
        values.append(np.mean([figure(runs[of][images]) for of in generator.integers(len(runs), size=len(runs))]))
    return np.quantile(values, [0.025, 0.975])


def test_the_interval_of_a_mean_is_that_of_scipy_over_the_images():
    (run,) = trained()
    means = run.errors_px.mean(axis=1)

    found = own_intervals([run], [MEAN_PX])[MEAN_PX.name]

    known = stats.bootstrap((means,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(5))
    assert found == pytest.approx(tuple(known.confidence_interval), abs=0.02)


@pytest.mark.parametrize("seeds", [(1,), (1, 2, 3)])
def test_medians_and_shares_are_drawn_image_by_image_and_training_by_training(seeds):
    runs = trained(seeds=seeds, limits=Limits(outlier_px=6.0))
    errors = [run.errors_px for run in runs]

    found = own_intervals(runs, [MEDIAN_PX, OUTLIERS])

    assert found[MEDIAN_PX.name] == pytest.approx(by_brute_force(errors, np.median), abs=0.12)
    assert found[OUTLIERS.name] == pytest.approx(by_brute_force(errors, lambda of: (of > 6).mean()), abs=0.012)


def test_the_mean_over_several_trainings_is_over_trainings_too():
    runs = [*trained(2.0), *trained(6.0, (2,))]
    errors = [run.errors_px for run in runs]

    found = own_intervals(runs, [MEAN_PX])[MEAN_PX.name]

    assert found == pytest.approx(by_brute_force(errors, np.mean), abs=0.1)
    assert found[1] - found[0] > 2 * np.subtract(*own_intervals(runs[1:], [MEAN_PX])[MEAN_PX.name][::-1])


def test_a_landmark_that_was_not_predicted_is_in_no_error_and_in_every_share():
    truth = {name: some_landmarks((0, 0), (50, 50)) for name in "abcdef"}
    found = {name: some_landmarks((3, 4), (50, 51) if place % 2 else None) for place, name in enumerate(truth)}

    ends = own_intervals([evaluate(found, truth)], [MEDIAN_PX, OUTLIERS])

    # By hand: only if no image without the second landmark is drawn, once in 64 times, is the median (5 + 1) / 2.
    assert ends[MEDIAN_PX.name] == (5, 5)
    # k of six images miss one of two landmarks, k binomial with a share of a half; 2.5 % of it are below 1.
    assert ends[OUTLIERS.name] == (pytest.approx(1 / 12), pytest.approx(5 / 12))


def test_equal_images_have_an_interval_of_no_width():
    run = evaluate(shifted(TRUTH, (3, 4)), TRUTH)

    ends = own_intervals([run], [MEAN_PX, MEDIAN_PX, OUTLIERS])

    assert ends == {MEAN_PX.name: (5, 5), MEDIAN_PX.name: (5, 5), OUTLIERS.name: (0, 0)}


def test_one_image_and_other_kinds_of_figures_have_no_interval():
    assert own_intervals(trained(truth=a_truth(1)), all_metrics()) == {}
    assert own_intervals(trained(), [P95_PX]) == {}


@settings(max_examples=10, deadline=None)
@given(st.floats(0.05, 5), st.integers(0, 99))
def test_millimetres_are_pixels_times_the_spacing(spacing, seed):
    runs = trained(seeds=(seed, seed + 1), truth=a_truth(8), spacing_mm=dict.fromkeys(a_truth(8), (spacing, spacing)))

    ends = own_intervals(runs, all_metrics())

    for which in ("mean", "median"):
        px, mm = (ends[f"{which}_radial_error_{unit}"] for unit in ("px", "mm"))
        assert mm == pytest.approx(np.array(px) * spacing)


def two():
    return compare({"plain": a_prediction(TRUTH, 6.0), "student": a_prediction(TRUTH, 2.0, seed=2)}, TRUTH)


def test_csv_has_the_ends_as_two_columns_and_latex_as_brackets():
    comparison, mean = two(), MEAN_PX.name
    low, high = comparison.row("student").intervals[mean]

    (line,) = [row for row in csv.DictReader(io.StringIO(csv_table(comparison))) if row["run"] == "student"]
    table = error_tables(comparison)[0]
    (told,) = [row for row in csv.DictReader(io.StringIO(table.csv)) if row["Run"] == "student"]

    assert (float(line[f"{mean}_low"]), float(line[f"{mean}_high"])) == (low, high)
    assert float(told["Mean (px)"]) == comparison.row("student").values[mean]
    assert (float(told["Mean (px), low"]), float(told["Mean (px), high"])) == (low, high)
    assert f"({low:.1f} to {high:.1f})" in latex_of(table)


def test_the_ends_of_a_share_are_per_cent_as_the_share_is():
    runs = {"a": a_prediction(TRUTH, 20.0), "b": a_prediction(TRUTH, 30.0, seed=2)}
    comparison = compare(runs, TRUTH, limits=Limits(outlier_px=30))

    (told, _) = csv.DictReader(io.StringIO(detection_table(comparison).csv))

    low, high = comparison.row("a").intervals["outlier_rate"]
    assert float(told["Outliers (%), low"]) == pytest.approx(100 * low)
    assert float(told["Outliers (%), low"]) < float(told["Outliers (%)"]) < float(told["Outliers (%), high"])
    assert high <= 1


def test_page_and_terminal_tell_the_interval_of_every_run():
    comparison = two()
    low, high = comparison.row("student").intervals[MEAN_PX.name]

    page, said = render(comparison, ReportContents()), text_table(comparison)

    assert f"({low:.1f} to {high:.1f})" in page
    assert f"student: mean {comparison.row('student').values[MEAN_PX.name]:.1f} ({low:.1f} to {high:.1f}), med" in said
    assert comparison.to_json()["rows"][1]["intervals"][MEAN_PX.name] == [low, high]
