"""Judges end states from the sandbox's store and the YAML; imports nothing of ours."""
