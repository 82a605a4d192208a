"""Rules of long-term plasticity, and what they need on a compartment."""

from .behavioural import BTSP
from .calcium import CalciumSTDP
from .events import Above, Crossing
from .rule import LongTermPlasticity
from .signals import CalciumPool, LowPass, PlateauSignal
from .timing import InhibitorySTDP, PairSTDP, TraceSTDP
from .triplet import TripletSTDP
from .voltage import VoltageSTDP

__all__ = [
    "BTSP",
    "Above",
    "CalciumPool",
    "CalciumSTDP",
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
