"""The laws of a driver, run for every driver and kind that is discovered."""
