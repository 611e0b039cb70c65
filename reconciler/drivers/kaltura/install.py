"""How a Zoom account comes to Kaltura: an app in Zoom's marketplace, and a code that is good for one time."""

from __future__ import annotations

from reconciler.model.objects import Page

PAGE = Page(
    id="zoom-integration",
    title="Kaltura's app in a Zoom account",
    steps=(
        "The Zoom account has to be a paid one with cloud recording. Cancel and remove a legacy integration "
        "before anything else.",
        "Sign in to the Zoom Marketplace as an admin of the Zoom account, find Kaltura, and click Add, then "
        "Allow. If the app was installed before, click Uninstall first: it cannot be set up a second time.",
        "In the Kaltura Management Console open Settings, then Integrations; below Zoom integration click "
        "Generate integration code, then Copy and close. The code is temporary, good for one installation, "
        "and a secret: it belongs into no file.",
        "Paste it on the page that Zoom opened, and leave the URL of the KMC as it is.",
        "Plan again: from here on the settings are made by API. Whoever installs the app for the first time "
        "disables and enables the integration once, reviews its settings and saves.",
    ),
    tells={"zoom": "zoom: the target of the Zoom account in which the app is installed."},
)
"""Kaltura, "Zoom Integration - Setup Guide"."""
