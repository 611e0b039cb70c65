"""Approved domains: entered by a person on the page of their LTI credential."""

from __future__ import annotations

from reconciler.drivers.zoom_lti_pro.console import EDIT, STEPS
from reconciler.model.objects import Page
from reconciler.model.ports import Access, Capability, Lists

CAPABILITY = Capability(
    kind="approved_domain",
    verbs=frozenset(),
    fields={"domain": Access.HIDDEN, "credential": Access.RELATION},
    required=frozenset({"domain"}),
    lists=Lists.KEYED,
    page=Page(
        id="approved-domains",
        title="Approved domains of LTI Pro",
        steps=(
            *STEPS,
            EDIT,
            "Make Approved Domains hold exactly these values, without a trailing slash, and save.",
        ),
    ),
)
