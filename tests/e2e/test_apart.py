"""Values that a vendor never keeps together are refused by name, before anything is contacted."""

from __future__ import annotations

import pytest

from reconciler.drivers.base import drivers
from reconciler.errors import ConfigError
from reconciler.run.proposal import read_campus
from tests.rig import Rig


def test_what_would_never_be_in_sync_is_refused_at_its_place(campus: Rig) -> None:
    campus.write(
        "zoom-main/people.yaml",
        """
        users:
          ann: {email: ann@example.edu, license: licensed, active: false}
          bob: {email: bob@example.edu, license: licensed}
        course_meetings:
          bio: {topic: Bio, host: bob, waiting_room: true, join_before_host: true, schedule: {dates: [2030-01-07T10:00], minutes: 50, timezone: UTC}}
        """,  # noqa: E501
    )
    with pytest.raises(ConfigError) as refused:
        read_campus(campus.workspace)
    first, second = (str(problem) for problem in refused.value.problems)
    assert first.startswith(
        "zoom-main/people.yaml:2:52: `active: false` and `license: licensed` cannot both be"
    )
    assert "zoom-main/people.yaml:5:52: `waiting_room: true` and `join_before_host: true`" in second
    assert "take one of them out" in first


def test_only_fields_of_the_kind_are_kept_apart() -> None:
    pairs = [(c, apart) for d in drivers().values() for c in d.capabilities.values() for apart in c.apart]
    assert pairs
    assert all(apart.values.keys() <= capability.fields.keys() for capability, apart in pairs)
