import csv
import functools

import imageio.v3 as imageio
import numpy as np
import pytest

from napari_kdland.anatomy import Scheme, load_scheme
from napari_kdland.errors import UsageError
from napari_kdland.events import run
from napari_kdland.images import read
from napari_kdland.phantom import make_sample, sample
from napari_kdland.phantom.sample import plan_sample
from napari_kdland.phantom.side_images import CHANNELS, regions_of
from tests.phantom.factories import a_phantom

SCHEME = load_scheme("chest-10-regions")
PLAN = plan_sample(4, 3, 2)


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """A sample with all that may lie beside it."""
    folder = tmp_path_factory.mktemp("rich")
    run(make_sample(folder, count=4, seed=3, annotated=2, channels=True, masks=SCHEME))
    return folder


@functools.cache
def phantom_of(name):
    planned = next(image for image in PLAN if image.name == name)
    return sample.make_phantom(planned.seed, visit=planned.visit)


def test_channels_are_the_dual_energy_pair_pixel_on_pixel(rich):
    rows = rows_of(rich / "channels.csv")

    assert [(row["image"], row["channel"]) for row in rows] == [(i.name, c) for i in PLAN for c in CHANNELS]
    for row in rows[:2]:
        written = imageio.imread(rich / row["path"])
        assert written.dtype == np.uint16
        np.testing.assert_array_equal(written, getattr(phantom_of(row["image"]), row["channel"]))
        assert read(rich / row["path"]).size == read(rich / row["image"]).size


def test_masks_are_exact_and_of_every_image_outside_the_pool(rich):
    names = {image.name for image in PLAN if image.split != "pool"}

    assert {f"{path.stem}.dcm" for path in (rich / "masks").glob("*.png")} == names
    name = sorted(names)[0]
    bits = imageio.imread(rich / "masks" / f"{name[:3]}.png")
    for region in SCHEME.regions:
        np.testing.assert_array_equal((bits & region.bit) > 0, phantom_of(name).masks[region.name])


def test_regions_that_an_image_does_not_have_are_called_absent(rich):
    told = {(row["image"], row["region"]) for row in rows_of(rich / "masks" / "regions.csv")}

    labelled = [image.name for image in PLAN if image.split != "pool"]
    wanted = {(name, region) for name in labelled for region in SCHEME.region_names}
    assert told == {(name, region) for name, region in wanted if not phantom_of(name).masks[region].any()}


def test_what_lies_beside_leaves_the_other_files_as_they_are(rich, tmp_path):
    run(make_sample(tmp_path, count=4, seed=3, annotated=2))

    plain = {path.name for path in tmp_path.iterdir()}
    assert plain == {path.name for path in rich.iterdir()} - {"channels", "channels.csv", "masks"}
    for name in plain - {"README.md"}:
        assert (tmp_path / name).read_bytes() == (rich / name).read_bytes()


def test_the_readme_names_what_lies_beside_and_how_to_make_it_again(rich):
    text = (rich / "README.md").read_text()

    assert "--count 4 --seed 3 --channels --masks chest-10-regions\n" in text
    assert "| `channels.csv` | image,channel,path |" in text
    assert "1 right_lung, 2 left_lung, 4 heart, 8 opacity" in text


def test_a_scheme_with_a_region_that_phantoms_do_not_have_is_refused(tmp_path):
    liver = Scheme.model_validate({"name": "abdomen", "regions": [{"name": "liver", "bit": 1}]})

    with pytest.raises(UsageError, match=r"Phantoms have the regions right_lung, .*the scheme abdomen has liver"):
        run(make_sample(tmp_path, count=1, annotated=0, masks=liver))


def test_where_regions_may_not_overlap_the_later_one_has_the_pixel():
    phantom = next(a_phantom(seed) for seed in range(20) if a_phantom(seed).masks["opacity"].any())
    alone = SCHEME.model_copy(update={"regions_overlap": False})

    regions = regions_of(phantom, alone)

    assert regions.masks.sum(axis=0).max() == 1
    np.testing.assert_array_equal(regions["opacity"], phantom.masks["opacity"])
    np.testing.assert_array_equal(regions.masks.any(axis=0), regions_of(phantom, SCHEME).masks.any(axis=0))
