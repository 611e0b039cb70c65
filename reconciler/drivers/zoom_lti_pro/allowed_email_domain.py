"""Allowed e-mail domains: whom LTI Pro may make accounts for, entered by a person."""

from __future__ import annotations

from reconciler.drivers.zoom_lti_pro.console import EDIT, STEPS
from reconciler.model.objects import Page
from reconciler.model.ports import Access, Capability, Lists

CAPABILITY = Capability(
    kind="allowed_email_domain",
    verbs=frozenset(),
    fields={"domain": Access.HIDDEN, "credential": Access.RELATION},
    required=frozenset({"domain"}),
    lists=Lists.KEYED,
    page=Page(
        id="email-domains",
        title="Allowed e-mail domains of LTI Pro",
        steps=(
            *STEPS,
            EDIT,
            "Make the allowed e-mail domains hold exactly these, and save. With none of them, people of any "
            "domain get an account.",
        ),
    ),
)
