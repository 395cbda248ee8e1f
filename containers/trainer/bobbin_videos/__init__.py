"""Frames out of videos, for `bobbin frames`: no job, no model, one process for a few files."""
