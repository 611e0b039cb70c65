"""The command killed at seeded points, then run once more."""
