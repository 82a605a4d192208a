"""Which conductance gives this: of receptors, couplings and dendritic spikes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from brian2.core.clocks import defaultclock
from brian2.units.allunits import second
from brian2.units.fundamentalunits import Quantity

from .. import measure
from ..cell.base import Model
from ..errors import UnknownNameError, located
from ..measure.dendritic_spike import spike_of_event
from ..measure.options import MeasurementOptions
from ..measure.spike_schedule import receptors_of, window
from ..units import Spec
from .report import Calibration
from .scaling import SPAN, Scaling, as_list, check_call, targets_of

__all__ = ["coupling", "dendritic_spike", "psp"]

_VOLTAGE = Spec("volt", "amplitude")
_SHARE = Spec("1", "attenuation", "fraction")


def psp(
    model: Model,
    receptor: str | Sequence[str],
    amplitude: Quantity,
    at: str | None = None,
    parameters: str | Sequence[str] | None = None,
    **conditions: Any,
) -> tuple[Any, Calibration]:
    """Find the conductance of a receptor that gives a PSP of this amplitude.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell; it is not changed.
    receptor : str or sequence of str
        The receptor, such as ``'NMDA_x_dend'``, or several that one spike reaches:
        their conductances keep their ratios.
    amplitude : Quantity, shape () or (targets,)
        The peak of the PSP over rest (volt), negative for an inhibitory one.
    at : str, optional
        The compartment where it is measured; the soma if left out.
    parameters : str or sequence of str, optional
        What is changed; ``g_<receptor>`` (``J_<receptor>`` of currents) if left out.
    **conditions
        What `measure.psp` takes, such as `dt`; see `measure.Conditions`.

    Returns
    -------
    model : NeuronModel or list of NeuronModel
        A calibrated copy; one for each target, if there are several.
    report : Calibration
        What was asked for, what was found, and all that was measured.

    Raises
    ------
    InvalidValueError
        If the target is out of reach: the message holds what can be reached.
    UnknownNameError, UnitError
        If an argument is wrong.

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import AMPA, Dendrite, NeuronModel, Soma, calibrate
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=20*pF, gl_abs=1*nS, v_rest=-70*mV)
    >>> dend.add(AMPA('x', g=1*nS, t_decay=2*ms))
    >>> model = NeuronModel([(soma, dend, 5*nS)])
    >>> fitted, report = calibrate.psp(model, 'AMPA_x_dend', 0.5*mV)
    >>> print(f"{fitted.parameters['g_AMPA_x_dend']/nS:.2f} nS")
    0.74 nS
    """
    with located("calibrate.psp"):
        check_call(model, conditions)
        structure = model.structure
        names = receptors_of(structure, receptor)
        targets = targets_of(amplitude, _VOLTAGE, "amplitude")
        if parameters is None:
            changed = [_strength(model, name) for name in names]
        else:
            changed = as_list(parameters, "parameters")
        scaling = Scaling(model, changed)
        start = MeasurementOptions.of("psp", model, conditions)
        # the peak comes before the response has decayed
        enough = {"duration": window(scaling.model, names, start, None, 3) * second}

        def amplitudes(vary: dict[str, Any]) -> Any:
            found = measure.psp(
                scaling.model, names, at=at, vary=vary, **{**enough, **conditions}
            )
            latest = np.nanmax(np.asarray(found.time_to_peak))
            enough["duration"] = (2 * latest + 5e-3) * second
            return found.amplitude

        capacitances = {structure.receptors[name].names("C") for name in names}
        span = _resolved(scaling, capacitances, conditions)
        return scaling.solve("amplitude", amplitudes, targets, span)


def _resolved(
    scaling: Scaling, capacitances: Iterable[str], conditions: Mapping[str, Any]
) -> tuple[float, float]:
    """Return between which factors conductances are tried.

    Above ``2 C/dt`` a step of crank_nicolson goes beyond the reversal potential.
    """
    dt = conditions.get("dt")
    step = float(defaultclock.dt if dt is None else dt)
    known = scaling.model.structure.parameters
    low, high = SPAN
    for name, value in scaling.values.items():
        if known[name].spec.unit == "siemens":
            for capacitance in capacitances:
                C = scaling.model.parameters.get(capacitance)
                if C is not None:
                    high = min(high, 2 * float(C) / step / float(value))
    return min(low, high / 10), high


def _strength(model: Model, receptor: str) -> str:
    """Return the parameter that a receptor's current is proportional to."""
    known = model.structure.parameters
    conductance = f"g_{receptor}"
    return conductance if conductance in known else f"J_{receptor}"


