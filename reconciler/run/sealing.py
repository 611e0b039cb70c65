"""A snapshot as one sealed file: without the key nobody reads it, changes it or makes one."""

from __future__ import annotations

import base64
import zlib
from dataclasses import fields
from typing import Any

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from reconciler.errors import ReconcilerError
from reconciler.model.codec import decode_values, encode_values
from reconciler.model.snapshot import Snapshot

FORMAT = 1
"""Of the file; its header tells it before anything is opened."""
TYPE = "reconciler-snapshot"
PURPOSE = "snapshot"
"""What the key is derived for."""
MOST = 256 * 1024 * 1024
"""Bytes of a snapshot, sealed or opened: several times what 50,000 people take."""

AGAIN = "take it again: reconciler state snapshot --out FILE"
_ALGORITHMS = {"alg": "dir", "enc": "A256GCM"}


class _Registry(jwe.JWERegistry):
    max_ciphertext_length = MOST


_REGISTRY = _Registry(algorithms=tuple(_ALGORITHMS.values()), strict_check_header=False)


def seal(snapshot: Snapshot, key: bytes) -> str:
    """JWE in its compact form (RFC 7516): AES-256-GCM by the key itself, header and content as one."""
    members = {field.name: getattr(snapshot, field.name) for field in fields(snapshot)}
    header = {**_ALGORITHMS, "typ": TYPE, "format": FORMAT, "environment": snapshot.environment}
    content = zlib.compress(encode_values(**members))
    return jwe.encrypt_compact(header, content, OctKey.import_key(key), registry=_REGISTRY)


def unseal(text: str, key: bytes, environment: str, name: str) -> Snapshot:
    """What `seal` sealed for this environment; `name` is the file's.

    Raises ReconcilerError for anything else, whatever is wrong with it, and PlanRefused where another version
    of reconciler wrote the content.
    """
    header = _read_header(text, name)
    if header.get("format") != FORMAT:
        raise ReconcilerError(
            f"{name} has format {header.get('format')!a:.20}, this version reads format {FORMAT}; {AGAIN}"
        )
    if header.get("environment") != environment:
        raise ReconcilerError(
            f"{name} is of environment {header.get('environment')!a:.80}, not {environment}; say which with "
            "--environment"
        )
    if text.count(".") != 4:
        raise ReconcilerError(f"{name} is cut short; fetch it again, or {AGAIN}")
    try:
        opened = jwe.decrypt_compact(text, OctKey.import_key(key), registry=_REGISTRY)
    except (JoseError, ValueError):
        raise ReconcilerError(
            f"{name} does not open: it was sealed with another key, is cut short, or was changed; check that "
            f"snapshot_key is the same secret here and where it was taken, or {AGAIN}"
        ) from None
    remedy = f"another version of reconciler took it; {AGAIN}"
    made: Snapshot = decode_values(_expand(opened.plaintext or b"", name), Snapshot, name, remedy)
    return made


def _read_header(text: str, name: str) -> dict[str, Any]:
    first = text.partition(".")[0]
    try:
        header = orjson.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("typ") != TYPE:
        raise ReconcilerError(f"{name} is no snapshot; {AGAIN}")
    return header


def _expand(content: bytes, name: str) -> bytes:
    opened = zlib.decompressobj()
    made = opened.decompress(content, MOST)
    if opened.unconsumed_tail:
        raise ReconcilerError(f"{name} holds over {MOST >> 20} MB; take it with --target, one at a time")
    return made
