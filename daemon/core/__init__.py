"""Decisions without effects: the standard library alone, no clock, no input or output."""
