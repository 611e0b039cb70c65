"""The driver rest: the examples of every mapping that is shipped."""

from __future__ import annotations

from tests.contract.examples.rest_apis import COMMUNITY, SKILLABLE
from tests.contract.examples.rest_lti import REST_LTI

EXAMPLES = (*SKILLABLE, *COMMUNITY, *REST_LTI)
