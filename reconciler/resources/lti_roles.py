"""Roles of LTI: one canonical name each, its spellings in LTI 1.1 and 1.3, and what platforms really send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

from reconciler.errors import suggest

Platform = Literal["canvas", "moodle", "d2l", "blackboard", "sakai", "open_edx"]
Version = Literal["1.1", "1.3"]
Scope = Literal["context", "institution", "system", "custom"]

LITERAL = "custom:"
"""What stands before a text that is taken as it is: a platform's own role, in no vocabulary."""


class Role(NamedTuple):
    """One role. Written as `Instructor`, `Instructor/Lecturer`, `institution/Staff`, `system/SysAdmin`."""

    scope: Scope
    name: str
    sub: str = ""

    def __str__(self) -> str:
        if self.scope == "custom":
            return LITERAL + self.name
        return "/".join(filter(None, ("" if self.scope == "context" else self.scope, self.name, self.sub)))


_CONTEXT: Mapping[str, str] = {
    "Learner": "Learner NonCreditLearner GuestLearner ExternalLearner Instructor",
    "Instructor": "PrimaryInstructor Lecturer GuestInstructor ExternalInstructor",
    "ContentDeveloper": "ContentDeveloper Librarian ContentExpert ExternalContentExpert",
    "Member": "Member",
    "Manager": "AreaManager CourseCoordinator Observer ExternalObserver",
    "Mentor": "Mentor Reviewer Advisor Auditor Tutor LearningFacilitator ExternalMentor ExternalReviewer "
    "ExternalAdvisor ExternalAuditor ExternalTutor ExternalLearningFacilitator",
    "Administrator": "Administrator Support Developer SystemAdministrator ExternalSystemAdministrator "
    "ExternalDeveloper ExternalSupport",
    "TeachingAssistant": "TeachingAssistantSection TeachingAssistantSectionAssociation "
    "TeachingAssistantOffering TeachingAssistantTemplate TeachingAssistantGroup Grader",
}
_INSTITUTION = (
    "Student Faculty Member Learner Instructor Mentor Staff Alumni ProspectiveStudent Guest Other "
    "Administrator Observer None"
)
_SYSTEM = "SysAdmin SysSupport Creator AccountAdmin User Administrator None"
_ONLY_1_3: tuple[Role, ...] = (
    Role("context", "Officer"),
    *(
        Role("context", "Officer", sub)
        for sub in ("Chair", "Communications", "Secretary", "Treasurer", "Vice-Chair")
    ),
    Role("context", "Instructor", "SecondaryInstructor"),
    Role("context", "Instructor", "Instructor"),
    Role("context", "Manager", "Manager"),
    Role("system", "TestUser"),
)
_LIS_2 = "http://purl.imsglobal.org/vocab/lis/v2"
_URN = {"context": "role", "institution": "instrole", "system": "sysrole"}


def _vocabulary_1_1() -> tuple[Role, ...]:
    found = []
    for name, subs in _CONTEXT.items():
        found += [Role("context", name), *(Role("context", name, sub) for sub in subs.split())]
    found += [Role("institution", name) for name in _INSTITUTION.split()]
    return (*found, *(Role("system", name) for name in _SYSTEM.split()))


VOCABULARIES: Mapping[Version, tuple[Role, ...]] = {
    "1.1": _vocabulary_1_1(),
    "1.3": (*_vocabulary_1_1(), *_ONLY_1_3),
}
"""LTI 1.1.1 implementation guide, appendix A.2; LTI 1.3 core specification, appendix A.2."""


def spell_urn(role: Role) -> str:
    """As LTI 1.1 writes it out."""
    return f"urn:lti:{_URN[role.scope]}:ims/lis/{'/'.join(filter(None, role[1:]))}"


def spell_bare(role: Role) -> str:
    """As a handle; LTI 1.1 allows that for context roles only, and platforms do it for others too."""
    return "/".join(filter(None, role[1:]))


