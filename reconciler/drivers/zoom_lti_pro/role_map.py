"""Role maps: the texts that make an instructor, entered by a person into the two lists of the page."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.drivers.zoom_lti_pro.console import EDIT, STEPS
from reconciler.model.objects import Page
from reconciler.model.ports import Access, Capability, Lists
from reconciler.resources.base import Plain
from reconciler.resources.role_map import RoleMap, spell_out

LISTS = ("instructors", "alternative_hosts")


def enter(resource: RoleMap) -> Mapping[str, Plain]:
    """The page's lists: LTI Pro compares texts, so every spelling of a role is one entry."""
    return {name: texts for name in LISTS if (texts := spell_out(resource, name))}


CAPABILITY = Capability(
    kind="role_map",
    verbs=frozenset(),
    fields={
        **dict.fromkeys(LISTS, Access.HIDDEN),
        **dict.fromkeys(("platforms", "version", "samples", "credential"), Access.RELATION),
    },
    required=frozenset({"platforms"}),
    lists=Lists.KEYED,
    enters=enter,
    page=Page(
        id="roles",
        title="Roles of LTI Pro",
        steps=(
            *STEPS,
            EDIT,
            "Each list holds what all entries below name for it, letter by letter. Type a role, then press "
            "Enter; what the page already shows as a default needs no second entry. Then save.",
        ),
        tells={
            "instructors": "instructors: the field Identify an LTI User as an Instructor.",
            "alternative_hosts": "alternative_hosts: the roles beside Auto Populate Alternative Host.",
        },
    ),
)
