"""Judges an end state from outside: YAML and CSV as a person would read them, against the sandbox's store."""

from tests.oracle.declared import read_declared
from tests.oracle.judge import judge

__all__ = ["judge", "read_declared"]
