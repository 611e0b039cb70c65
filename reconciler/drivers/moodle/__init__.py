"""Moodle: people, cohorts and external tools of one site, by its web services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.drivers.base import origin_of, read_setting
from reconciler.drivers.moodle import group, lti_tool, user
from reconciler.drivers.moodle.api import OPERATIONS, Site
from reconciler.drivers.moodle.courses import check_courses
from reconciler.drivers.moodle.enrolments import roles_in
from reconciler.model.objects import Account, Address, Enrolled
from reconciler.model.ports import Capability, Driver, Handler, Journal, Opening, Setting, Wanted
from reconciler.resources.course import Course

SETTINGS = (
    Setting("base_url", required=True, help="where the site is, as https://moodle.example.edu"),
    Setting("token", required=True, secret=True, help="of an external service, as a reference"),
    Setting("auth", default="manual", help="how new people sign in; manual sends each a password by mail"),
    Setting(
        "probe_course", help="id of a course with an activity of each tool, to prove keys and secrets by"
    ),
)


class Moodle:
    """One Moodle site."""

    name: str = "moodle"
    settings: tuple[Setting, ...] = SETTINGS
    origins: frozenset[str] = frozenset()
    capabilities: Mapping[str, Capability] = {
        module.CAPABILITY.kind: module.CAPABILITY for module in (user, group, lti_tool)
    }
    companion: str = ""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        base_url = self._setting("base_url").rstrip("/")
        self._site = Site(opening, base_url, self._setting("token", origin_of(base_url)))

    def whoami(self) -> Account:
        """The site and the token's user. Raises RequestError or IncompleteReading."""
        info = self._site.info
        return Account(
            driver=self.name,
            origin=self._site.client.origin,
            account=info["siteurl"],
            label=info["sitename"],
            user_id=str(info["userid"]),
        )

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """user, group and lti_tool."""
        opening, site = self._opening, self._site
        return {
            "user": user.UserHandler(site, self._setting("auth")),
            "group": group.GroupHandler(site),
            "lti_tool": lti_tool.LtiToolHandler(site, opening, self._setting("probe_course")),
        }

    def check_courses(self, courses: Sequence[Wanted[Course]]) -> Mapping[Address, str]:
        """What is wrong with courses that are declared to be here; those that are right are left out."""
        return check_courses(self._site, courses, self._opening.target)

    def roles_in(self, courses: Sequence[Wanted[Course]]) -> Sequence[Enrolled]:
        """Who takes part in these courses, by the roles their launches bring."""
        return roles_in(self._site, courses)

    def lacking(self) -> Mapping[str, str]:
        """Functions this driver uses that the token's service does not hold."""
        held = self._site.functions
        return {one.name: one.name for one in OPERATIONS if one.name not in held}

    def bind(self, journal: Journal | None) -> None:
        """Writes go to this journal from now on."""
        self._site.client.journal = journal

    def requests(self) -> Mapping[str, int]:
        """By function."""
        return self._site.client.requests()

    def close(self) -> None:
        """Release connections."""
        self._site.client.close()

    def _setting(self, name: str, origin: str = "") -> str:
        return read_setting(self._opening, SETTINGS, name, origin)


DRIVER: type[Driver] = Moodle
