from pathlib import Path

import pytest

from napari_kdland.anatomy import Scheme, load_scheme, ready_made_schemes
from napari_kdland.errors import SchemeError
from tests.anatomy.factories import a_scheme, parsed, scheme_text


@pytest.mark.parametrize("name", ready_made_schemes())
def test_every_ready_made_scheme_has_pairs_of_right_and_left_landmarks_and_titles(name: str):
    scheme = load_scheme(name)

    assert scheme.name == name
    assert all(landmark.title and landmark.description and landmark.colour for landmark in scheme.landmarks)
    assert all("right" in right and "left" in left for right, left in scheme.pairs)


@pytest.mark.parametrize(("name", "count"), [("chest-10", 10), ("chest-8", 8)])
def test_the_ready_made_schemes_have_as_many_landmarks_as_their_names_say(name: str, count: int):
    assert len(load_scheme(name).landmark_names) == count


@pytest.mark.parametrize(("name", "data"), [("chest-10", "wingspan-512"), ("chest-8", "covid-cxr")])
def test_the_ready_made_schemes_name_the_landmarks_of_the_real_data(shared: Path, name: str, data: str):
    lines = (shared / "data" / data / "landmarks_clinical.csv").read_text().splitlines()[1:]

    assert set(load_scheme(name).landmark_names) == {line.split(",")[1] for line in lines}


