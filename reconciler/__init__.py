"""Reconciler keeps a campus's LTI estate as it is written down; start reading at `engine.py`."""

__version__ = "0.1.0"
