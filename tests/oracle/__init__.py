"""Judges an end state from outside: YAML and CSV as a person would read them, against the sandbox's store."""

from tests.oracle.judge import judge

__all__ = ["judge"]
