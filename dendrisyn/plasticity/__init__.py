"""Rules of long-term plasticity, and what they need on a compartment."""

from .events import Above, Crossing
from .rule import LongTermPlasticity
from .signals import CalciumPool, LowPass, PlateauSignal
from .timing import InhibitorySTDP, PairSTDP, TraceSTDP
from .triplet import TripletSTDP
from .voltage import VoltageSTDP

__all__ = [
    "Above",
    "CalciumPool",
    "Crossing",
    "InhibitorySTDP",
    "LongTermPlasticity",
    "LowPass",
    "PairSTDP",
    "PlateauSignal",
    "TraceSTDP",
    "TripletSTDP",
    "VoltageSTDP",
]
