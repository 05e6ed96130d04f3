"""Tests of napari_kdland.jobs.caching."""

import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.anatomy import Regions, load_scheme
from napari_kdland.engine.pool import channel_key, mask_key
from napari_kdland.images import read, to_input
from napari_kdland.jobs.caching import channel_planes, fill_pool, mask_planes
from napari_kdland.jobs.freezing import FrozenImage, FrozenMask
from napari_kdland.project import Project
from tests.makers import a_picture, dots

SIZE = 64


@pytest.fixture
def project(tmp_path):
    """A project of two images, the first with a channel and a mask."""
    with Project.create(tmp_path / "chest.kdland", load_scheme("chest-10")) as project:
        for index in range(2):
            path = a_picture(tmp_path / f"dots_{index}.png", dots(index), seed=index)
            project.records.add(read(path), path)
        bone = a_picture(tmp_path / "bone.png", dots(7), seed=7)
        project.channels.set_many({1: {"bone": (bone, None)}})
        bits = np.zeros((80, 96), dtype=np.uint16)
        bits[10:40, 20:60], bits[30:70, 50:90] = 1, 4
        bits[30:40, 50:60] = 5
        project.masks.save(1, Regions.from_bits(bits, project.scheme.regions), reader="ada")
        yield project


def frozen(project):
    record = project.masks.current([1])[1]
    mask = FrozenMask(record.sha256, record.known)
    return [FrozenImage(one.content_hash, mask=mask if one.image_id == 1 else None) for one in project.records.page()]


def filled(project, *channels, seen=None):
    """Fill the cache with images, channels and masks; gives it with the records that are ready."""
    records = project.records.page(0, -1)
    planes = [*channel_planes(project, records, channels), *mask_planes(project, records, frozen(project))]
    job = fill_pool(project.layout.cache_folder, records, SIZE, planes=planes)
    return events.run(job, None if seen is None else seen.append)


def plane_of(pool, key):
    return np.array(pool.images[pool.indices([key])[0]])


def test_images_alone_are_cached_by_their_content(project):
    records = project.records.page(0, -1)

    pool, ready = events.run(fill_pool(project.layout.cache_folder, records, SIZE))

    assert (len(pool), ready) == (2, tuple(records))
    assert pool.missing([record.content_hash for record in records]) == []


def test_a_channel_is_cached_like_an_image_beside_its_own(project, tmp_path):
    pool, _ = filled(project, "", "standard", "bone", "soft_tissue")

    own = project.records.get(1).content_hash
    expected, placement = to_input(read(tmp_path / "bone.png"), SIZE)
    np.testing.assert_array_equal(plane_of(pool, channel_key(own, "bone")), expected)
    assert pool.placement(channel_key(own, "bone")) == placement == pool.placement(own)
    assert pool.missing([channel_key(own, "soft_tissue")]) == [f"{own}#soft_tissue"]


def test_masks_are_cached_as_flags_of_the_nearest_pixels(project):
    pool, _ = filled(project)

    record = project.masks.current([1])[1]
    own = project.records.get(1).content_hash
    key = mask_key(own, record.sha256)
    flags, placement = plane_of(pool, key), pool.placement(own)
    rows, columns = np.nonzero(flags == 5)
    corners = placement.from_input(np.array([[rows.min(), columns.min()], [rows.max(), columns.max()]]))
    assert key == f"{own}#regions:{record.sha256[:12]}"
    assert set(np.unique(flags)) == {0, 1, 4, 5}
    np.testing.assert_allclose(corners, [[29.5, 49.5], [39.5, 59.5]], atol=1 / placement.scale)


def test_what_is_cached_is_not_read_again(project):
    filled(project, "bone")
    seen = []

    filled(project, "bone", seen=seen)

    assert seen == []


def test_another_file_for_the_same_channel_takes_the_place_of_the_cached_one(project, tmp_path):
    filled(project, "bone")
    other = a_picture(tmp_path / "other.png", dots(8), seed=8)
    project.channels.set_many({1: {"bone": (other, None)}})

    pool, _ = filled(project, "bone")

    key = channel_key(project.records.get(1).content_hash, "bone")
    np.testing.assert_array_equal(plane_of(pool, key), to_input(read(other), SIZE)[0])


def test_a_channel_whose_file_is_gone_is_taken_from_the_cache(project, tmp_path):
    filled(project, "bone")
    (tmp_path / "bone.png").unlink()
    seen = []

    pool, _ = filled(project, "bone", seen=seen)

    assert seen == []
    assert pool.missing([channel_key(project.records.get(1).content_hash, "bone")]) == []


def test_a_channel_of_another_size_is_left_out_and_its_image_stays(project, tmp_path):
    a_picture(tmp_path / "bone.png", dots(7), seed=7, size=(80, 90))
    seen = []

    pool, ready = filled(project, "bone", seen=seen)

    (warned,) = [event.message for event in seen if isinstance(event, events.Warned)]
    assert warned.startswith("bone of dots_0.png is left out: bone.png has 90 x 80 pixels, its image 96 x 80")
    assert len(ready) == 2
    assert pool.missing([channel_key(project.records.get(1).content_hash, "bone")]) != []


@pytest.mark.parametrize(
    ("data", "message"), [(None, "cannot be read: No such file"), (b"x", "is damaged: its content")]
)
def test_a_mask_that_is_lost_is_left_out_with_what_happened(project, data, message):
    path = project.masks.current([1])[1].path
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    seen = []

    _, ready = filled(project, seen=seen)

    (warned,) = [event.message for event in seen if isinstance(event, events.Warned)]
    assert warned.startswith("mask of dots_0.png is left out: The mask file")
    assert message in warned
    assert len(ready) == 2


def test_an_image_that_cannot_be_read_any_more_is_left_out(project, tmp_path):
    (tmp_path / "dots_1.png").unlink()
    seen = []

    _, ready = filled(project, seen=seen)

    assert [record.name for record in ready] == ["dots_0.png"]
    assert any(isinstance(event, events.Warned) and "dots_1.png is left out" in event.message for event in seen)
