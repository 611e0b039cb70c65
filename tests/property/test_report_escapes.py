"""Whatever a vendor or a person wrote, a report shows it and obeys none of it."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconciler.model import Plan, Report
from reconciler.model.codec import decode_plan
from reconciler.report import Format, Style, redact, render_drift, render_plan, render_report, render_status
from reconciler.report.document import Document, Entries, Entry, Section, Span, Table, Tone, visible
from reconciler.report.markdown import LIMIT, render_markdown
from tests.property.plans import NASTY, plans, reports, texts
from tests.snapshot import samples

CALM = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
COLOUR = re.compile(r"\x1b\[(?:0|1|2|31|32|33|1;31)m")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
SUMMARY = re.compile(r"<details><summary>(?:<code>[^<>]*</code>|[^<>])*</summary>\n?")
READ_BY_GITHUB = re.compile(r"@|://|www\.|#\d|\bGH-\d|\$|:\w+:", re.IGNORECASE)


FOREIGN = {"link_open", "image", "hr", "blockquote_open", "code_block", "em_open", "s_open"}


def check_terminal(text: str) -> None:
    """Nothing but visible characters, line ends and, at most, our own colours."""
    rest = COLOUR.sub("", text).replace("\n", "")
    assert visible(rest) == rest


def walk(tokens: list[Token]) -> list[Token]:
    return [inner for token in tokens for inner in [token, *walk(token.children or [])]]


def check_markdown(text: str) -> None:
    """Only the structure we write: no link, image, foreign heading or HTML; no mention outside code."""
    assert len(text) < LIMIT
    assert visible(text.replace("\n", "")) == text.replace("\n", "")
    for token in walk(MARKDOWN.parse(text)):
        assert token.type not in {
            "link_open",
            "image",
            "hr",
            "blockquote_open",
            "code_block",
            "em_open",
            "s_open",
        }
        if token.type == "heading_open":
            assert token.tag in ("h2", "h3")
        if token.type == "html_inline":
            assert token.content in ("<del>", "</del>", "<ins>", "</ins>")
        if token.type == "html_block":
            assert SUMMARY.fullmatch(token.content) or token.content.strip() == "</details>"
        if token.type == "text":
            assert not READ_BY_GITHUB.search(token.content), token.content


ELEMENTS = set(
    re.findall(
        r"\w+",
        "html head meta title style body header main section h1 h2 h3 p ul li code strong span del ins pre "
        "div table caption thead tbody tr th td details summary",
    )
)
ATTRIBUTES = {"aria-labelledby", "charset", "class", "content", "http-equiv", "id", "lang", "name"}
ATTRIBUTES |= {"open", "scope", "tabindex"}


class Page(HTMLParser):
    """What a page consists of; fails on an element or attribute that we do not write."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS
        assert {name for name, _ in attrs} <= ATTRIBUTES
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += "" if self.open and self.open[-1] == "style" else data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def check_html(text: str) -> Page:
    """Well nested, only our elements and attributes, nothing unseen."""
    assert visible(text.replace("\n", "")) == text.replace("\n", "")
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open
    return page


def check_json(text: str) -> None:
    """One object, on one line, in which everything unseen is spelled out."""
    assert isinstance(json.loads(text), dict)
    line = text.removesuffix("\n")
    assert not {character for character in line if character.isascii() and visible(character) != character}


CHECKS = {"terminal": check_terminal, "markdown": check_markdown, "html": check_html, "json": check_json}
FORMATS: tuple[Format, ...] = ("terminal", "markdown", "html", "json")


@pytest.mark.parametrize("format", FORMATS)
@CALM
@given(plan=plans(), full=st.booleans())
@example(plan=samples.hostile(), full=False)
@example(plan=samples.hostile(), full=True)
def test_a_plan_is_inert(format: Format, plan: Plan, full: bool) -> None:
    style = Style(format, colour=True, full=full)
    for text in (render_plan(plan, style), render_status(plan, style), render_drift(plan, style)):
        CHECKS[format](text)


