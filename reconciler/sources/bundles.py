"""A folder or a zip of CSV files, seen alike; only what is asked for is unpacked, and never without limit."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.errors import Problem, Where
from reconciler.sources.base import Files

MAX_BYTES = 512 * 1024 * 1024
"""What the files taken from one zip may hold together, unpacked."""
MAX_FILES = 2000


class Bundle(ABC):
    """CSV files below one place. `names` are their paths, also the places of their rows, sorted."""

    names: Sequence[str]

    @abstractmethod
    def read(self, name: str) -> bytes | Problem:
        """The bytes of one of `names`, else why not."""


@dataclass(frozen=True, slots=True)
class Folder(Bundle):
    """The CSV files of a folder below the desired folder, or a single one."""

    files: Files
    names: Sequence[str]
    where: Where

    def read(self, name: str) -> bytes | Problem:
        """The bytes of one of `names`, else why not."""
        return self.files.read(name, self.where)


@dataclass(slots=True)
class Archive(Bundle):
    """The CSV files of a zip, named as if it were a folder; `left` bytes may still be unpacked."""

    file: str
    archive: zipfile.ZipFile
    names: Sequence[str]
    left: int = MAX_BYTES

    def read(self, name: str) -> bytes | Problem:
        """The bytes of one of `names`, else why not."""
        try:
            with self.archive.open(name.removeprefix(f"{self.file}/")) as member:
                data = member.read(self.left + 1)
        except RuntimeError:
            return Problem(Where(self.file), f"{name} is encrypted", "export it without a password")
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            return Problem(Where(self.file), f"{name} cannot be unpacked: {error}", "export it again")
        if len(data) > self.left:
            what = f"its files hold more than {MAX_BYTES // 2**20} MiB together"
            return Problem(Where(self.file), what, "unpack it into a folder, if that is meant")
        self.left -= len(data)
        return data


def open_bundle(files: Files, path: str, where: Where) -> Bundle | Problem:
    """The CSV files of a folder, of a zip (`.zip`), or one by itself (`.csv`), hidden ones left out."""
    if path.casefold().endswith(".zip"):
        data = files.read(path, where)
        return data if isinstance(data, Problem) else _open_zip(path, data)
    single = path.casefold().endswith(".csv")
    names = [path] if single else [name for name in files.list(path) if _is_table(name.removeprefix(path))]
    if not names:
        what = f"there is no folder {path} with CSV files"
        return Problem(where, what, "check the path; it counts from this file's folder")
    return Folder(files, names, where)


def _open_zip(path: str, data: bytes) -> Bundle | Problem:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        return Problem(Where(path), f"the file is no zip: {error}", "export it again")
    names = [name for name in archive.namelist() if _is_table(name)]
    if len(archive.namelist()) > MAX_FILES or len(set(names)) < len(names):
        what = f"the zip holds a file twice, or more than {MAX_FILES} files"
        return Problem(Where(path), what, "export it again")
    return Archive(path, archive, sorted(f"{path}/{name}" for name in names))


def _is_table(name: str) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in name.strip("/").split("/"))
    return posixpath.basename(name).casefold().endswith(".csv") and not hidden
