import os
import subprocess
import sys

import pytest

from napari_kdland.project import signs_of_life
from napari_kdland.project.signs_of_life import Sign, is_running, own_sign


def an_ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_this_process_is_running_and_an_ended_one_is_not():
    assert is_running(os.getpid())
    assert not is_running(an_ended_process())


def test_a_process_of_another_user_is_running(monkeypatch: pytest.MonkeyPatch):
    def forbidden(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)

    assert is_running(1)


def test_an_own_sign_is_young_and_here():
    sign = own_sign()

    assert sign.is_here
    assert not sign.is_gone
    assert sign.age < 5


def test_a_process_of_another_machine_cannot_be_called_gone():
    assert not Sign("another machine", an_ended_process(), 0.0).is_gone


def test_an_ended_process_of_this_machine_is_gone():
    assert Sign(own_sign().host, an_ended_process(), 0.0).is_gone


def test_a_clock_that_was_put_back_makes_no_negative_age(monkeypatch: pytest.MonkeyPatch):
    sign = own_sign()
    monkeypatch.setattr(signs_of_life, "moment", lambda: 0.0)

    assert sign.age == 0
