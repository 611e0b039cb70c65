"""What can be declared: one file per kind."""
