"""The RSA keys of those who sign tokens, the key sets they publish, and what a token proves by these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.calls import Json

if TYPE_CHECKING:
    from joserfc.jwk import KeySetSerialization, RSAKey

ALGORITHM = "RS256"
BITS = 2048


class Keys:
    """One key for each signer, made when it is first needed; a campus that starts anew keeps it."""

    def __init__(self) -> None:
        self._made: dict[str, RSAKey] = {}

    def publish(self, signer: str) -> KeySetSerialization:
        """The signer's key set: public parts only (RFC 7517)."""
        return {"keys": [self._find(signer).as_dict(private=False)]}

    def sign(self, signer: str, claims: Json) -> str:
        """The claims as a signed token that names its key."""
        from joserfc import jwt  # the embedded sandbox starts often, and seldom sees a token

        key = self._find(signer)
        return jwt.encode({"alg": ALGORITHM, "typ": "JWT", "kid": key.kid}, claims, key)

    def _find(self, signer: str) -> RSAKey:
        from joserfc.jwk import RSAKey

        if signer not in self._made:
            self._made[signer] = RSAKey.generate_key(BITS, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
        return self._made[signer]


def read_token(token: str, keys: KeySetSerialization) -> Json | None:
    """The claims of a token that one of these keys signed, by RS256 and nothing else; None otherwise."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        return jwt.decode(token, KeySet.import_key_set(keys), algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError):
        return None
