"""The commands, typed, against the embedded sandbox."""
