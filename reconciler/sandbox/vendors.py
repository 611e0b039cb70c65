"""Every simulated API, and the names of all their operations."""

from __future__ import annotations

from reconciler.sandbox.canvas import operations as canvas
from reconciler.sandbox.kaltura import operations as kaltura
from reconciler.sandbox.lti_pro import operations as lti_pro
from reconciler.sandbox.lti_pro import tool as lti_pro_tool
from reconciler.sandbox.moodle import operations as moodle
from reconciler.sandbox.rest import apis as rest
from reconciler.sandbox.zoom import oauth as zoom_oauth
from reconciler.sandbox.zoom import operations as zoom

# The longest prefix first: the token endpoint lies above the REST API, launches beside LTI Pro's own API.
VENDORS = (
    *(zoom.VENDOR, lti_pro.VENDOR, lti_pro_tool.VENDOR, canvas.VENDOR, moodle.VENDOR, kaltura.VENDOR),
    *(*rest.VENDORS, zoom_oauth.VENDOR),
)
OPERATION_NAMES = frozenset(operation.name for vendor in VENDORS for operation in vendor.operations)