@pytest.mark.parametrize("format", FORMATS)
@CALM
@given(report=reports())
def test_a_report_is_inert(format: Format, report: Report) -> None:
    CHECKS[format](render_report(report, Style(format, colour=True)))


@settings(max_examples=300)
@given(st.lists(st.builds(Span, texts(), st.sampled_from(sorted(Tone))), max_size=4))
def test_any_line_is_inert(spans: list[Span]) -> None:
    section = Section("Any", (Entries((Entry(tuple(spans), (tuple(spans),)),), tuple(spans), calm=True),))
    check_markdown(render_markdown(lambda _: Document("Any", (tuple(spans),), (section,))))


@given(texts(), texts())
def test_code_spans_side_by_side_stay_apart(one: str, two: str) -> None:
    spans = (Span(one, Tone.CODE), Span(two, Tone.CODE))
    tokens = walk(MARKDOWN.parse(render_markdown(lambda _: Document("Any", (spans,)))))
    said = [visible(text) for text in (one, two) if text.strip(" ")]
    assert [token.content.strip() for token in tokens if token.type == "code_inline"] == [
        text.strip() for text in said
    ]


@settings(max_examples=200)
@given(st.lists(texts(), min_size=2, max_size=4), st.sampled_from((Tone.PLAIN, Tone.CODE)))
def test_a_table_keeps_its_columns(cells: list[str], tone: Tone) -> None:
    table = Table("Any", tuple("abcd"[: len(cells)]), (tuple((Span(cell, tone),) for cell in cells),))
    text = render_markdown(lambda _: Document("Any", (), (Section("Any", (table,)),)))
    check_markdown(text)
    tokens = walk(MARKDOWN.parse(text))
    assert sum(token.type == "td_open" for token in tokens) == len(cells)
    row = [token for token in tokens if token.type == "inline" and token.level == 4][len(cells) :]
    assert [bool(token.content.strip()) for token in row] == [bool(cell.strip(" ")) for cell in cells]


@given(texts())
def test_what_is_visible_is_seen(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown
    if text.isascii() and text.isprintable():
        assert shown == text


@pytest.mark.parametrize("text", [text for text in NASTY if text.strip()])
def test_nothing_of_a_text_is_lost(text: str) -> None:
    plan = samples.hostile()
    plan = dataclasses.replace(plan, changes=(dataclasses.replace(plan.changes[2], label=text),))
    shown = " ".join(visible(text).split())
    assert shown in " ".join(render_plan(plan, Style(width=10_000)).split())
    assert shown in " ".join(check_html(render_plan(plan, Style("html"))).words.split())
    tokens = walk(MARKDOWN.parse(render_plan(plan, Style("markdown"))))
    said = "".join(token.content for token in tokens if token.type in ("text", "code_inline"))
    assert "".join(shown.split()) in "".join(said.split())


@CALM
@given(plans())
def test_a_redacted_plan_names_nobody(plan: Plan) -> None:
    redacted = redact(plan, b"key")
    assert redacted.partial
    assert redacted.digest == plan.digest
    assert redact(plan, b"key") == redacted
    assert len(redacted.changes) == len(plan.changes)
    for before, after in zip(plan.changes, redacted.changes, strict=True):
        assert before.verb == after.verb
        if before.address.kind == "user":
            assert re.fullmatch(r"person-[0-9a-f]{8}", after.address.name)
            assert after.label in ("", after.address.name)
            assert after.remote_id in ("", after.address.name)
        else:
            assert before.address == after.address


def test_a_page_loads_and_runs_nothing() -> None:
    text = render_plan(samples.rich(), Style("html"))
    assert "default-src 'none'; style-src 'sha256-" in text
    assert "url(" not in text
    assert "@import" not in text


def test_the_json_format_is_the_plan_file() -> None:
    assert decode_plan(render_plan(samples.hostile(), Style("json")).encode()) == samples.hostile()
