"""Figures printed beside their floors, never asserted as times."""
