import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from napari_kdland.images.dicom.header import items, number, numbers, put, scopes, text, value
from napari_kdland.images.silence import decoders_kept_quiet
from tests.images.factories import a_sequence, an_item


def a_raw(keyword, vr, content):
    """A data set whose one element has not been parsed yet, as after reading."""
    dataset = Dataset()
    tag = Tag(keyword)
    dataset._dict[tag] = RawDataElement(tag, vr, len(content), content, 0, False, True)
    return dataset


def test_an_absent_or_empty_value_is_none():
    assert value(Dataset(), "Rows") is None
    assert value(an_item(PatientID=""), "PatientID") is None


def test_a_value_that_cannot_be_parsed_is_none():
    with decoders_kept_quiet():
        assert value(a_raw("Rows", "US", b"\1\0\2"), "Rows") is None


def test_text_loses_its_padding_and_joins_several_values():
    assert text(an_item(PatientOrientation=["L ", "F\0"]), "PatientOrientation") == "L/F"


def test_text_that_swallowed_its_neighbours_is_cut_and_printable():
    with decoders_kept_quiet():
        found = text(a_raw("PatientID", "LO", b"1\n2\0" + b"x" * 500), "PatientID")

    assert found.startswith("12")
    assert len(found) <= 64


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"0.2\\0.3 ", (0.2, 0.3)), (b"0,2", ()), (b"nan", ()), (b"1e999", ()), (b"", ()), (b" 7", (7,))],
)
def test_numbers_are_finite_or_none_at_all(content, expected):
    with decoders_kept_quiet():
        assert numbers(a_raw("PixelSpacing", "DS", content), "PixelSpacing") == expected


def test_a_number_is_the_first_of_several():
    assert number(an_item(WindowCenter=[40, 50]), "WindowCenter") == 40
    assert number(Dataset(), "WindowCenter") is None


def test_a_damaged_value_can_be_replaced():
    dataset = a_raw("Rows", "U?", b"\1\0\2")

    put(dataset, "Rows", 7)

    assert dataset.Rows == 7


def test_items_of_what_is_no_sequence_are_none():
    assert items(Dataset(), "VOILUTSequence") == []
    assert items(an_item(PatientID="x"), "PatientID") == []


def test_a_frames_own_group_comes_before_the_shared_one_and_the_file():
    def group(number_of):
        return an_item(PixelMeasuresSequence=a_sequence(an_item(PixelSpacing=[number_of, number_of])))

    dataset = an_item(
        PerFrameFunctionalGroupsSequence=a_sequence(group(1), group(2)),
        SharedFunctionalGroupsSequence=a_sequence(group(3)),
        PixelSpacing=[4, 4],
    )

    found = [numbers(scope, "PixelSpacing")[0] for scope in scopes(dataset, "PixelMeasuresSequence", 1)]

    assert found == [2, 3, 4]
