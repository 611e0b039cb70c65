"""The floor: what a plan of this campus cannot do without, and nothing more.

It imports the libraries that the plan process had imported, drains the libyaml events of the same YAML,
makes the same GETs with a bare httpx client at the same concurrency, and decodes every answer with orjson.
"""

from __future__ import annotations

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


def main(recipe: str) -> None:
    """Read the recipe written by the benchmark and do what it says, once."""
    import orjson

    plan = orjson.loads(Path(recipe).read_bytes())
    for name in plan["libraries"]:
        importlib.import_module(name)
    _drain([Path(path) for path in plan["files"]])
    _get_all(plan)


def _drain(files: list[Path]) -> None:
    import yaml

    for path in files:
        for _ in yaml.parse(path.read_bytes(), Loader=yaml.CSafeLoader):
            pass


def _get_all(plan: dict[str, Any]) -> None:
    import httpx
    import orjson

    with httpx.Client(trust_env=False) as client:
        answer = client.post(
            plan["token_url"],
            auth=(plan["client_id"], plan["client_secret"]),
            data={"grant_type": "account_credentials", "account_id": plan["account_id"]},
        )
        headers = {"Authorization": f"Bearer {orjson.loads(answer.content)['access_token']}"}

        def get(url: str) -> Any:
            return orjson.loads(client.get(url, headers=headers).content)

        for url in plan["paged"]:
            token = ""
            while True:
                page = get(url + (f"&next_page_token={token}" if token else ""))
                token = page.get("next_page_token") or ""
                if not token:
                    break
        with ThreadPoolExecutor(plan["concurrency"]) as pool:
            for _ in pool.map(get, plan["single"]):
                pass


if __name__ == "__main__":
    main(sys.argv[1])
