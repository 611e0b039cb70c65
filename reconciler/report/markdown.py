"""A document as GitHub-flavoured Markdown for a comment: inert whatever it holds, and never too long to post.

A word that Markdown or GitHub would read as anything but itself (a mention, a link, markup, a hash) is put
into a code span, where neither reads anything.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from reconciler.report.document import (
    Block,
    Detail,
    Document,
    Entries,
    Entry,
    Line,
    Listing,
    Paragraph,
    Section,
    Span,
    Table,
    Tone,
    pieces,
    visible,
)

LIMIT = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""

_DETAILS = (
    Detail(),
    Detail(shown=5, folds=True),
    Detail(shown=3, folds=True, fields=False),
    Detail(shown=0, folds=True, fields=False),
    Detail(shown=0, folds=True, fields=False, losses=False),
)

_SHORTENED = (
    "**Shortened to fit a comment.** Removals are listed in full; "
    "the plan file and the HTML report hold everything."
)
_CUT = (
    "**Cut to fit a comment: not every removal is listed here.** "
    "Do not approve from this comment; read the plan file or the HTML report."
)

_RISKY = re.compile(r"[^\w\s.,;:!?%'\"()+/-]|[/:!(]|^_|_$|www\.|^[0-9a-f]{7,40}$|^gh-\d", re.IGNORECASE)
_CLEAR = re.compile(r"\d+(?::\d+)+")
_AFFIXED = re.compile(r"""^(["'(]*)(.*?)([.,;:!?)"']*)$""", re.DOTALL)
_PARTS = re.compile(r" +|(?:\w+: )?\{[^{}]*\}|[^ ]+")  # YAML to paste stays in one piece
_LINE_START = re.compile(r"^(?:([-+])|(\d+)([.)]))")


def render_markdown(write: Callable[[Detail], Document], full: bool = False) -> str:
    """The first rendering, from most to least detail, that is short enough; it says if it was shortened."""
    details = (Detail(shown=None), *_DETAILS[1:]) if full else _DETAILS
    text = ""
    for number, detail in enumerate(details):
        text = _render(write(detail), _SHORTENED if number else "")
        if len(text) < LIMIT:
            return text
    return _cut(_render(write(details[-1]), _CUT))


def _cut(text: str) -> str:
    """At the end of a line, with what is left open closed again."""
    kept = text[: text.rindex("\n", 0, LIMIT - 200)]
    fence = re.findall(r"(?m)^ *(`{3,})", kept)
    closing = f"\n{fence[-1]}" if len(fence) % 2 else ""
    closing += "\n\n</details>" if kept.count("<details>") > kept.count("</details>") else ""
    return f"{kept}{closing}\n\n{_CUT}\n"


def _render(document: Document, note: str) -> str:
    parts = [f"## {_prose(document.title)}", note, *(_line(line) for line in document.lead)]
    for section in document.sections:
        parts += _section(section)
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"### {_prose(section.title)}"
    for block in section.blocks:
        yield _block(block)


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _line(block.line)
    if isinstance(block, Listing):
        return _fenced(block, "")
    if isinstance(block, Table):
        return _table(block)
    return _entries(block)


def _entries(block: Entries) -> str:
    listed = "\n".join(_entry(entry) for entry in block.entries)
    more = f"\n\n{_prose(block.more)}" if block.more else ""
    if block.calm:
        return f"<details><summary>{_summary(block.title)}</summary>\n\n{listed}{more}\n\n</details>"
    return (f"{_line(block.title)}\n\n" if block.title else "") + listed + more


def _entry(entry: Entry) -> str:
    made = [f"- {_line(entry.head)}"]
    for detail in entry.details:
        made.append(_fenced(detail, "    ") if isinstance(detail, Listing) else f"  - {_line(detail)}")
    return "\n".join(made)


def _fenced(listing: Listing, indent: str) -> str:
    lines = [visible(line) for line in listing.lines]
    runs = [len(run) for line in lines for run in re.findall("`+", line)]
    fence = "`" * max([3, *(run + 1 for run in runs)])
    return "\n".join(f"{indent}{line}" for line in [f"{fence}text", *lines, fence])


def _table(table: Table) -> str:
    aligned = ["---:" if at in table.numbers else "---" for at in range(len(table.header))]
    rows = [[_prose(name) for name in table.header], aligned]
    rows += [[_line(cell).replace("|", r"\x7c") or " " for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _summary(line: Line) -> str:
    """A line where Markdown is not read but HTML is: everything in code or escaped."""
    return "".join(
        f"<code>{html.escape(visible(span.text))}</code>"
        if span.tone is Tone.CODE
        else html.escape(visible(span.text))
        for span in line
    )


def _line(line: Line) -> str:
    """Spans as inline Markdown; a line never starts as a list, a heading, a quote or a rule."""
    made = ""
    for part in map(_span, pieces(line)):
        # two code spans side by side would be read as one
        made += f" {part}" if made.endswith("`") and part.startswith("`") else part
    return _LINE_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", made.strip())


def _span(span: Span) -> str:
    if span.tone in (Tone.CODE, Tone.OLD, Tone.NEW):
        return _code(visible(span.text))
    text = _prose(span.text)
    if span.tone is Tone.CUT:
        return f"<del>{text}</del>"
    if span.tone is Tone.ADDED:
        return f"<ins>{text}</ins>"
    if span.tone in (Tone.PLAIN, Tone.MUTED, Tone.LABEL) or not text.strip() or "`" in text:
        return text
    return f"**{text.strip()}**" + " " * (len(text) - len(text.rstrip()))


def _code(text: str) -> str:
    if not text.strip():
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _prose(text: str) -> str:
    """Words as they are; those that could be read as something else in code spans."""
    return "".join(part if part.isspace() else _word(part) for part in _PARTS.findall(visible(text)))


def _word(word: str) -> str:
    match = _AFFIXED.match(word)
    before, body, after = match.groups() if match else ("", word, "")
    if word == "->":
        return "-&gt;"
    if _RISKY.search(body) and not _CLEAR.fullmatch(body):
        return f"{before}{_code(body)}{after}"
    return word
