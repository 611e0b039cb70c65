"""Processes that end in the middle of an apply, and what the next run makes of it."""
