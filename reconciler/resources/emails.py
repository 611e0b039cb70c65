"""E-mail addresses as kinds hold them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, StringConstraints

_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")


def check_email(value: str) -> str:
    """The address as written, if it is one; no lookup is made."""
    local, _, domain = value.rpartition("@")
    if not (len(local) <= 64 and _PLAIN_LOCAL.fullmatch(local) and _takes_mail(domain)):
        try:
            validate_email(value, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise ValueError(f"not an e-mail address: {error}") from None
    return value


@lru_cache(maxsize=1024)
def _takes_mail(domain: str) -> bool:
    # A campus has thousands of people and a handful of domains, and the whole check takes a while.
    try:
        validate_email(f"a@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


Email = Annotated[str, StringConstraints(max_length=128), AfterValidator(check_email)]
