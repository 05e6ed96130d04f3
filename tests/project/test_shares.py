from pathlib import Path

import pytest

from napari_kdland.project import shares
from napari_kdland.project.shares import network_filesystem

MOUNTS = """\
/dev/vda / ext4 rw,relatime 0 0
/dev/sdc1 /home/ada/data/inner ext4 rw 0 0
server:/export /home/ada/data nfs4 rw,vers=4.2 0 0
//server/share /mnt/My\\040share cifs rw 0 0
/dev/sdb1 /home/ada/data/local xfs rw 0 0
ada@host:/ /mnt/ssh fuse.sshfs rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ada/study.kdland", ""),
        ("/home/ada/data", "nfs4"),
        ("/home/ada/data/study.kdland", "nfs4"),
        ("/home/ada/database/study.kdland", ""),
        ("/home/ada/data/local/study.kdland", ""),
        ("/home/ada/data/inner/study.kdland", ""),
        ("/mnt/My share/study.kdland", "cifs"),
        ("/mnt/ssh/deep/down/study.kdland", "fuse.sshfs"),
    ],
)
def test_the_innermost_mount_tells_whether_a_folder_is_on_a_share(folder: str, kind: str):
    assert network_filesystem(Path(folder), MOUNTS) == kind


def test_a_later_mount_over_the_same_point_counts():
    assert network_filesystem(Path("/mnt/a"), "/dev/a /mnt ext4 rw\nserver:/ /mnt nfs rw\n") == "nfs"


def test_this_machines_own_table_is_read(tmp_path: Path):
    assert network_filesystem(tmp_path) == ""


def test_the_table_of_macos_is_understood():
    text = (
        "/dev/disk1s1 on / (apfs, local, journaled)\n//ada@server/share on /Volumes/My share (smbfs, nodev, nosuid)\n"
    )

    assert network_filesystem(Path("/Volumes/My share/study.kdland"), shares._from_macos(text)) == "smbfs"


def test_without_any_table_a_folder_is_taken_for_local(tmp_path: Path):
    assert network_filesystem(tmp_path, "") == ""
