from napari_kdland.evaluation.report_settings import changes_table, efficiency_table, settings_table

RECIPES = {
    "base": {"training.steps": 100, "student.backbone": "light"},
    "kd": {"training.steps": 100, "student.backbone": "enet", "terms.0.loss": "spatial-kl"},
}


def test_only_what_departs_from_the_baseline_is_listed():
    table = changes_table("base", RECIPES)

    rows = {name: [cell.text for cell in cells] for name, cells in table.rows}
    assert rows == {"student.backbone": ["light", "enet"], "terms.0.loss": ["not there", "spatial-kl"]}


def test_equal_recipes_have_no_table_of_changes():
    assert changes_table("base", {"base": RECIPES["base"], "twin": RECIPES["base"]}) is None


def test_settings_that_a_run_does_not_have_are_dashes():
    table = settings_table(["a", "b"], {"a": {"seed": 3, "seconds": 75}, "b": {"seed": 4}})

    assert [(name, [cell.text for cell in cells]) for name, cells in table.rows] == [
        ("Seed", ["3", "4"]),
        ("Training time", ["1 min 15 s", "\N{EN DASH}"]),
    ]


def test_costs_say_where_they_were_timed():
    table = efficiency_table({"a": {"n_parameters": 123_456, "median_ms": 7.25, "how": "cpu, 2 threads"}})

    assert [cell.text for cell in table.rows[0][1]] == ["0.123", "\N{EN DASH}", "\N{EN DASH}", "7.25", "cpu, 2 threads"]
