"""The atlas: where each landmark lies."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.anatomy import Landmarks, LandmarkState, load_scheme
from napari_kdland.evaluation import MeanShape
from napari_kdland.phantom import SCHEMES
from napari_kdland.session.atlas import PHANTOM_SCHEMES, Portrait, atlas_of, knows, make_portrait

CHEST = load_scheme("chest-10").landmark_names


def result_of(job):
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    return folder, result_of(make_portrait(folder))


def test_the_portrait_knows_the_landmarks_of_both_chest_schemes_and_they_lie_on_it(made):
    _, portrait = made

    assert PHANTOM_SCHEMES == SCHEMES
    for scheme in SCHEMES:
        known = portrait.landmarks.reordered(load_scheme(scheme).landmark_names)
        assert known.has_point.all()
        assert (known.points > 0).all()
        assert (known.points < portrait.picture.shape).all()


def test_the_portrait_is_kept_and_read_again(made, monkeypatch):
    folder, portrait = made
    monkeypatch.setattr("napari_kdland.phantom.make_phantom", None)

    again = result_of(make_portrait(folder))

    assert_array_equal(again.picture, portrait.picture)
    assert again.landmarks == portrait.landmarks


def test_a_kept_portrait_that_is_damaged_is_made_anew(made, tmp_path, monkeypatch):
    _, portrait = made
    monkeypatch.setattr("napari_kdland.session.atlas._drawn", lambda: portrait)
    (tmp_path / "atlas-45-256.npz").write_bytes(b"PK half of it")

    assert result_of(make_portrait(tmp_path)) is portrait


def test_a_chest_scheme_is_shown_on_the_portrait(made):
    _, portrait = made

    atlas = atlas_of(CHEST, portrait, None)

    assert atlas.picture is portrait.picture
    assert atlas.landmarks == portrait.landmarks.reordered(CHEST)


def test_a_landmark_that_phantoms_do_not_know_lies_where_the_labels_have_it():
    points = np.array([[50.0, 60.0], [150.0, 60.0], [100.0, 200.0]])
    portrait = Portrait(np.zeros((256, 256), np.uint8), Landmarks.placed(CHEST[:3], points))
    names = (*CHEST[:3], "carina")
    # The labels' chest is half as large, and the carina lies in the middle of the first two landmarks.
    relative = (np.vstack([points, [[100.0, 60.0]]]) * 0.5 + 0.5) / 256

    atlas = atlas_of(names, portrait, MeanShape(names, relative))

    assert_allclose(atlas.landmarks["carina"], [100, 60], atol=1e-6)
    assert_allclose(atlas.landmarks.points[:3], points)


def test_a_scheme_of_something_else_is_its_mean_shape_on_black(made):
    shape = MeanShape(("hilum", "tip"), np.array([[0.5, 0.25], [np.nan, np.nan]]))

    atlas = atlas_of(("hilum", "tip"), made[1], shape)

    assert not atlas.picture.any()
    assert_allclose(atlas.landmarks["hilum"], [127.5, 63.5])
    assert atlas.landmarks.state_of("tip") is LandmarkState.NOT_YET


def test_where_nothing_is_known_there_is_no_atlas(made):
    assert atlas_of(("hilum", "tip"), made[1], None) is None
    assert not knows(("hilum", "tip"))
