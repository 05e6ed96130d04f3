import threading
import warnings

import pytest

from napari_kdland.images.silence import decoders_kept_quiet


def test_warnings_inside_the_block_are_kept_back():
    with decoders_kept_quiet():
        warnings.warn("padding", stacklevel=1)


def test_warnings_after_the_block_are_heard_again():
    with decoders_kept_quiet():
        pass

    with pytest.warns(UserWarning, match="after"):
        warnings.warn("after", stacklevel=1)


def test_blocks_may_be_nested():
    with decoders_kept_quiet():
        with decoders_kept_quiet():
            pass
        warnings.warn("still inside", stacklevel=1)


def test_the_block_ends_with_an_error_too():
    with pytest.raises(KeyError, match="gone"), decoders_kept_quiet():
        raise KeyError("gone")

    with pytest.warns(UserWarning, match="after"):
        warnings.warn("after", stacklevel=1)


def test_another_thread_is_heard_while_one_reads():
    heard = []

    def warn_on_another_thread():
        try:
            warnings.warn("from elsewhere", stacklevel=1)
        except UserWarning as error:
            heard.append(str(error))

    with decoders_kept_quiet():
        thread = threading.Thread(target=warn_on_another_thread)
        thread.start()
        thread.join()

    assert heard == ["from elsewhere"]


def test_the_filter_is_put_in_place_once():
    for _ in range(3):
        with decoders_kept_quiet():
            pass

    assert sum("_Reading" in str(type(entry[3])) for entry in warnings.filters) == 1
