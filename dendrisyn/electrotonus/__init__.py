"""`passive`: what the passive compartments of a model do, in closed form.

The distances of the voltages from rest obey ``C dV/dt = -G V + I``: ``C`` holds the
capacitances, ``G`` the leaks and the couplings. All else is linear algebra; nothing is
simulated.
"""

from .cell import PassiveCell
from .from_model import passive, passive_table

__all__ = ["PassiveCell", "passive", "passive_table"]
