import pytest

from napari_kdland.images import View
from napari_kdland.images.dicom.view import view_of
from tests.images.factories import a_sequence, an_item


def test_a_file_that_says_nothing_leaves_the_view_open():
    assert view_of(an_item(PatientID="1")) == View()


@pytest.mark.parametrize("name", ["PA", "AP", "ap", "AP SUPINE", "POSTERO-ANTERIOR", "FRONTAL"])
def test_frontal_positions_are_frontal(name):
    assert view_of(an_item(ViewPosition=name)).is_frontal is True


@pytest.mark.parametrize("name", ["LL", "RL", "LATERAL", "L LAT", "LLD", "RLO", "RAO", "MLO", "CC", "AP LATERAL"])
def test_all_other_known_positions_are_not(name):
    assert view_of(an_item(ViewPosition=name)) == View(name, False)


def test_an_unknown_position_is_kept_and_left_open():
    assert view_of(an_item(ViewPosition="XY")) == View("XY", None)


def test_the_position_beats_the_axes():
    view = view_of(an_item(ViewPosition="LL", PatientOrientation=["L", "F"]))

    assert view.is_frontal is False
    assert view.orientation == "L/F"


@pytest.mark.parametrize(
    ("axes", "is_frontal"),
    [
        (["L", "F"], True),
        (["R", "F"], True),
        (["A", "F"], False),
        (["P", "FL"], False),
        (["L", "P"], None),
        (["L"], None),
    ],
)
def test_the_axes_decide_where_no_position_is_given(axes, is_frontal):
    assert view_of(an_item(PatientOrientation=axes)).is_frontal is is_frontal


def test_a_view_code_speaks_by_its_meaning():
    dataset = an_item(ViewCodeSequence=a_sequence(an_item(CodeValue="R-10236", CodeMeaning="left lateral")))

    assert view_of(dataset) == View("left lateral", False)


@pytest.mark.parametrize(
    ("words", "is_frontal"),
    [("W Chest Lat.", False), ("Thorax PA", True), ("Chest PA and lat", None), ("Chest", None), ("LL bed", None)],
)
def test_free_text_decides_last_and_only_where_it_is_clear(words, is_frontal):
    view = view_of(an_item(SeriesDescription=words))

    assert view.is_frontal is is_frontal
    assert view.name == ("" if is_frontal is None else words)


def test_the_protocol_is_asked_where_the_series_is_silent():
    assert view_of(an_item(SeriesDescription="Chest", ProtocolName="Lateral")) == View("Lateral", False)


def test_the_images_laterality_beats_the_series():
    assert view_of(an_item(Laterality="L", ImageLaterality="R")).laterality == "R"
    assert view_of(an_item(Laterality="L")).laterality == "L"
