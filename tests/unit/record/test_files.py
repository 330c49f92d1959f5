"""The few ways onto the disk: whole or not at all, and never over what somebody may want back."""

import errno
import os
from pathlib import Path

import pytest

from vivavoce.errors import MachineError
from vivavoce.record import files


def test_a_file_that_cannot_be_replaced_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index.m3u8"
    files.write_atomic(path, b"old")

    def refuse(_file: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(MachineError) as problem, files.told():
        files.write_atomic(path, b"new", durable=True)
    assert problem.value.code == "disk_full"
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["index.m3u8"], "no draft takes up room"


def test_what_is_set_aside_replaces_nothing(tmp_path: Path) -> None:
    for content in (b"1", b"2", b"3"):
        (tmp_path / "a").write_bytes(content)
        files.set_aside(tmp_path / "a", "damaged")
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {"a.damaged": b"1", "a.damaged2": b"2", "a.damaged3": b"3"}


def test_a_file_in_a_folders_place_makes_way(tmp_path: Path) -> None:
    (tmp_path / "opus").write_bytes(b"x")
    files.make_folder(tmp_path / "opus")
    assert (tmp_path / "opus").is_dir()
    assert (tmp_path / "opus.damaged").read_bytes() == b"x"
