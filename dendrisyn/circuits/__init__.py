"""Passive compartments as linear circuits, in closed form.

The distances of the voltages from rest obey ``C dV/dt = -G V + I``: ``C`` holds the
capacitances, ``G`` the leaks and the couplings. All results follow from linear algebra,
without a simulation.
"""

from .passive_cell import PassiveCell

__all__ = ["PassiveCell"]
