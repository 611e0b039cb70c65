"""Ends an apply at every point of a world in turn: python -m tests.faults.sweep WORLD FOLDER PART.

PART, such as 1/2, takes every second point from the first on. Prints JSON: how many points there are, how
many of them were taken, the runs made, and what was wrong after which point.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.faults.campus import Aftermath, Campus, start_sandbox
from tests.faults.points import ENDED, Points
from tests.faults.worlds import WORLDS


def sweep(world: str, folder: Path, part: int, parts: int) -> dict[str, Any]:
    """End at each point of a part, run once more, and hold it against a run that was left alone."""
    origin, life = start_sandbox()
    campus = Campus(WORLDS[world], folder, origin)
    campus.prepare()
    gc.freeze()  # children need not copy all this to look for garbage in it
    campus.restore()
    assert campus.apply(Points()) == 0
    passed = json.loads(campus.said.read_text())
    undisturbed = campus.recover()
    wrong = {"undisturbed": list(undisturbed.complaints)} if undisturbed.complaints else {}
    numbers = range(part, len(passed) + 1, parts)
    for number in numbers:
        campus.restore()
        status = campus.apply(Points(number))
        found = _compare(undisturbed, campus.recover())
        if status != ENDED:
            found.append(f"ended with status {status} instead of at the point")
        if found:
            wrong[f"{number} {passed[number - 1]}"] = found
    os.close(life)
    requests = sum(what.startswith("before") and "COMMIT" not in what for what in passed)
    return {
        "points": len(passed),
        "requests": requests,
        "commits": passed.count("before COMMIT"),
        "taken": len(numbers),
        "runs": 2 * len(numbers) + 2,
        "wrong": wrong,
    }


def _compare(undisturbed: Aftermath, after: Aftermath) -> list[str]:
    found = list(after.complaints)
    if after.left != undisturbed.left:
        found.append(f"still to do: {after.left}, undisturbed: {undisturbed.left}")
    for address in sorted({*after.records, *undisturbed.records}):
        have, want = after.records.get(address), undisturbed.records.get(address)
        if have != want:
            found.append(f"recorded {address} as {have}, undisturbed: {want}")
    return found


if __name__ == "__main__":
    result = sweep(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3].split("/")))
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
