"""Which images a list shows."""

import pytest

from napari_kdland.anatomy import LandmarkState
from napari_kdland.project import Project
from napari_kdland.session.listing import Listing
from tests.session.factories import a_project


@pytest.fixture
def records(tmp_path):
    with Project.open(a_project(tmp_path, splits=("train", "val", "train"))) as project:
        first = project.records.page()[0]
        project.annotations.edit(first.image_id, "apex", LandmarkState.PLACED, (1.0, 1.0), reader="ann")
        yield project.records


def names(listing, records):
    return [record.name for record in records.some(listing.ids(records))]


def test_a_list_holds_what_was_asked_for_in_its_order(records):
    assert names(Listing(split="train"), records) == ["image_0.png", "image_2.png"]
    assert names(Listing(order="known"), records) == ["image_1.png", "image_2.png", "image_0.png"]


def test_neighbours_follow_the_filter_or_look_for_unlabelled_images(records):
    first, second, third = (records.find(f"image_{i}.png").image_id for i in range(3))

    assert Listing(split="train").neighbours(records, first) == (None, third)
    assert Listing().neighbours(records, second, unlabelled=True) == (None, third)
