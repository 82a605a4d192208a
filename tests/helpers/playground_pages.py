"""Checks of the text of docs/playground.md."""

import configparser
import re

from brian2 import mV

from dendrisyn.playground import Measures, Playground, Traces
from helpers.page_checks import ROOT, checks


@checks
def playground(text, namespace):
    """Methods, attributes and extras exist; the original model does not change."""
    for name in re.findall(r"`(\w+)\(\)`", text):
        assert hasattr(Playground, name)
    fields = re.search(r"`traces` holds(.*?)\.", text, re.DOTALL)[1]
    names = re.findall(r"`(\w+)`", fields)
    assert len(names) == 6
    assert set(names) <= set(Traces.__dataclass_fields__)
    measured = namespace["measures"]
    assert isinstance(measured, Measures)
    assert measured.peak > 0 * mV
    assert namespace["model"].parameters["Vth_Na_trunk"] == -35 * mV
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    for extra in re.findall(r"extra\s+`(\w+)`", text):
        assert extra in setup["options.extras_require"]
