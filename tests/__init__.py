"""The suite: one folder per way of asking whether a promise holds."""
