"""Drivers are found by scanning this folder and the entry points; what each needs to open itself."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import entry_points
from types import MappingProxyType
from urllib.parse import urlsplit

from reconciler.errors import IncompleteReading, OriginRefused, ReconcilerError
from reconciler.model.ports import Driver, Opening, Setting
from reconciler.resources.base import Members, SecretRef
from reconciler.resources.group import Group

GROUP = "reconciler.drivers"
"""The entry-point group in which other packages offer drivers."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def drivers() -> Mapping[str, type[Driver]]:
    """Every driver by name: this folder's packages that offer `DRIVER`, and the installed entry points.

    Raises ReconcilerError where two claim one name or an entry point cannot be loaded.
    """
    return _find(tuple(sys.path))


@lru_cache(maxsize=4)
def _find(path: tuple[str, ...]) -> Mapping[str, type[Driver]]:
    found: dict[str, type[Driver]] = {}
    for driver in (*_scan(), *_load_entry_points()):
        if found.setdefault(driver.name, driver) is not driver:
            raise ReconcilerError(
                f"two drivers are named {driver.name!r}: {found[driver.name].__module__} and "
                f"{driver.__module__}; uninstall one of them"
            )
    return MappingProxyType(dict(sorted(found.items())))


def _scan() -> Iterator[type[Driver]]:
    package = importlib.import_module(__package__)
    for info in pkgutil.iter_modules(package.__path__):
        if info.ispkg:
            yield importlib.import_module(f"{__package__}.{info.name}").DRIVER


def _load_entry_points() -> Iterator[type[Driver]]:
    for point in entry_points(group=GROUP):
        try:
            yield point.load()
        except (ImportError, AttributeError) as error:
            raise ReconcilerError(
                f"the driver {point.name!r} ({point.value}) cannot be loaded: {error}; reinstall its package"
            ) from error


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL. Raises OriginRefused unless it is https, or http on loopback."""
    parts = urlsplit(url)
    if not parts.hostname or (
        parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        raise OriginRefused(f"{url!r} is refused: secrets travel by https only; write https://host/path")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].casefold()}"


def read_setting(opening: Opening, declared: Iterable[Setting], name: str, origin: str = "") -> str:
    """A target's setting or its default; a reference is revealed for `origin`.

    Raises OriginRefused or SecretUnavailable, and ReconcilerError for a required setting that is missing.
    """
    rule = next(setting for setting in declared if setting.name == name)
    value = opening.settings.get(name, rule.default)
    if isinstance(value, SecretRef):
        if not origin:
            raise ReconcilerError(f"{opening.target}: the setting {name} cannot be a reference; write it out")
        return opening.secrets.reveal(value, origin)
    if rule.required and not value:
        raise ReconcilerError(f"{opening.target}: the setting {name} is missing; add it to reconciler.yaml")
    return value


@contextmanager
def shaped(operation: str) -> Iterator[None]:
    """Turn an answer of another shape than the vendor documents into IncompleteReading."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise IncompleteReading(
            f"{operation} answered in another shape than documented ({type(error).__name__}: "
            f"{str(error)[:80]!r}); nothing is concluded from it"
        ) from error


def members_follow(group: Group) -> frozenset[str]:
    """The members that are declared, where a creation makes an empty group."""
    return frozenset({"members"} if isinstance(group.members, Members) and group.members.elements else ())
