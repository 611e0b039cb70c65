"""Canvas's REST API, from its documentation and published source."""
