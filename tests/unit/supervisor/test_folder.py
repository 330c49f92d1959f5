import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.errors import MachineError
from vivavoce.supervisor import folder
from vivavoce.supervisor.folder import LEAST_FREE, Running


@dataclass
class Space:
    f_bavail: int
    f_frsize: int


@given(blocks=st.integers(0, 1 << 20), size=st.sampled_from([512, 4_096, 1 << 20]))
def test_a_full_disk_is_refused_at_exactly_the_limit(
    tmp_path_factory: pytest.TempPathFactory, blocks: int, size: int
) -> None:
    data = tmp_path_factory.getbasetemp()
    if blocks * size >= LEAST_FREE:
        folder.check(data, statvfs=lambda _: Space(blocks, size))
        return
    with pytest.raises(MachineError, match="64 are needed") as refused:
        folder.check(data, statvfs=lambda _: Space(blocks, size))
    assert refused.value.code == "disk_full"


def test_the_folder_is_made(tmp_path: Path) -> None:
    folder.check(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError) as refused:
        folder.check(tmp_path / place)
    assert refused.value.code == "data_not_writable"


def test_a_folder_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    def read_only(_: Path) -> Space:
        raise PermissionError(13, "Permission denied")  # what root, who runs tests, never sees

    with pytest.raises(MachineError, match="Permission denied"):
        folder.check(tmp_path, statvfs=read_only)


def test_one_server_at_a_time(tmp_path: Path) -> None:
    lock = folder.try_lock(tmp_path)
    assert lock is not None
    assert folder.try_lock(tmp_path) is None
    lock.close()
    again = folder.try_lock(tmp_path)
    assert again is not None
    again.close()


def test_the_edge_token_is_made_once_and_private(tmp_path: Path) -> None:
    token = folder.edge_token(tmp_path)
    assert len(token) >= 32
    assert folder.edge_token(tmp_path) == token
    assert stat.S_IMODE((tmp_path / "edge.token").stat().st_mode) == 0o600
    (tmp_path / "edge.token").write_text("\n")
    assert folder.edge_token(tmp_path) not in {"", token}


def test_where_the_server_is_is_told_and_forgotten_by_itself_alone(tmp_path: Path) -> None:
    running = Running(studio_url="http://127.0.0.1:1", pid=os.getpid(), token="t")
    folder.write_running(tmp_path, running)
    assert folder.read_running(tmp_path) == running
    assert folder.is_running(tmp_path)
    folder.forget_running(tmp_path, os.getpid() + 1)
    assert folder.read_running(tmp_path) == running
    folder.forget_running(tmp_path, os.getpid())
    assert not folder.is_running(tmp_path)
    with pytest.raises(MachineError, match="vivavoce serve"):
        folder.read_running(tmp_path)
    folder.forget_running(tmp_path, os.getpid())


def test_a_private_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    file.chmod(0o644)
    with file.open() as reader:
        folder.write_private(file, b"new")
        assert reader.read() == "old"
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
