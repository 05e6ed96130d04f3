"""Live curves of a training."""

import re

import numpy as np
import pytest

from napari_kdland.events import Measured
from napari_kdland.gui.curves import Curves

pytestmark = pytest.mark.gui


@pytest.fixture
def curves(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)
    return curves


def test_losses_and_the_validation_error_are_drawn_over_the_same_steps(curves):
    for step in (1, 2, 3):
        curves.add(Measured(step, {"loss": 3.0 / step, "spatial-kl": 1.0 / step}))
    curves.add(Measured(3, {"val_radial_error_px": 12.5}))

    curves.redraw()

    assert curves.points_of("loss") == ([1, 2, 3], [3.0, 1.5, 1.0])
    assert set(curves._lines) == {"loss", "spatial-kl", "val_radial_error_px"}


def test_the_best_step_is_marked_and_named(curves):
    for step, error in ((10, 30.0), (20, 12.0), (30, 15.0)):
        curves.add(Measured(step, {"val_radial_error_px": error}))

    curves.redraw()

    assert curves.best_text.text() == "best 12.00 px at step 20, now 15.00 px"
    assert curves._best["val_radial_error_px"].getData()[0] == [20]


def test_what_is_learnt_from_is_drawn_beside_val_and_is_never_the_best(curves):
    for step, on_val, on_train in ((10, 30.0, 20.0), (20, 12.0, 3.0), (30, 15.0, 1.5)):
        curves.add(Measured(step, {"val_radial_error_px": on_val, "train_radial_error_px": on_train}))

    curves.redraw()

    assert curves._lines["train_radial_error_px"] in curves._judged["val_radial_error_px"].plotItem.items
    assert curves.best_text.text() == "best 12.00 px at step 20, now 15.00 px; on train 1.50 px"


def test_without_validation_images_the_error_on_train_is_drawn_and_no_step_is_marked(curves):
    curves.add(Measured(10, {"train_radial_error_px": 20.0, "train_dice": 0.25}))

    curves.redraw()

    assert curves.best_text.text() == "on train 20.00 px, Dice 25.0 %"
    assert not curves._judged["val_dice"].isHidden()
    assert len(curves._best["val_radial_error_px"].getData()[0]) == 0


def test_empty_plots_say_when_they_will_be_filled(curves):
    curves.show()
    assert "first steps" in curves._legend.text()

    curves.add(Measured(1, {"loss": 3.0}))
    curves.redraw()
    assert "first steps" not in curves._legend.text()

    curves.clear()
    assert "first steps" in curves._legend.text()


def test_the_legend_names_all_curves_beside_their_plots(curves):
    judged = {"val_radial_error_px": 12.5, "val_dice": 0.5, "train_radial_error_px": 2.5}
    curves.add(Measured(1, {"loss": 3.0, "spatial-kl": 1.0, **judged}))

    curves.redraw()

    named = re.sub("<[^>]*>|&nbsp;", " ", curves._legend.text()).split()
    assert [word for word in named if word not in {"—", "\u2011\u2011"}] == ["loss", "spatial-kl", "val", "train"]


def test_dice_has_a_plot_of_its_own_once_there_is_one(curves):
    curves.add(Measured(10, {"val_radial_error_px": 30.0}))
    curves.redraw()
    assert curves._judged["val_dice"].isHidden()

    curves.add(Measured(20, {"val_radial_error_px": 20.0, "val_dice": 0.5}))
    curves.redraw()

    assert not curves._judged["val_dice"].isHidden()
    assert curves.points_of("val_dice") == ([20], [50.0])


def test_plots_side_by_side_each_show_all_steps(curves, qtbot):
    curves.resize(420, 400)
    curves.show()
    for step in (0, 50, 100):
        curves.add(Measured(step, {"loss": 1.0, "val_radial_error_px": 20.0 - step / 10, "val_dice": 0.5}))
    curves.redraw()
    qtbot.wait(50)

    for plot in curves._judged.values():
        left, right = plot.viewRange()[0]
        assert left <= 0
        assert right >= 100


def test_the_kept_step_is_that_of_least_error_also_where_dice_says_otherwise(curves):
    for step, error, dice in ((10, 12.0, 0.5), (20, 15.0, 0.9)):
        curves.add(Measured(step, {"val_radial_error_px": error, "val_dice": dice}))

    curves.redraw()

    assert curves.best_text.text() == "best 12.00 px, Dice 50.0 % at step 10, now 15.00 px, Dice 90.0 %"
    assert curves._best["val_dice"].getData()[0] == [10]


def test_without_landmarks_dice_leads_and_the_error_has_no_plot(curves):
    for step, dice in ((10, 0.5), (20, 0.9), (30, 0.8)):
        curves.add(Measured(step, {"val_dice": dice}))

    curves.redraw()

    assert curves.best_text.text() == "best Dice 90.0 % at step 20, now Dice 80.0 %"
    assert curves._judged["val_radial_error_px"].isHidden()


def test_a_new_training_begins_with_empty_plots(curves):
    curves.add(Measured(1, {"loss": 1.0, "val_radial_error_px": 3.0}))
    curves.redraw()

    curves.clear()

    assert curves.points_of("loss") == ([], [])
    assert curves._lines == {}
    assert curves.best_text.text() == ""


def test_steps_that_are_taken_again_after_a_crash_replace_what_was_lost(curves):
    for step, loss in ((10, 3.0), (20, 2.0), (30, 1.0), (20, 2.5)):
        curves.add(Measured(step, {"loss": loss}))

    assert curves.points_of("loss") == ([10, 20], [3.0, 2.5])


def test_a_flood_of_numbers_is_drawn_ten_times_a_second_at_most(curves, qtbot, monkeypatch):
    drawn = []
    monkeypatch.setattr(curves, "redraw", lambda: drawn.append(True))
    curves._timer.timeout.disconnect()
    curves._timer.timeout.connect(curves.redraw)

    for step in range(500):
        curves.add(Measured(step, {"loss": 1.0}))
    qtbot.wait(150)

    assert len(drawn) == 1


def test_a_logarithmic_axis_takes_a_loss_of_zero(curves):
    curves._is_log.setChecked(True)
    for step, loss in enumerate((1.0, 0.1, 0.0)):
        curves.add(Measured(step, {"loss": loss}))

    with np.errstate(divide="ignore"):
        curves.redraw()

    assert curves.points_of("loss")[1][-1] == 0.0
