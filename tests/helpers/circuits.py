"""Models of two and of six passive compartments."""

from brian2 import (
    cm,
    mV,
    nS,
    ohm,
    pF,
    uF,
    um,
    uS,
)

from dendrisyn import (
    Dendrite,
    NeuronModel,
    Soma,
)

REST = -65 * mV

#: A few operations on numbers of 16 digits.
ROUNDING = 1e-12

#: C (pF), gL (nS) and coupling (nS) of the two compartments of `pair`
C1, C2, G1, G2, G = 100.0, 50.0, 5.0, 3.0, 8.0


def pair(soma_model="leakyIF"):
    soma = Soma("soma", soma_model, cm_abs=C1 * pF, gl_abs=G1 * nS, v_rest=REST)
    dend = Dendrite("dend", cm_abs=C2 * pF, gl_abs=G2 * nS, v_rest=REST)
    return NeuronModel([(soma, dend, G * nS)])


def branched():
    """A tree that branches twice, of very different compartments."""
    sizes = {
        "soma": (20, 20),
        "trunk": (120, 3),
        "left": (150, 1.5),
        "right": (90, 1.2),
        "tuft": (60, 0.8),
        "basal": (100, 1.8),
    }
    part = {
        name: (Soma if name == "soma" else Dendrite)(
            name, length=length * um, diameter=diameter * um, v_rest=REST
        )
        for name, (length, diameter) in sizes.items()
    }
    edges = [
        ("soma", "trunk"),
        ("trunk", "left"),
        ("trunk", "right"),
        ("right", "tuft"),
        ("soma", "basal"),
    ]
    model = NeuronModel(
        [(part[one], part[other]) for one, other in edges],
        cm=1 * uF / cm**2,
        gl=50 * uS / cm**2,
        r_axial=150 * ohm * cm,
    )
    model.parameters["gL_tuft"] = 0.3 * nS  # one membrane that is not like the others
    return model
