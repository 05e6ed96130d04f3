"""Tests of napari_kdland.evaluation.seeds: what a page says of methods trained with several seeds."""

import re

from napari_kdland.evaluation import FLOOR, compare, evaluate
from napari_kdland.evaluation.judging import judge
from napari_kdland.evaluation.report import ReportContents, render, tables_of
from napari_kdland.evaluation.seeds import OverSeeds, verdicts_of
from tests.evaluation.factories import a_prediction, a_truth

TRUTH = a_truth(12)


def trained(*sds):
    return [evaluate(a_prediction(TRUTH, sd, seed=seed), TRUTH) for seed, sd in enumerate(sds)]


def over_seeds(runs, **references):
    judgement = judge(runs, "plain", references=references)
    drawn = {"plain": "plain-s0", "kd": "kd-s0"}
    return OverSeeds(judgement, verdicts_of(judgement, "plain"), "2 seeds of each", drawn, "seed 0")


def test_two_seeds_that_disagree_show_no_difference_whichever_stands_first():
    plain, kd = trained(4.0, 4.0), trained(1.0, 9.0)

    alone = verdicts_of(judge({"plain": plain[:1], "kd": kd[:1]}, "plain"), "plain")
    both = verdicts_of(judge({"plain": plain, "kd": kd}, "plain"), "plain")
    turned = verdicts_of(judge({"plain": plain, "kd": kd[::-1]}, "plain"), "plain")

    assert alone["kd"].startswith("better than plain")
    assert both["kd"].startswith("no difference shown from plain")
    assert turned["kd"].startswith("no difference shown from plain")


def test_the_floor_is_spoken_of_where_the_baseline_is_not_beaten():
    runs = {"plain": trained(4.0, 4.0), "kd": trained(1.0, 1.0), "bad": trained(30.0, 30.0)}
    judgement = judge(runs, "plain", references={FLOOR: trained(15.0)})

    verdicts = verdicts_of(judgement, "plain")

    assert verdicts["plain"].startswith("better than the mean shape")
    assert "mean shape" not in verdicts["kd"]
    assert "; worse than the mean shape" in verdicts["bad"]


def test_references_are_neither_best_nor_ranked_nor_counted():
    runs = {"plain": trained(4.0, 4.0), "kd": trained(3.0, 3.0), "fpd": trained(2.0, 2.0)}

    with_teachers = judge(runs, "plain", references={"teachers": trained(0.5)})

    without = judge(runs, "plain")
    assert (with_teachers.best, with_teachers.ranking) == (without.best, without.ranking)
    assert with_teachers.against_baseline == without.against_baseline
    assert [test.against for test in with_teachers.against_references] == ["teachers"] * 3


def test_a_page_states_what_all_seeds_say_and_says_which_one_it_draws():
    comparison = compare({"plain-s0": a_prediction(TRUTH, 4.0), "kd-s0": a_prediction(TRUTH, 1.0, seed=1)}, TRUTH)
    of = over_seeds({"plain": trained(4.0, 4.0), "kd": trained(1.0, 9.0)}, teachers=trained(1.0))
    contents = ReportContents(over_seeds=of)

    page = render(comparison, contents)

    shown = page[page.index("What it shows") : page.index("Figures")]
    assert "Of all seeds: 2 seeds of each" in shown
    assert "no difference shown from plain" in shown
    assert "kd-s0" not in shown
    assert "errors averaged over 2 seeds" in shown
    assert len(re.findall("Of seed 0 only", page)) >= 5
    tables = {table.name: table for table in tables_of(comparison, contents)}
    assert dict(tables["tests_baseline"].rows)["kd"][-1].text == "2 and 2"
    assert tables["tests_teachers_1"].title == "Tests against teachers"
    assert tables["landmarks"].caption.endswith("Of seed 0 only.")
    assert "seed" not in tables["tests_baseline"].title
