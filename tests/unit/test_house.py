"""The house rules that no linter holds: sizes, names, docstrings, and nothing of one machine in the tree."""

import ast
import re
import socket
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50

# Words that name nothing. Brackets in the patterns keep this file from matching itself.
EMPTY_WORDS = {"manager", "service", "helper", "util", "common", "core", "processor"}
REGISTRY = re.compile(
    r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs[.]org|proxy[.]golang[.]org|crates[.]io|"
    r"^--(?:extra-)?index-url|^--find-links|^--trusted-host",
    re.MULTILINE,
)
MACHINE_PATH = re.compile(r"(?<![\w.:/})\]>])(?:/(?:home|root|Users|tmp|work)/[\w.-]|[A-Z]:\\Users\\)")

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def list_tree() -> list[Path]:
    """List the files git knows or would add; outside a checkout, every file not hidden or built."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return [path for path in ROOT.rglob("*") if path.is_file() and not is_left_behind(path)]
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def is_left_behind(path: Path) -> bool:
    """Say whether a path lies in a folder that a tool left."""
    left = {".git", ".venv", ".hypothesis", "build", "__pycache__"}
    return any(name in left or name.endswith("cache") for name in path.relative_to(ROOT).parts[:-1])


@cache
def list_modules() -> list[tuple[Path, ast.Module]]:
    """Parse every Python file of ours, once; the paths are relative to the root."""
    return [
        (path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8")))
        for folder in ("reconciler", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def split_words(name: str) -> set[str]:
    """Split `CamelCase` or `snake_case` into lower-case words, plurals brought to the singular."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower().removesuffix("s") for word in words} | {word.lower() for word in words}


def list_public(module: ast.Module) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """List a module's public classes and functions; methods are told by their class or protocol."""
    for node in module.body:
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)) and not node.name.startswith("_"):
            yield node


def test_files_fit_on_a_few_screens() -> None:
    long = {
        str(path): lines
        for path, _ in list_modules()
        if (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    }
    assert not long, f"split these; at most {MAX_FILE_LINES} lines a file"


def test_functions_fit_on_a_screen() -> None:
    long = {
        f"{path}:{node.lineno} {node.name}": lines
        for path, module in list_modules()
        for node in ast.walk(module)
        if isinstance(node, FUNCTIONS)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert not long, f"split these; at most {MAX_FUNCTION_LINES} lines a function"


def test_everything_public_says_what_it_promises() -> None:
    silent = []
    for path, module in list_modules():
        if path.parts[0] == "tests":
            continue
        if ast.get_docstring(module) is None:
            silent.append(f"{path}: the module")
        silent += [
            f"{path}:{node.lineno} {node.name}"
            for node in list_public(module)
            if ast.get_docstring(node) is None
        ]
    assert not silent, "give these a docstring"


def test_names_say_something() -> None:
    empty = []
    for path, module in list_modules():
        empty += [f"{path}: {part}" for part in path.with_suffix("").parts if split_words(part) & EMPTY_WORDS]
        empty += [
            f"{path}:{node.lineno} {node.name}"
            for node in ast.walk(module)
            if isinstance(node, ast.ClassDef) and split_words(node.name) & EMPTY_WORDS
        ]
    assert not empty, f"name these for what they do; none of {sorted(EMPTY_WORDS)}"


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE_PATH], ids=["registry", "machine-path"])
def test_tree_names_no_registry_and_no_machine(pattern: re.Pattern[str]) -> None:
    found = []
    for path in list_tree():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [
            f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1} {match.group()}"
            for match in pattern.finditer(text)
        ]
    assert not found, "the tree must install and run anywhere, from any registry"


@pytest.mark.parametrize(
    ("text", "matches"),
    [("see " + "/home" + "/jo/x", True), ("'" + "/tmp" + "/bash_1", True), ("GET api/v2/Users/home", False)],  # noqa: S108 - a path to be found, not used
)
def test_machine_paths_are_told_from_web_paths(text: str, matches: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) is matches


def test_locks_pin_every_package_by_hash() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        pins = re.split(r"(?m)^(?=[a-z0-9])", lock.read_text(encoding="utf-8"))[1:]
        loose = [pin.splitlines()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin]
        assert not loose, f"run make lock: {lock.name}"


def test_no_test_reaches_beyond_loopback() -> None:
    with socket.socket() as sock, pytest.raises(pytest.fail.Exception, match="loopback only"):
        sock.connect(("192.0.2.1", 443))