def spell_uri(role: Role) -> str:
    """As LTI 1.3 writes it: there a teaching assistant is a sort of instructor."""
    if role == Role("system", "TestUser"):
        return "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
    if role.scope != "context":
        return f"{_LIS_2}/{role.scope}/person#{role.name}"
    name, sub = role[1:]
    if name == "TeachingAssistant":
        name, sub = "Instructor", sub or name
    return f"{_LIS_2}/membership/{name}#{sub}" if sub else f"{_LIS_2}/membership#{name}"


_ASSISTANT = Role("context", "TeachingAssistant")
MISSPELT: Mapping[str, Role] = {
    f"{_LIS_2}/membership/instructor#TeachingAssistant": _ASSISTANT,  # Canvas, for its older tools
    f"{_LIS_2}/membership#Instructor#TeachingAssistant": _ASSISTANT,  # Sakai
    f"{_LIS_2}/person#None": Role("system", "None"),  # Canvas, for its older tools
}
"""Spellings outside every vocabulary that platforms are known to send."""


def _every_spelling() -> dict[str, Role]:
    found: dict[str, Role] = {}
    for role in VOCABULARIES["1.3"]:
        found |= {str(role): role, spell_uri(role): role}
    for role in VOCABULARIES["1.1"]:
        found[spell_urn(role)] = role
    return {**found, **MISSPELT}


_KNOWN = _every_spelling()


def read_role(text: str) -> Role:
    """The role a text means: canonical, URN, URI, a known misspelling, or `custom:` and any text.

    Case counts: platforms and tools compare roles letter by letter. Raises ValueError.
    """
    if text.startswith(LITERAL) and (literal := text.removeprefix(LITERAL).strip()):
        return Role("custom", literal)
    if text in _KNOWN:
        return _KNOWN[text]
    elsewhere = [role for role in VOCABULARIES["1.3"] if role.scope != "context" and role.name == text]
    if elsewhere:
        both = " or ".join(f"`{role}`" for role in elsewhere)
        raise ValueError(
            f"`{text}` is no role in a course; write {both}, or {LITERAL}{text} for a platform that sends "
            "this very word"
        )
    same = next((known for known in _KNOWN if known.casefold() == text.casefold()), "")
    remedy = f"did you mean `{same}`?" if same else suggest(text, map(str, VOCABULARIES["1.3"]))
    raise ValueError(
        f"`{text[:60]}` is in no vocabulary of LTI; {remedy} (a platform's own role is written {LITERAL}NAME)"
    )


def is_of_course(text: str) -> bool:
    """Whether a text is a role in a course, which people have by being enrolled there."""
    return text in _KNOWN and _KNOWN[text].scope == "context"


class Sends(NamedTuple):
    """What a platform sends: per spelling its roles. `remaps`: its admin may let any role arrive."""

    bare: str = ""
    urn: str = ""
    uri: str = ""
    odd: tuple[str, ...] = ()
    remaps: bool = False