def test_a_scheme_file_is_read_in_its_own_order(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(scheme_text('[[landmarks]]\nname = "wall"\n[[landmarks]]\nname = "apex"\n'))

    assert load_scheme(path).landmark_names == ("wall", "apex")


def test_an_unknown_ready_made_scheme_is_answered_with_those_that_there_are():
    with pytest.raises(SchemeError, match=r"no ready-made scheme 'chest-9'.*chest-10, .*chest-8"):
        load_scheme("chest-9")


def test_a_missing_scheme_file_is_named(tmp_path: Path):
    with pytest.raises(SchemeError, match=r"Cannot read the scheme file .*gone\.toml"):
        load_scheme(tmp_path / "gone.toml")


def test_a_scheme_file_that_is_not_text_is_refused(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SchemeError, match="Give a TOML text file"):
        load_scheme(path)


def test_a_scheme_file_with_broken_toml_is_refused_with_the_line():
    with pytest.raises(SchemeError, match=r"small\.toml is not valid TOML.*line 3"):
        parsed("[[landmarks\n")


@pytest.mark.parametrize("text", ["landmarks = []", "", "landmarks = []\nregions = []"])
def test_a_scheme_without_anything_to_annotate_is_refused(text: str):
    with pytest.raises(SchemeError, match="a scheme needs at least one landmark or region"):
        parsed(text)


def test_a_scheme_may_have_regions_only():
    scheme = parsed('[[regions]]\nname = "lung"\nbit = 1\n', "regions_overlap = false")

    assert (scheme.landmark_names, scheme.region_names, scheme.regions_overlap) == ((), ("lung",), False)


def test_a_scheme_with_a_landmark_twice_is_refused_with_its_name():
    twice = '[[landmarks]]\nname = "apex"\n' * 2

    with pytest.raises(SchemeError, match="landmark names must be unique; found twice: apex"):
        parsed(twice)


@pytest.mark.parametrize("key", ["pairs", "skeleton"])
def test_pairs_and_skeleton_that_name_unknown_landmarks_are_refused(key: str):
    with pytest.raises(SchemeError, match=f"{key} names landmarks that the scheme does not have: hilum"):
        parsed(head=f'{key} = [["apex", "hilum"]]')


def test_region_pairs_that_name_unknown_regions_are_refused():
    with pytest.raises(SchemeError, match="region_pairs names regions that the scheme does not have: apex, left_lung"):
        parsed(head='region_pairs = [["apex", "left_lung"]]')


def test_a_landmark_in_two_pairs_is_refused():
    landmarks = "".join(f'[[landmarks]]\nname = "{name}"\n' for name in "abc")

    with pytest.raises(SchemeError, match="one pair only"):
        parsed(landmarks, 'pairs = [["a", "b"], ["b", "c"]]')


@pytest.mark.parametrize(
    ("landmarks", "head", "message"),
    [
        ('[[landmarks]]\nname = "apex"\n', "tilte = 'x'", r"tilte is not a key \(allowed: .*title"),
        ('[[landmarks]]\nname = "apex"\ncolor = "#000000"\n', "", r"landmarks\.0\.color is not a key .*colour"),
        ('[[landmarks]]\nname = "apex"\n[[regions]]\nname = "lung"\nbits = 1\nbit = 1\n', "", r"regions\.0\.bits"),
    ],
)
def test_a_misspelt_key_is_answered_with_its_path_and_the_allowed_names(landmarks: str, head: str, message: str):
    with pytest.raises(SchemeError, match=message):
        parsed(landmarks, head)


@pytest.mark.parametrize("name", ["", "Right Apex", "apex-1", "_apex", "åpex"])
def test_landmark_names_are_plain_words(name: str):
    with pytest.raises(SchemeError, match=r"landmarks\.0\.name"):
        parsed(f'[[landmarks]]\nname = "{name}"\n')


def test_a_colour_that_is_no_hex_colour_is_refused():
    with pytest.raises(SchemeError, match=r"landmarks\.0\.colour"):
        parsed('[[landmarks]]\nname = "apex"\ncolour = "red"\n')


def test_a_region_needs_a_bit_of_the_mask_files():
    with pytest.raises(SchemeError, match=r"regions\.0\.bit"):
        parsed('[[landmarks]]\nname = "apex"\n[[regions]]\nname = "lung"\nbit = 0\n')


def test_a_bit_that_mask_files_cannot_hold_is_refused():
    with pytest.raises(SchemeError, match=r"regions\.0\.bit: Input should be less than or equal to 32768"):
        parsed('[[regions]]\nname = "lung"\nbit = 65536\n')


def test_regions_with_one_bit_are_refused():
    regions = '[[regions]]\nname = "a"\nbit = 1\n[[regions]]\nname = "b"\nbit = 1\n'

    with pytest.raises(SchemeError, match="regions a and b share the bit 1"):
        parsed('[[landmarks]]\nname = "apex"\n' + regions)


def test_a_region_whose_bit_is_several_bits_is_refused():
    with pytest.raises(SchemeError, match="region lung has bit 3: one bit is 1, 2, 4"):
        parsed('[[landmarks]]\nname = "apex"\n[[regions]]\nname = "lung"\nbit = 3\n')


def test_a_mirrored_image_swaps_the_landmarks_of_a_pair_and_keeps_the_others():
    scheme = a_scheme("right_apex", "carina", "left_apex", pairs=(("right_apex", "left_apex"),))

    assert scheme.mirrored_order == (2, 1, 0)


def test_a_mirrored_image_swaps_the_regions_of_a_pair():
    assert load_scheme("chest-10").mirrored_region_order == (1, 0, 2)


@pytest.mark.parametrize(("head", "name"), [('channels = ["t1ce", "t1"]', "t1ce"), ("", "standard")])
def test_the_first_channel_is_what_the_images_themselves_are(head: str, name: str):
    assert parsed(head=head).default_channel == name


def test_a_channel_that_is_named_twice_is_refused():
    with pytest.raises(SchemeError, match="channel names must be unique; found twice: bone"):
        parsed(head='channels = ["bone", "bone"]')


@pytest.mark.parametrize("name", ready_made_schemes())
def test_mirroring_twice_changes_nothing(name: str):
    order = load_scheme(name).mirrored_order

    assert [order[index] for index in order] == list(range(len(order)))


def test_a_landmark_without_a_title_is_called_by_its_name_in_words():
    assert a_scheme("right_lung_apex").title_of("right_lung_apex") == "right lung apex"


@pytest.mark.parametrize("name", ready_made_schemes())
def test_a_scheme_survives_being_written_as_plain_values(name: str):
    scheme = load_scheme(name)

    assert Scheme.model_validate(scheme.model_dump(mode="json", exclude_none=True, exclude_defaults=True)) == scheme
