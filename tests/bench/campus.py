"""The benchmark's campus: a sandbox process, the YAML that declares all of it, and a ledger that knows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LICENSES = {1: "basic", 2: "licensed"}
RECIPE = "recipe.json"
CONCURRENCY = 8
"""Of the driver: the floor makes its requests as many at a time."""
LIBRARIES = (
    "click",
    "httpx",
    "orjson",
    "yaml",
    "pydantic",
    "email_validator",
    "structlog",
    "sqlite3",
    "rich.console",
)
KEY = "a key for the benchmark, long enough to be one"

RECONCILER = """\
version: 1
targets:
  zoom-main:
    driver: zoom
    account_id: ${{env:ZOOM_ACCOUNT_ID}}
    client_id: ${{env:ZOOM_CLIENT_ID}}
    client_secret: ${{env:ZOOM_CLIENT_SECRET}}
    base_url: {origin}/zoom/v2
    token_url: {origin}/zoom/oauth/token
    plan: education
fingerprint_key: ${{env:RECONCILER_FINGERPRINT_KEY}}
"""


@contextmanager
def sandbox_process(port: int) -> Iterator[str]:
    """A sandbox in a process of its own, so that its work is not counted as ours; its origin."""
    origin = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "reconciler", "sandbox", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(origin)
            yield origin
        finally:
            process.terminate()


def _wait_for(origin: str) -> None:
    for _ in range(200):
        try:
            control(origin, "counters")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"the sandbox at {origin} does not answer")


def control(origin: str, path: str, body: Any = None) -> Any:
    """The sandbox's control endpoint: GET without a body, POST with one."""
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(f"{origin}/_control/{path}", data=data) as answer:  # noqa: S310
        return json.load(answer)


def environment(origin: str) -> dict[str, str]:
    """What the command finds in its environment."""
    return {
        **os.environ,
        "ZOOM_ACCOUNT_ID": "sandbox-account",
        "ZOOM_CLIENT_ID": "sandbox-client",
        "ZOOM_CLIENT_SECRET": "sandbox-secret",
        "RECONCILER_FINGERPRINT_KEY": KEY,
        "RECONCILER_ORIGINS": origin,
    }


def write_files(folder: Path, origin: str) -> None:
    """The desired files, and the recipe of the floor."""
    world = control(origin, "state")
    write_desired(folder / "desired", origin, world)
    _write_recipe(folder, origin, world)


def _write_recipe(folder: Path, origin: str, world: Mapping[str, Any]) -> None:
    base = f"{origin}/zoom/v2"
    recipe = {
        "libraries": LIBRARIES,
        "files": [str(path) for path in sorted((folder / "desired").rglob("*.yaml"))],
        "concurrency": CONCURRENCY,
        "token_url": f"{origin}/zoom/oauth/token",
        "account_id": "sandbox-account",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "paged": [
            f"{base}/users?role_id=0&page_size=2000",
            *(f"{base}/users?status={status}&page_size=2000" for status in ("active", "inactive", "pending")),
        ],
        "single": [
            f"{base}/users/{world['users'][0]['id']}",
            f"{base}/accounts/me/managed_domains",
            *(f"{base}/meetings/{meeting['id']}" for meeting in world["meetings"]),
        ],
    }
    (folder / RECIPE).write_text(json.dumps(recipe))


def write_desired(folder: Path, origin: str, world: Mapping[str, Any]) -> None:
    """The YAML that declares every person and meeting of the sandbox as it is."""
    (folder / "zoom-main").mkdir(parents=True)
    (folder / "reconciler.yaml").write_text(RECONCILER.format(origin=origin))
    handles = {}
    lines = ["users:"]
    for number, user in enumerate(world["users"]):
        handles[user["id"]] = f"s{number:06d}"
        if user["email"] != "owner@example.edu":
            lines += _user(handles[user["id"]], user)
    lines.append("course_meetings:")
    for number, meeting in enumerate(world["meetings"]):
        lines += _meeting(f"m{number:05d}", meeting, handles[meeting["host_id"]])
    (folder / "zoom-main" / "campus.yaml").write_text("\n".join(lines) + "\n")


def _user(handle: str, user: Mapping[str, Any]) -> list[str]:
    return [
        f"  {handle}:",
        f"    email: {user['email']}",
        f"    first_name: {json.dumps(user['first_name'])}",
        f"    last_name: {json.dumps(user['last_name'])}",
        f"    license: {LICENSES[user['type']]}",
        f"    department: {json.dumps(user['dept'])}",
        f"    timezone: {user['timezone']}",
    ]


def _meeting(name: str, meeting: Mapping[str, Any], host: str) -> list[str]:
    return [
        f"  {name}:",
        f"    topic: {json.dumps(meeting['topic'])}",
        f"    host: {host}",
        "    schedule:",
        f"      dates: [{json.dumps(_wall_clock(meeting))}]",
        f"      minutes: {meeting['duration']}",
        f"      timezone: {meeting['timezone']}",
    ]


def _wall_clock(meeting: Mapping[str, Any]) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    start = datetime.fromisoformat(meeting["start_time"])
    return start.astimezone(ZoneInfo(meeting["timezone"])).strftime("%Y-%m-%dT%H:%M")