_SAKAI = Sends(
    bare="Instructor Learner Mentor ContentDeveloper TeachingAssistant institution/Faculty "
    "institution/Member institution/Staff institution/Alumni institution/ProspectiveStudent "
    "institution/Guest institution/Other institution/Administrator institution/Observer",
    uri="Instructor Learner Mentor ContentDeveloper institution/Faculty institution/Member "
    "institution/Staff institution/Alumni institution/ProspectiveStudent institution/Guest "
    "institution/Other institution/Administrator institution/Observer system/Administrator",
    odd=(f"{_LIS_2}/membership#Instructor#TeachingAssistant",),
    remaps=True,
)
SENDS: Mapping[tuple[Platform, Version], Sends] = {
    ("canvas", "1.1"): Sends(
        bare="Instructor Learner ContentDeveloper",
        urn="TeachingAssistant Mentor institution/Observer institution/Administrator system/SysAdmin "
        "system/None",
    ),
    ("canvas", "1.3"): Sends(
        uri="Instructor Learner ContentDeveloper TeachingAssistant Mentor Member Manager "
        "institution/Instructor institution/Student institution/Administrator system/User "
        "system/SysAdmin system/TestUser system/None",
        odd=(f"{_LIS_2}/membership/instructor#TeachingAssistant",),
    ),
    ("moodle", "1.1"): Sends(bare="Instructor Learner", urn="system/Administrator institution/Administrator"),
    ("moodle", "1.3"): Sends(uri="Instructor Learner system/Administrator institution/Administrator"),
    ("d2l", "1.1"): Sends(remaps=True),
    ("d2l", "1.3"): Sends(remaps=True),
    ("blackboard", "1.1"): Sends(
        urn="ContentDeveloper TeachingAssistant/Grader TeachingAssistant Learner Learner/GuestLearner "
        "Instructor system/Administrator system/None",
        remaps=True,
    ),
    ("blackboard", "1.3"): Sends(
        uri="ContentDeveloper Instructor Learner institution/Administrator institution/None", remaps=True
    ),
    ("sakai", "1.1"): _SAKAI,
    ("sakai", "1.3"): _SAKAI,
    ("open_edx", "1.1"): Sends(bare="Instructor Learner Administrator institution/Student"),
    ("open_edx", "1.3"): Sends(
        uri="Instructor Learner Administrator institution/Student institution/Instructor system/Administrator"
    ),
}
"""Moodle: seen in launches. Canvas: lti_role.rb, substitutions_helper.rb. D2L: community articles 6055 and
23663. Blackboard: help, LTI role mappings. Sakai: LTIROLES.md. Open edX: xblock-lti-consumer, constants."""


def spell(role: Role, platform: Platform, version: Version) -> tuple[str, ...]:
    """Every text by which this role can arrive from a platform; () if it never does."""
    if role.scope == "custom":
        return (role.name,)
    sends, name = SENDS[platform, version], str(role)
    found = [spell_bare(role)] if name in sends.bare.split() else []
    found += [spell_urn(role)] if name in sends.urn.split() else []
    found += [spell_uri(role)] if name in sends.uri.split() else []
    found += [text for text in sends.odd if MISSPELT[text] == role]
    if sends.remaps and not found:
        found = _remapped(role, platform, version)
    return tuple(dict.fromkeys(found))


def _remapped(role: Role, platform: Platform, version: Version) -> list[str]:
    """How a role arrives that an admin mapped there."""
    if role not in VOCABULARIES[version]:
        return []
    if version == "1.3":
        return [spell_uri(role)]
    if platform != "d2l":
        return [spell_urn(role)]
    # D2L sends both forms, and may send the institution's URN for a role in a course.
    both = [spell_urn(role), spell_bare(role)]
    twin = Role("institution", role.name)
    return [*both, spell_urn(twin)] if not role.sub and twin in VOCABULARIES["1.1"] else both


def by_default(role: Role, platform: Platform, version: Version) -> bool:
    """Whether a platform sends this role as it comes, without its admin mapping anything to it."""
    sends = SENDS[platform, version]
    named = {*sends.bare.split(), *sends.urn.split(), *sends.uri.split()}
    return str(role) in named or any(MISSPELT[text] == role for text in sends.odd)


def expand(roles: Iterable[str], platforms: Iterable[Platform], version: Version) -> tuple[str, ...]:
    """Every text that canonical `roles` arrive as from any of these platforms, each once, in order."""
    platforms = tuple(platforms)
    texts = (
        text for name in roles for platform in platforms for text in spell(read_role(name), platform, version)
    )
    return tuple(dict.fromkeys(texts))


def read_launch(text: str) -> tuple[str, ...]:
    """The roles of a launch: LTI 1.1 sends them as one text with commas between."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


PLATFORMS: tuple[Platform, ...] = get_args(Platform)
VERSIONS: tuple[Version, ...] = get_args(Version)
