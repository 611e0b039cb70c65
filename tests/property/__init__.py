"""Laws that hold for every generated world."""
