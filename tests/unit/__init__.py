"""One module or rule at a time, on values."""
