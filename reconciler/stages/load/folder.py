"""The desired folder: which files it has, their bytes and digests; nothing outside it is ever read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from reconciler.errors import Problem, Where
from reconciler.model.documents import SUFFIXES

OVERLAYS = "environments"
MAPPINGS = "mappings"
"""What targets name by their setting `mapping`; no sections stand there."""


class Folder:
    """Reads files below `root`; `digests` collects path and digest of each that was read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.digests: dict[str, str] = {}
        self._real = root.resolve()

    def list_yaml(self) -> list[str]:
        """Paths below the folder, sorted; hidden ones, overlays and mappings are left out."""
        return sorted(self._walk(self.root))

    def list_overlays(self) -> list[str]:
        """The environments that have an overlay, sorted: the folders in `environments/`."""
        folder = self.root / OVERLAYS
        found = folder.iterdir() if folder.is_dir() else ()
        return sorted(path.name for path in found if path.is_dir() and not path.name.startswith("."))

    def list_overlay(self, environment: str) -> dict[str, str]:
        """The YAML files of one overlay, each by the path of the file it mirrors."""
        folder = self.root / OVERLAYS / environment
        return {path.removeprefix(f"{OVERLAYS}/{environment}/"): path for path in sorted(self._walk(folder))}

    def _walk(self, top: Path) -> Iterator[str]:
        for parent, folders, files in os.walk(top):
            inner = Path(parent).relative_to(self.root)
            kept = (name for name in folders if not name.startswith("."))
            folders[:] = [name for name in kept if (inner / name).as_posix() not in (OVERLAYS, MAPPINGS)]
            for name in files:
                if name.endswith(SUFFIXES) and not name.startswith("."):
                    yield (inner / name).as_posix()

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
