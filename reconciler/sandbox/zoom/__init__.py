"""Zoom's REST API v2 and its token endpoint, simulated."""
