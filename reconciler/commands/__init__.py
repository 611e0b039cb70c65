"""One file per command, imported when it is called; what commands share is named for what it does."""
