"""Sweeps: the points, what runs them, and what is left when something fails."""
