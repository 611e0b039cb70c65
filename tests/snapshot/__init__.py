"""Every report, letter for letter."""
