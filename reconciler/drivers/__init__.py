"""Where things live: one folder per system, found by scanning; what all drivers share lies beside them."""
