"""The desired folder: which files it has, their bytes and digests; nothing outside it is ever read."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

from reconciler.errors import Problem, Where

SUFFIXES = (".yaml", ".yml")
OVERLAYS = "environments"


class Folder:
    """Reads files below `root`; `digests` collects path and digest of each that was read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.digests: dict[str, str] = {}
        self._real = root.resolve()

    def list_yaml(self) -> list[str]:
        """Paths below the folder, sorted; hidden files and folders and overlays are left out."""
        return [path for path in self._walk() if path.split("/", 1)[0] != OVERLAYS]

    def list_overlays(self, environment: str) -> list[str]:
        """The files of the overlay of one environment."""
        return [path for path in self._walk() if path.startswith(f"{OVERLAYS}/{environment}/")]

    def _walk(self) -> list[str]:
        found = []
        for parent, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += [
                (Path(parent) / name).relative_to(self.root).as_posix()
                for name in files
                if name.endswith(SUFFIXES) and not name.startswith(".")
            ]
        return sorted(found)

    def list(self, path: str) -> list[str]:
        """The paths of all files below a folder, sorted, hidden ones left out; empty if it is no folder."""
        if not self._is_inside(path):
            return []
        return sorted(
            found.relative_to(self.root).as_posix()
            for found in (self.root / path).rglob("[!.]*")
            if found.is_file() and "__MACOSX" not in found.parts
        )

    def read(self, path: str, named_at: Where) -> bytes | Problem:
        """The bytes of a file below the folder, else why not, placed where the file was named."""
        if not self._is_inside(path):
            what = f"`{path}` leads out of the desired folder"
            return Problem(
                named_at, what, "put the file below the desired folder; links out of it are not followed"
            )
        try:
            data = (self.root / path).read_bytes()
        except FileNotFoundError:
            return Problem(
                named_at, f"there is no file {path}", "check the path; it counts from this file's folder"
            )
        except OSError as error:
            return Problem(named_at, f"{path} cannot be read: {error.strerror}", "check its permissions")
        self.digests[path] = blake2b(data, digest_size=16).hexdigest()
        return data

    def _is_inside(self, path: str) -> bool:
        try:
            return (self.root / path).resolve().is_relative_to(self._real)
        except (OSError, RuntimeError, ValueError):
            return False
