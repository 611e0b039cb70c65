"""Where a ledger may lie: on a disk of this machine, never on a network share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from reconciler.errors import LedgerError

Mounts = Callable[[], str]
"""Tells the mount table in the form of Linux's /proc/mounts, "" where there is none."""

NETWORK_FILE_SYSTEM = re.compile(
    r"(fuse\.)?(afs|beegfs|ceph|cephfs|cifs|coda|curlftpfs|davfs2?|gcsfuse|gfs2|glusterfs|goofys|gpfs|juicefs"
    r"|lustre|mfs|ncpfs|nfs4?|ocfs2|orangefs|pvfs2|rclone|s3fs|smb[23]?|smbfs|smbnetfs|sshfs)"
)


def read_mounts() -> str:
    """Linux's mount table; "" on other systems."""
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def refuse_network_share(path: Path, mounts: Mounts) -> None:
    """Raise LedgerError if `path` lies on a network file system; a system without a mount table passes."""
    file_system, point = find_mount(path.resolve(), mounts())
    if NETWORK_FILE_SYSTEM.fullmatch(file_system):
        raise LedgerError(
            f"{path}: a ledger cannot lie on a network file system ({file_system}, mounted at {point}): "
            "its locks cannot be trusted there, and two runs could write at once; "
            "move the state folder to a local disk"
        )


def find_mount(path: Path, table: str) -> tuple[str, str]:
    """The file system's type and mount point of an absolute path; the last of equal points is on top."""
    found, depth = ("", ""), 0
    for line in table.splitlines():
        _, point, file_system, *_ = [*line.split(" "), "", "", ""]
        mount = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point))
        if path.is_relative_to(mount) and len(mount.parts) >= depth:
            found, depth = (file_system, str(mount)), len(mount.parts)
    return found
