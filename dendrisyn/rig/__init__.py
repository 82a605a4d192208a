"""Rig on which measurements, plots and the playground run cells."""
