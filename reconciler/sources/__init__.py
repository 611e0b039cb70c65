"""Where bulk entries come from: one module per format, each a Source that reads its rows as entries."""
