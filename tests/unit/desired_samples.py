"""What tests of load and resolve share: a small folder of desired files, and capabilities written by hand."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from reconciler.errors import ConfigError, Problem
from reconciler.model import Access, Capability, Declared, Setting
from reconciler.resources.base import field_rules, kinds
from reconciler.stages.load import load
from reconciler.stages.resolve import resolve

VERBS = frozenset({"create", "update", "delete"})


def offer(kind: str, required: Iterable[str] = (), **accesses: Access) -> Capability:
    """A capability that offers every field of a kind, some of them otherwise."""
    fields = dict.fromkeys(field_rules(kinds()[kind]), Access.FULL)
    return Capability(kind, VERBS, {**fields, **accesses}, required=frozenset(required))


ZOOM = {
    "user": offer("user", ["email"]),
    "group": offer("group"),
    "course_meeting": offer("course_meeting", ["topic", "host", "schedule"], course=Access.RELATION),
}
LTI = {kind: offer(kind) for kind in ("approved_domain", "lti_credential", "course_link")}
ZOOM_SETTINGS = (
    Setting("account_id", required=True),
    Setting("client_id", required=True),
    Setting("client_secret", required=True, secret=True),
    Setting("plan", choices=("education", "pro")),
)
LTI_SETTINGS = (Setting("zoom", required=True, help="the Zoom account"), Setting("credential", required=True))

LTI_TARGETS = ("zoom-lti", "zoom-east", "zoom-west")
CAPABILITIES: Mapping[str, Mapping[str, Capability]] = {"zoom-main": ZOOM, **dict.fromkeys(LTI_TARGETS, LTI)}
SETTINGS = {"zoom-main": ZOOM_SETTINGS, **dict.fromkeys(LTI_TARGETS, LTI_SETTINGS)}
COMPANIONS = {"zoom-main": "", **dict.fromkeys(LTI_TARGETS, "zoom")}
DRIVERS = ("zoom", "zoom_lti_pro")

BASE: Mapping[str, str] = {
    "reconciler.yaml": """\
version: 1
targets:
  zoom-main: {driver: zoom, account_id: a, client_id: b, client_secret: "${env:ZOOM_SECRET}"}
  zoom-lti: {driver: zoom_lti_pro, zoom: zoom-main, credential: lti-2026}
""",
    "courses.yaml": """\
courses:
  bio101: {context_id: 4f2a9c, domain: https://canvas.example.edu, canvas_course_id: "1042"}
""",
    "zoom-main/people.yaml": """\
users:
  s1: {email: s1@example.edu}
  s2: {email: s2@example.edu}
""",
    "zoom-lti/lti.yaml": """\
lti_credentials:
  lti-2026: {minted_by: tool, version: "1.1", key: KLAIJC9OTI2Hm, secret: "${env:LTI_SECRET}"}
approved_domains:
  canvas: {domain: https://canvas.example.edu}
""",
}


def write_folder(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def declare(root: Path, files: Mapping[str, str | bytes]) -> Declared:
    """Load and resolve BASE with some files added or replaced; raises ConfigError."""
    documents = load(write_folder(root, {**BASE, **files}), "default")
    targets = documents.settings.targets
    return resolve(
        documents,
        {name: found for name, found in CAPABILITIES.items() if name in targets},
        {name: found for name, found in SETTINGS.items() if name in targets},
        companions=COMPANIONS,
        drivers=DRIVERS,
    )


def problems(root: Path, files: Mapping[str, str | bytes]) -> tuple[Problem, ...]:
    """What is wrong with BASE and these files; () if nothing is."""
    try:
        declare(root, files)
    except ConfigError as error:
        return error.problems
    return ()
