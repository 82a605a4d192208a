"""Rules that change weights, and the mechanisms that they need on a compartment."""

from ..deprecated import old_names
from .behavioural import BTSP
from .calcium import CalciumSTDP
from .events import AboveThreshold, ThresholdCrossing
from .rule import LongTermPlasticity
from .short_term import Depression, ShortTermPlasticity, TsodyksMarkram
from .signals import CalciumPool, FilteredVoltage, PlateauSignal
from .timing import InhibitorySTDP, PairSTDP, TraceSTDP
from .triplet import TripletSTDP
from .voltage import VoltageSTDP

__all__ = [
    "BTSP",
    "AboveThreshold",
    "CalciumPool",
    "CalciumSTDP",
    "Depression",
    "FilteredVoltage",
    "InhibitorySTDP",
    "LongTermPlasticity",
    "PairSTDP",
    "PlateauSignal",
    "ShortTermPlasticity",
    "ThresholdCrossing",
    "TraceSTDP",
    "TripletSTDP",
    "TsodyksMarkram",
    "VoltageSTDP",
]

__getattr__ = old_names(__name__, "Above", "Crossing", "LowPass")


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
