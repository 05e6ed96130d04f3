"""Whether a folder lies on a network share, where SQLite's write-ahead log does not work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

_NETWORK = {
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph", "fuse.davfs", "fuse.davfs2",
    "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.smbnetfs", "fuse.sshfs", "gfs2", "glusterfs",
    "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb3", "smbfs", "sshfs", "vboxsf",
    "virtiofs", "vmhgfs", "fuse.vmhgfs-fuse", "webdav", "macfuse",
}  # fmt: skip


def network_filesystem(folder: Path, mounts: str | None = None) -> str:
    """Give the kind of network file system that holds `folder`; empty for a local disk, or where nobody can tell.

    Parameters
    ----------
    folder
        An absolute path.
    mounts
        The system's table of mounts as ``/proc/mounts`` writes it; read from the system where not given.
    """
    if mounts is None:
        if sys.platform == "win32":
            return _on_windows(folder)
        mounts = _table_of_mounts()
    kind = _kind_of(PurePosixPath(folder.resolve().as_posix()), mounts)
    return kind if kind in _NETWORK else ""


def _kind_of(folder: PurePosixPath, mounts: str) -> str:
    best, kind = PurePosixPath("/"), ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = PurePosixPath(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), fields[1]))
        if folder.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, fields[2]
    return kind


def _table_of_mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return _from_macos(_output_of_mount())


def _output_of_mount() -> str:
    try:
        return subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _from_macos(text: str) -> str:
    # "//me@server/share on /Volumes/My share (smbfs, nodev)" -> "share /Volumes/My\040share smbfs"
    found = re.findall(r"^.+? on (/.*?) \((\w+)[,)]", text, re.MULTILINE)
    return "\n".join(f"share {point.replace(' ', chr(92) + '040')} {kind}" for point, kind in found)


if sys.platform == "win32":

    def _on_windows(folder: Path) -> str:
        import ctypes

        remote = 4
        if folder.drive.startswith("\\\\"):
            return "smb"
        return "smb" if ctypes.windll.kernel32.GetDriveTypeW(f"{folder.drive}\\") == remote else ""
