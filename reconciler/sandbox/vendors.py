"""Every simulated API, and the names of all their operations."""

from __future__ import annotations

from reconciler.sandbox import lti_pro, zoom, zoom_oauth

# The longest prefix first: the token endpoint lies above the REST API.
VENDORS = (zoom.VENDOR, lti_pro.VENDOR, zoom_oauth.VENDOR)
OPERATION_NAMES = frozenset(operation.name for vendor in VENDORS for operation in vendor.operations)
