"""Messages in the account's language: whoever branches on their text fails in French."""

from __future__ import annotations

FRENCH = {
    124: "Jeton d'accès non valide.",
    300: "Échec de la validation.",
    429: "Trop de requêtes. Réessayez plus tard.",
    1001: "L'utilisateur n'existe pas.",
    1005: "Cette adresse e-mail est déjà utilisée.",
    1120: "L'invitation est introuvable ou a expiré.",
    3001: "La réunion n'existe pas.",
    3412: "Le nombre maximal de licences est atteint.",
    4130: "Le groupe n'existe pas.",
    4132: "Ce nom de groupe est déjà utilisé.",
    4711: "Jeton d'accès non valide : autorisations manquantes.",
    "401": "La vérification de la signature LTI a échoué(2203).",
}
OTHER = "La demande n'a pas pu être traitée."


def say(message: str, code: int | str, language: str) -> str:
    """The message as this account's language has it; English is the original."""
    return FRENCH.get(code, OTHER) if language == "fr" else message
