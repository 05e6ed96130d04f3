from napari_kdland.evaluation.found_by import NOT_RECORDED, FoundBy, FoundOfRun, in_one_line

HEATMAP, VIEWS = FoundBy("heatmap", 5, "now"), FoundBy("views", 1, "now")


def test_one_way_is_told_without_a_problem():
    found = FoundOfRun.of([HEATMAP, HEATMAP], labels="now")

    assert found.words == "heatmap, calibrated on 5 images of val"
    assert (found.is_mixed, found.is_stale, found.problem("kd")) == (False, False, "")


def test_what_nobody_wrote_down_is_not_recorded_and_no_problem():
    found = FoundOfRun.of([NOT_RECORDED] * 3, labels="now")

    assert (found.words, found.problem("kd")) == ("not recorded", "")
    assert found.to_json()["found_by"] == [{"way": None, "calibrated_on": 0, "images": 3}]


def test_several_ways_in_one_figure_are_told_with_their_images():
    found = FoundOfRun.of([HEATMAP, VIEWS, HEATMAP, FoundBy("views")], labels="now")

    said = (
        "heatmap, calibrated on 5 images of val (2); views, calibrated on 1 image of val (1); views, not calibrated (1)"
    )
    assert found.words == f"mixed: {said}"
    assert "of kd are not of one kind (mixed: heatmap" in found.problem("kd")


def test_labels_that_changed_since_are_told():
    found = FoundOfRun.of([HEATMAP], labels="later")

    assert found.words.endswith("labels of val have changed since")
    assert "before its uncertainty is judged" in found.problem("kd")
    assert not FoundOfRun.of([FoundBy("heatmap")], labels="later").is_stale


def test_the_same_way_on_other_labels_is_mixed_and_named_once():
    found = FoundOfRun.of([HEATMAP, FoundBy("heatmap", 5, "before")], labels="now")

    assert found.words.startswith("mixed: heatmap, calibrated on 5 images of val (2)")


def test_runs_of_one_way_are_named_together():
    heatmap, nothing = FoundOfRun.of([HEATMAP], labels="now"), FoundOfRun()

    assert in_one_line({"a": heatmap, "b": heatmap, "c": nothing}) == "a, b: heatmap, calibrated on 5 images of val"
    assert in_one_line({"c": nothing}) == ""
