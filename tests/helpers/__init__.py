"""Helpers of the tests, imported by their names."""
