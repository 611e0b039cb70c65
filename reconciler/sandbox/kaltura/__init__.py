"""The simulated video platform Kaltura, by its API v3."""
