import threading
from pathlib import Path

import numpy as np
import pytest

from napari_kdland.anatomy import Placement
from napari_kdland.engine.pool import ImagePool, channel_key, mask_key
from napari_kdland.errors import ProjectError

PLACEMENT = Placement.letterbox((30, 40), (8, 8))


def an_image(value: int) -> np.ndarray:
    return np.full((8, 8), value, dtype=np.uint16)


def a_pool(folder: Path, *values: int) -> ImagePool:
    pool = ImagePool.open(folder, 8)
    for value in values:
        pool.add(f"hash-{value}", an_image(value), PLACEMENT)
    return pool


def test_images_are_found_by_hash_in_a_pool_opened_again(tmp_path: Path):
    a_pool(tmp_path, 7, 65535, 9)

    pool = ImagePool.open(tmp_path, 8)

    places = pool.indices(["hash-9", "hash-65535"])
    assert [pool.images[place, 0, 0] for place in places] == [9, 65535]


def test_images_are_mapped_from_the_disk_and_not_read_into_memory(tmp_path: Path):
    images = a_pool(tmp_path, 1, 2).images

    assert isinstance(images, np.memmap)
    assert (images.mode, images.shape) == ("r", (2, 8, 8))


def test_placements_come_back_as_they_were(tmp_path: Path):
    pool = a_pool(tmp_path, 1)

    assert pool.placement("hash-1") == PLACEMENT


def test_missing_names_what_is_not_cached_in_order(tmp_path: Path):
    pool = a_pool(tmp_path, 2)

    assert pool.missing(["hash-3", "hash-2", "hash-1"]) == ["hash-3", "hash-1"]


def test_an_image_is_stored_once(tmp_path: Path):
    pool = a_pool(tmp_path, 4, 4)

    assert pool.images.shape == (1, 8, 8)


def test_sizes_do_not_mix(tmp_path: Path):
    a_pool(tmp_path, 4)

    assert ImagePool.open(tmp_path, 16).missing(["hash-4"]) == ["hash-4"]


def test_an_empty_pool_has_no_images(tmp_path: Path):
    assert ImagePool.open(tmp_path, 8).images.shape == (0, 8, 8)


def test_what_is_not_cached_has_no_place(tmp_path: Path):
    pool = ImagePool.open(tmp_path, 8)

    with pytest.raises(KeyError, match="hash-1"):
        pool.indices(["hash-1"])
    with pytest.raises(KeyError, match="hash-1"):
        pool.placement("hash-1")


def test_images_of_another_size_or_type_are_refused(tmp_path: Path):
    pool = ImagePool.open(tmp_path, 8)

    with pytest.raises(ValueError, match=r"expected \(8, 8\) uint16, found \(8, 8\) float64"):
        pool.add("a", np.zeros((8, 8)), PLACEMENT)


def test_a_pool_cut_short_is_made_again(tmp_path: Path):
    a_pool(tmp_path, 1, 2)
    (pixels,) = tmp_path.glob("*.uint16")
    pixels.write_bytes(pixels.read_bytes()[:100])

    assert ImagePool.open(tmp_path, 8).missing(["hash-1", "hash-2"]) == ["hash-1", "hash-2"]


def test_a_pool_with_a_damaged_index_is_made_again(tmp_path: Path):
    a_pool(tmp_path, 1)
    (index,) = tmp_path.glob("*.db")
    index.write_bytes(b"this is no database at all" * 100)

    pool = a_pool(tmp_path, 3)

    assert pool.images[pool.indices(["hash-3"])[0], 0, 0] == 3


def test_several_writers_do_not_overwrite_each_other(tmp_path: Path):
    chunks = [range(start, start + 40) for start in (0, 100, 200, 300)]
    ready = threading.Barrier(len(chunks))

    def write(chunk: range) -> None:
        pool = ImagePool.open(tmp_path, 8)
        ready.wait()
        for value in chunk:
            pool.add(f"hash-{value}", an_image(value), PLACEMENT)

    threads = [threading.Thread(target=write, args=(chunk,)) for chunk in chunks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    pool = ImagePool.open(tmp_path, 8)
    everything = [value for chunk in chunks for value in chunk]
    places = pool.indices([f"hash-{value}" for value in everything])
    assert pool.images[places, 3, 3].tolist() == everything


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(ProjectError, match=r"image cache .* cannot be written"):
        ImagePool.open(tmp_path / "file" / "cache", 8)


def test_a_full_disk_leaves_the_pool_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pool = a_pool(tmp_path, 1)
    pixels = next(tmp_path.glob("*.uint16"))
    real_open = Path.open

    def full(path: Path, *arguments: object, **options: object) -> object:
        if path == pixels:
            raise OSError(28, "No space left on device")
        return real_open(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)

    with pytest.raises(ProjectError, match="No space left on device"):
        pool.add("hash-2", an_image(2), PLACEMENT)
    assert len(pool) == 1


def test_a_plane_from_another_source_takes_the_place_of_the_earlier_one(tmp_path: Path):
    pool = ImagePool.open(tmp_path, 8)
    pool.add("a#bone", an_image(1), PLACEMENT, "old.png")
    pool.add("b", an_image(2), PLACEMENT)
    before = pool.images

    pool.add("a#bone", an_image(3), PLACEMENT, "new.png")

    pool.add("c", an_image(4), PLACEMENT)
    assert [pool.images[place, 0, 0] for place in pool.indices(["a#bone", "b", "c"])] == [3, 2, 4]
    assert before[0, 0, 0] == 1


def test_a_plane_from_another_source_than_the_wanted_one_is_missing(tmp_path: Path):
    pool = ImagePool.open(tmp_path, 8)
    pool.add("a#bone", an_image(1), PLACEMENT, "old.png")

    assert pool.missing(["a#bone"], {"a#bone": "new.png"}) == ["a#bone"]
    assert pool.missing(["a#bone"], {"a#bone": "old.png"}) == pool.missing(["a#bone"]) == []


def test_keys_of_channels_and_masks_stand_beside_that_of_their_image():
    assert channel_key("abc", "bone") == "abc#bone"
    assert mask_key("abc", "0123456789abcdef") == "abc#regions:0123456789ab"
