"""LTI Pro's own API, simulated."""