def coupling(
    model: Model,
    source: str,
    at: str | None = None,
    *,
    attenuation: float,
    between: tuple[str, str] | None = None,
    **conditions: Any,
) -> tuple[Any, Calibration]:
    """Find the coupling that gives this attenuation of a steady voltage.

    Parameters
    ----------
    model : NeuronModel
        The cell; it is not changed.
    source : str
        Where the voltage is moved by a current.
    at : str, optional
        Where it arrives; the soma if left out.
    attenuation : float, shape () or (targets,)
        The deflection there over that at the source: above 0, below 1.
    between : (str, str), optional
        The coupled compartments whose conductance is changed; these two if left
        out.
    **conditions
        What `measure.attenuation` takes, such as `frequency` (one).

    Returns
    -------
    model : NeuronModel or list of NeuronModel
        A calibrated copy; one for each target, if there are several.
    report : Calibration
        What was asked for, what was found, and all that was measured.

    Raises
    ------
    InvalidValueError
        If the target is out of reach: the message holds what can be reached.
    UnknownNameError, UnitError
        If an argument is wrong, or the compartments are not coupled.

    Examples
    --------
    >>> from brian2 import mV, nS, pF
    >>> from dendrisyn import Dendrite, NeuronModel, Soma, calibrate
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=20*pF, gl_abs=1*nS, v_rest=-70*mV)
    >>> model = NeuronModel([(soma, dend, 1*nS)])
    >>> fitted, report = calibrate.coupling(model, 'dend', attenuation=0.5)
    >>> print(f"{fitted.parameters['g_dend_soma']/nS:.2f} nS")
    5.00 nS
    """
    with located("calibrate.coupling"):
        check_call(model, conditions)
        structure = model.structure
        ends = (
            structure.compartment(source, "source").name,
            structure.compartment(at, "at").name,
        )
        pair = ends if between is None else as_list(between, "between")
        name = f"g_{'_'.join(map(str, pair))}"
        if len(pair) != 2 or name not in structure.parameters:
            couplings = [f"({a!r}, {b!r})" for a, b, _ in structure.couplings]
            raise UnknownNameError(
                f"{' and '.join(map(repr, pair))} are not coupled directly: say with "
                f"between= which coupling is to be changed: {', '.join(couplings)}."
            )
        targets = targets_of(attenuation, _SHARE, "attenuation")
        scaling = Scaling(model, [name])
        return scaling.solve(
            "attenuation",
            lambda vary: (
                measure.attenuation(
                    scaling.model, *ends, vary=vary, **conditions
                ).forward
            ),
            targets,
        )


def dendritic_spike(
    model: Model,
    event: str,
    amplitude: Quantity,
    at: str | None = None,
    parameters: str | Sequence[str] | None = None,
    **conditions: Any,
) -> tuple[Any, Calibration]:
    """Find the conductances of a dendritic spike that give it this amplitude.

    Parameters
    ----------
    model : NeuronModel
        The cell; it is not changed.
    event : str
        The spike by the name of its event, such as ``'spike_Na_dend'``.
    amplitude : Quantity, shape () or (targets,)
        Its peak over rest (volt).
    at : str, optional
        Where the amplitude is measured; the compartment of the spike if left out.
    parameters : str or sequence of str, optional
        What is changed; the conductances of the rise and the fall if left out, which
        keep their ratio.
    **conditions
        What `measure.dendritic_spike` takes, such as `dt`.

    Returns
    -------
    model : NeuronModel or list of NeuronModel
        A calibrated copy; one for each target, if there are several.
    report : Calibration
        What was asked for, what was found, and all that was measured.

    Raises
    ------
    InvalidValueError
        If the target is out of reach: the message holds what can be reached. A spike
        is at least as high as its threshold, and below its reversal potential.
    UnknownNameError, UnitError
        If an argument is wrong.

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import Dendrite, NeuronModel, Soma, calibrate
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=20*pF, gl_abs=1*nS, v_rest=-70*mV)
    >>> dend.dspikes('Na', threshold=-40*mV, g_rise=5*nS, duration_rise=1*ms,
    ...              duration_fall=2*ms, offset_fall=1*ms, g_fall=5*nS,
    ...              reversal_rise='E_Na', reversal_fall='E_K', refractory=5*ms)
    >>> model = NeuronModel([(soma, dend, 5*nS)])
    >>> fitted, report = calibrate.dendritic_spike(model, 'spike_Na_dend', 60*mV)
    >>> print(f"{fitted.parameters['g_rise_max_Na_dend']/nS:.2f} nS")
    9.40 nS
    """
    with located("calibrate.dendritic_spike"):
        check_call(model, conditions)
        structure = model.structure
        spike, compartment = spike_of_event(structure, event)
        targets = targets_of(amplitude, _VOLTAGE, "amplitude")
        names = spike.parameter_names(compartment.names)
        if parameters is None:
            changed = [names[each] for each in ("g_rise", "g_fall") if each in names]
        else:
            changed = as_list(parameters, "parameters")
        scaling = Scaling(model, changed)
        where = compartment.name if at is None else structure.compartment(at, "at").name
        span = _resolved(scaling, [compartment.names("C")], conditions)
        return scaling.solve(
            "amplitude",
            lambda vary: (
                measure.dendritic_spike(
                    scaling.model, event, at=where, vary=vary, **conditions
                ).reached
            ),
            targets,
            span,
        )
