"""The worked example with some of its targets only, copied to where a test may change it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.e2e.shell import ROOT

ZOOM = ("zoom-main", "zoom-lti")
"""The targets of Zoom's own account."""


def copy_example(folder: Path, *targets: str) -> Path:
    """`folder`/desired with these targets and what no target has; its path."""
    desired = folder / "desired"
    shutil.copytree(ROOT / "desired", desired, ignore=shutil.ignore_patterns("environments"))
    settings = desired / "reconciler.yaml"
    text = settings.read_text(encoding="utf-8")
    for name in re.findall(r"^  ([\w-]+):", text.partition("\nguards:")[0], re.MULTILINE):
        if name not in targets:
            text = re.sub(rf"^  {name}:.*\n(    .*\n)*", "", text, flags=re.MULTILINE)
            shutil.rmtree(desired / name)
            courses = desired / "courses.yaml"
            without = courses.read_text(encoding="utf-8").replace(f", platform: {name}", "")
            courses.write_text(without, encoding="utf-8")
    settings.write_text(text, encoding="utf-8")
    return desired
