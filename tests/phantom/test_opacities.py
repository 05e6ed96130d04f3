import numpy as np
import pytest

from napari_kdland.phantom.opacities import filling, nodules
from napari_kdland.phantom.patient import Nodule, Patch
from tests.phantom.factories import a_chest, a_generator, a_projection, no_findings


def filled(findings, *, side=-1, is_erect=True):
    chest, projection = a_chest(positioning={"is_erect": is_erect}), a_projection()
    lung = chest.lung(side, projection)
    share, _ = filling(chest, lung, findings, projection, a_generator())
    return share, lung


def test_a_healthy_lung_is_full_of_air():
    share, _ = filled(no_findings())

    assert not share.any()


def test_an_effusion_lies_at_the_bottom_and_at_the_wall():
    share, lung = filled(no_findings(effusion=(0.4, 0.0)))
    out, y = lung.outline.out, lung.outline.y

    assert share[(y < 10) & (out > 0)].max() == 0
    assert share[(y > 22) & (out > 12)].min() > 0.8


def test_an_effusion_of_the_other_side_is_not_seen():
    share, _ = filled(no_findings(effusion=(0.0, 0.4)), side=-1)

    assert not share.any()


@pytest.mark.parametrize("change", [{"interstitial": 1.0}, {"congestion": 1.0}, {"effusion": (0.5, 0.5)}])
def test_shares_stay_between_nought_and_one(change):
    share, _ = filled(no_findings(**change), is_erect=False)

    assert 0 <= share.min() <= share.max() <= 1
    assert share.max() > 0.1


def test_a_patch_is_densest_at_its_place():
    share, lung = filled(no_findings(patches=(Patch(-1, (0.5, 0.5), 3.0, 0.8),)))

    row, column = np.unravel_index(np.argmax(share), share.shape)
    assert abs(lung.outline.out[row, column] - 8.3) < 4
    assert share.max() <= 0.8


def test_a_consolidation_has_its_outline_where_it_is_half_as_dense_as_at_its_place():
    chest, projection = a_chest(), a_projection()
    findings = no_findings(patches=(Patch(-1, (0.5, 0.5), 3.0, 0.8),), congestion=1.0)

    share, consolidated = filling(chest, chest.lung(-1, projection), findings, projection, a_generator())

    assert consolidated.any()
    assert share[consolidated].min() >= 0.4 - 1e-9


@pytest.mark.parametrize("change", [{"effusion": (0.5, 0.5)}, {"interstitial": 1.0}, {"congestion": 1.0}])
def test_what_has_no_outline_is_no_consolidation(change):
    chest, projection = a_chest(), a_projection()

    _, consolidated = filling(chest, chest.lung(-1, projection), no_findings(**change), projection, a_generator())

    assert not consolidated.any()


def test_a_nodule_is_as_deep_as_it_is_wide():
    chest, projection = a_chest(), a_projection()
    lung = chest.lung(-1, projection)

    path = nodules(chest, lung, no_findings(nodules=(Nodule(-1, (0.5, 0.5), 1.5, 1.0),)))

    assert path.max() == pytest.approx(3.0, abs=0.05)
