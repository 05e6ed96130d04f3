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
    return [record.name for record in listing.page(records, 0, 10)]


def test_count_page_and_place_agree(records):
    listing = Listing(split="train")

    assert listing.count(records) == 2
    assert names(listing, records) == ["image_0.png", "image_2.png"]
    assert listing.row_of(records, records.find("image_2.png").image_id) == 1


def test_an_image_that_is_filtered_out_has_no_place(records):
    assert Listing(split="train").row_of(records, records.find("image_1.png").image_id) is None


def test_neighbours_follow_the_filter_or_look_for_unlabelled_images(records):
    first, second, third = (records.find(f"image_{i}.png").image_id for i in range(3))

    assert Listing(split="train").neighbours(records, first) == (None, third)
    assert Listing().neighbours(records, second, unlabelled=True) == (None, third)
