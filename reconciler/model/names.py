"""Names as admins write them, brought to the one form that stands in addresses."""

from __future__ import annotations

import re
import unicodedata

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]*")
_FIRST = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")
_REST = _FIRST | frozenset(b"._@+-")


def fold_name(text: str) -> str:
    """Casefolded; a character that may not stand in a name is percent-encoded (UTF-8, lower-case hex).

    "" stays "". Texts that look the same (Unicode NFC) give the same name.
    """
    if text.isascii():
        text = text.lower()
    if _NAME.fullmatch(text):
        return text
    data = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).encode()
    return "".join(
        chr(byte) if byte in (_REST if at else _FIRST) else f"%{byte:02x}" for at, byte in enumerate(data)
    )
