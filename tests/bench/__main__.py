"""`make bench`: a plan of 10,000 users and 2,000 meetings with nothing to do, against its floor.

Prints requests (exact), processor time of the whole process against the floor's, interleaved, and peak
memory. Nothing is asserted as a time; what is missed is printed with a profile.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import pstats
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.campus import RECIPE, control, environment, sandbox_process, write_files

ROUNDS = 5
RATIO, MEGABYTES = 1.8, 400


def main() -> None:
    """Build the campus once, adopt it, then measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--meetings", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--port", type=int, default=18_765)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sandbox_process(options.port) as origin:
        folder = Path(name)
        control(origin, "reset", {"users": options.users, "meetings": options.meetings})
        _prepare(folder, origin)
        surroundings = environment(origin)
        command = [sys.executable, "-m", "reconciler"]
        places = [str(folder / "desired"), "--state", str(folder / "state")]
        started = time.perf_counter()
        _run([*command, "apply", *places, "--out", os.devnull], surroundings)
        print(f"adopted the campus in {time.perf_counter() - started:.0f} s of wall time (not a measurement)")
        plan = [*command, "plan", *places, "--exit-code"]
        _count(origin, plan, surroundings, options)
        floor = [sys.executable, "-m", "tests.bench.floor", str(folder / RECIPE)]
        _compare(plan, floor, surroundings, options.rounds)


def _run(command: Sequence[str], surroundings: Mapping[str, str]) -> tuple[float, int]:
    """Processor seconds (user and system) and peak memory (MB) of one whole process."""
    with subprocess.Popen(command, env=dict(surroundings), stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, _megabytes(used)


def _megabytes(used: resource.struct_rusage) -> int:
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return used.ru_maxrss // unit


def _count(origin: str, plan: Sequence[str], surroundings: Mapping[str, str], options: Any) -> None:
    control(origin, "counters/reset", {})
    _run(plan, surroundings)
    reads: dict[str, int] = control(origin, "counters")["reads"]
    people = options.users + 1
    expected = {
        "GET /users": -(-people // 2000)
        + 1
        + 1
        + 1,  # active pages, inactive, pending, and who owns the account
        "GET /meetings/{meetingId}": options.meetings,
    }
    print("\nrequests of one plan:")
    for operation, number in sorted(reads.items()):
        wanted = expected.get(operation)
        note = "" if wanted is None else ("as computed" if wanted == number else f"EXPECTED {wanted}")
        print(f"  {number:6}  {operation}  {note}")
    print(f"  {sum(reads.values()):6}  in all; writes: {control(origin, 'counters')['writes'] or 0}")


def _prepare(folder: Path, origin: str) -> None:
    """Write YAML and recipe in a process of its own: what we hold counts as our children's peak memory."""
    maker = multiprocessing.get_context("spawn").Process(target=write_files, args=(folder, origin))
    maker.start()
    maker.join()
    if maker.exitcode:
        raise SystemExit("the campus could not be written")


def _compare(plan: Sequence[str], floor: Sequence[str], surroundings: Mapping[str, str], rounds: int) -> None:
    ratios, peaks = [], []
    print("\nprocessor seconds of whole processes, in turn:\n  round     plan    floor    ratio  plan's peak")
    for number in range(1, rounds + 1):
        mine, peak = _run(plan, surroundings)
        least, _ = _run(floor, surroundings)
        ratios.append(mine / least)
        peaks.append(peak)
        print(f"  {number:5}  {mine:7.2f}  {least:7.2f}  {mine / least:7.2f}  {peak:8} MB")
    ratio, peak = statistics.median(ratios), max(peaks)
    print(f"\nmedian ratio {ratio:.2f}; the target is at most {RATIO}")
    print(f"peak memory {peak} MB; the target is under {MEGABYTES} MB")
    if ratio > RATIO or peak >= MEGABYTES:
        print("\nMISSED. Where the plan's time goes:")
        print(_profile(plan, surroundings))


def _profile(plan: Sequence[str], surroundings: Mapping[str, str]) -> str:
    with tempfile.NamedTemporaryFile(suffix=".prof") as file:
        command = [plan[0], "-m", "cProfile", "-o", file.name, *plan[1:]]
        subprocess.run(command, env=dict(surroundings), stdout=subprocess.DEVNULL, check=False)
        text = io.StringIO()
        pstats.Stats(file.name, stream=text).sort_stats("cumulative").print_stats(40)
    return text.getvalue()


if __name__ == "__main__":
    main()
