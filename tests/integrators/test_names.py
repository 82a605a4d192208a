"""Names of the user do not meet those of the statements."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, ms, mV

#: A gate needs `a` at both ends of the step: its second value must not take the name
#: of `a_2`. `idx` and `N_2` are near names that Brian2 uses itself.
EQUATIONS = """
dV/dt = (a*mV + a_2*mV*idx - V)/(10*ms) : volt
dn/dt = (1 - n)*a/(5*ms) - n*a_2/(3*ms) : 1
a = 0.1 + exp(-V/(30*mV)) : 1
a_2 = 3*exp(-V/(10*mV))*N_2 : 1
idx = 2*n : 1
N_2 = 1 + V/(100*mV) : 1
"""


@pytest.mark.parametrize("plain", [True, False])
def test_subexpressions_may_have_any_name(plain):
    equations = EQUATIONS
    if plain:
        for name, other in {"a_2": "rate", "idx": "twice", "N_2": "more"}.items():
            equations = equations.replace(name, other)
    found = []
    for method, dt in [("crank_nicolson", 0.1), ("rk4", 0.01)]:
        group = NeuronGroup(1, equations, method=method, dt=dt * ms)
        group.V, group.n = 4 * mV, 0.2
        Network(group).run(10 * ms)
        found.append([group.V[0] / mV, group.n[0]])
    np.testing.assert_allclose(*found, rtol=3e-5)  # second order at 0.1 ms
