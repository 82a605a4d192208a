"""What the page on plasticity says beside its code."""

import re

import numpy as np
import pytest
from brian2 import ms

import dendrisyn
from dendrisyn.equations.mechanism import Mechanism
from dendrisyn.plasticity import LongTermPlasticity
from helpers.page_checks import ROOT, checks
from helpers.synapse_pages import dois_are_those_of_the_package, table


@checks
def plasticity(text, namespace):
    """Tables list every rule and what they need; windows are the closed form."""
    rules = {row[0].strip("`") for row in table(text, "rule")}
    public = {
        name: each
        for name in dendrisyn.__all__
        if isinstance(each := getattr(dendrisyn, name), type)
    }
    assert rules == {
        name for name, each in public.items() if issubclass(each, LongTermPlasticity)
    }
    needs = {re.match(r"`(\w+)", row[0])[1] for row in table(text, "mechanism")}
    assert needs == {
        name
        for name, each in public.items()
        if issubclass(each, Mechanism)
        and each.__module__.startswith("dendrisyn.plasticity")
    }
    d = np.linspace(-60, 60, 25)
    found = namespace["window"](dendrisyn.PairSTDP(), d)
    expected = np.where(
        d >= 0, 0.005 * np.exp(-d / 20), -0.00525 * np.exp(np.minimum(d, 0) / 20)
    )
    assert found == pytest.approx(expected, abs=1e-12)
    assert namespace["rule"].plateau.update == 10 * ms
    assert (ROOT / "examples" / "btsp.py").exists()
    dois_are_those_of_the_package(text)
