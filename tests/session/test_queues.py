"""The order in which a queue is gone through; no project here."""

from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.project import Ranking, Scored
from napari_kdland.session.queues import Queue

RANKING = Ranking(1, "disagreement", ("teacher", "student"), "2026-11-29T12:00:00.000+00:00", 0)


def a_queue(*lines):
    found = tuple(Scored(image_id, f"{image_id}.png", "pool", landmark, 1.0) for image_id, landmark in lines)
    return Queue(RANKING, found, of_landmarks=bool(lines and lines[0][1]))


def test_the_next_line_is_the_first_below_whose_image_is_not_reviewed_and_then_from_the_top():
    queue = a_queue((4, ""), (2, ""), (9, ""))

    assert queue.next_after(None, {4}) == 1
    assert queue.next_after(1, {9}) == 0
    assert queue.next_after(2, {2, 9}) == 0
    assert queue.next_after(0, {2, 4, 9}) is None


def test_an_image_alone_has_nothing_after_it():
    assert a_queue((4, "")).next_after(0, ()) is None
    assert a_queue().next_after(None, ()) is None


def test_the_place_of_a_landmark_is_its_own_line_and_else_its_images_first():
    queue = a_queue((4, "apex"), (2, "apex"), (4, "wall"))

    assert queue.place_of(4, "wall") == 2
    assert queue.place_of(4, "angle") == 0
    assert queue.place_of(7, "apex") is None


@given(images=st.lists(st.integers(1, 5), unique=True), done=st.sets(st.integers(1, 5)))
def test_going_on_and_reviewing_visits_every_image_that_was_not_reviewed_once(images, done):
    queue = a_queue(*((image_id, "") for image_id in images))
    seen, place, reviewed = [], None, set(done)
    while (place := queue.next_after(place, reviewed)) is not None:
        seen.append(images[place])
        reviewed.add(images[place])

    assert seen == [image_id for image_id in images if image_id not in done]
