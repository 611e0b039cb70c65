"""The page of a sessionless launch: the one form on it that a browser would post to the tool, or nothing."""

from __future__ import annotations

from html.parser import HTMLParser

from reconciler.drivers.launch import SIGNATURE, Form
from reconciler.errors import IncompleteReading

LONGEST = 256 * 1024
"""Characters of a page; Canvas's own have a tenth of that."""


def read_form(page: str) -> Form:
    """The signed form. Raises IncompleteReading for any other page than one with exactly one such form.

    What Canvas puts on the page is documented nowhere, so nothing is guessed that could be read otherwise.
    """
    if len(page) > LONGEST:
        raise _odd("it is longer than any")
    reader = _Reader()
    reader.feed(page)
    reader.close()
    if reader.odd or reader.inside:
        raise _odd(reader.odd or "a form does not end")
    signed = [form for form in reader.forms if any(name == SIGNATURE for name, _ in form.pairs)]
    if len(signed) != 1:
        raise _odd(f"{len(signed)} forms on it are signed")
    names = [name for name, _ in signed[0].pairs]
    if len(names) != len(set(names)):
        raise _odd("a field of its form is there twice")
    return signed[0]


def _odd(why: str) -> IncompleteReading:
    return IncompleteReading(f"the page of a launch is not as Canvas makes them: {why}; nothing is concluded")


class _Reader(HTMLParser):
    """Collects the forms that are posted, each with its hidden fields."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.inside = False
        self.odd = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a form, or take a field of the one that is open."""
        found = dict(reversed(attrs))  # of an attribute that is there twice, browsers take the first
        if tag == "form":
            self.odd = self.odd or ("a form is within another" if self.inside else "")
            self.odd = self.odd or (
                "" if (found.get("method") or "").lower() == "post" else "a form is not posted"
            )
            self.inside = True
            self.forms.append(Form(found.get("action") or "", ()))
        elif tag == "input" and self.inside and (found.get("type") or "").lower() == "hidden":
            last = self.forms[-1]
            field = (found.get("name") or "", found.get("value") or "")
            self.forms[-1] = last._replace(pairs=(*last.pairs, field))

    def handle_endtag(self, tag: str) -> None:
        """End the form that is open."""
        if tag == "form":
            self.inside = False
