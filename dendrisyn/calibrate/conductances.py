"""Calibration of the conductances of receptors, couplings and dendritic spikes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from brian2.core.clocks import defaultclock
from brian2.units.allunits import second
from brian2.units.fundamentalunits import Quantity

from .. import measure
from ..cell.base import Model
from ..cell.structure import Structure
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
    **options: Any,
) -> tuple[Any, Calibration]:
    """Find the conductance of a receptor that gives a PSP of an amplitude.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell; it is not changed.
    receptor : str or sequence of str
        The receptor, such as ``'NMDA_x_dend'``, or several receptors of one spike:
        their conductances keep their ratios.
    amplitude : Quantity, shape () or (targets,)
        Target of the peak of the PSP over rest (volt), negative for an inhibitory PSP.
    at : str, optional
        The compartment of the measurement; the soma by default.
    parameters : str or sequence of str, optional
        The changed parameters; by default ``g_<receptor>``, or ``J_<receptor>`` of
        receptors with a current.
    **options
        Options of `measure.psp`, such as `dt`; see `measure.MeasurementOptions`.

    Returns
    -------
    model : NeuronModel or list of NeuronModel
        A calibrated copy, or a list of copies for several targets.
    report : Calibration
        Targets, achieved values, and all measured values.

    Raises
    ------
    InvalidValueError
        If the target is out of reach; the message names the reachable range.
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
        check_call(model, options)
        structure = model.structure
        receptors = receptors_of(structure, receptor)
        targets = targets_of(amplitude, _VOLTAGE, "amplitude")
        if parameters is None:
            changed = [_strength(structure, name) for name in receptors]
        else:
            changed = as_list(parameters, "parameters")
        scaling = Scaling(model, changed)
        settings = MeasurementOptions.of("psp", scaling.model, options)
        # The peak comes before the response has decayed.
        enough = {"duration": window(settings, receptors, None, 3) * second}

        def amplitudes(vary: dict[str, Any]) -> Any:
            result = measure.psp(
                scaling.model, receptors, at=at, vary=vary, **{**enough, **options}
            )
            latest = np.nanmax(np.asarray(result.time_to_peak))
            enough["duration"] = (2 * latest + 5e-3) * second
            return result.amplitude

        capacitances = {structure.receptors[name].names("C") for name in receptors}
        span = _resolved_span(scaling, capacitances, options)
        return scaling.solve("amplitude", amplitudes, targets, span)


def _resolved_span(
    scaling: Scaling, capacitances: Iterable[str], options: Mapping[str, Any]
) -> tuple[float, float]:
    """Return the bounds of the factor of conductances.

    Above ``2 C/dt`` a step of crank_nicolson overshoots the reversal potential.
    """
    dt = options.get("dt")
    step = float(defaultclock.dt if dt is None else dt)
    parameters = scaling.model.structure.parameters
    low, high = SPAN
    for name, value in scaling.values.items():
        if parameters[name].spec.unit == "siemens":
            for capacitance in capacitances:
                C = scaling.model.parameters.get(capacitance)
                if C is not None:
                    high = min(high, 2 * float(C) / step / float(value))
    return min(low, high / 10), high


def _strength(structure: Structure, receptor: str) -> str:
    """Return the parameter to which the current of a receptor is proportional."""
    conductance = f"g_{receptor}"
    return conductance if conductance in structure.parameters else f"J_{receptor}"


def coupling(
    model: Model,
    source: str,
    at: str | None = None,
    *,
    attenuation: float,
    between: tuple[str, str] | None = None,
    **options: Any,
) -> tuple[Any, Calibration]:
    """Find the coupling conductance that gives an attenuation of a steady voltage.

    Parameters
    ----------
    model : NeuronModel
        The cell; it is not changed.
    source : str
        The compartment of the current.
    at : str, optional
        The target compartment; the soma by default.
    attenuation : float, shape () or (targets,)
        Target of the deflection at the target over that at the source: above 0, below
        1.
    between : (str, str), optional
        The coupled compartments whose conductance is changed; by default source and
        target.
    **options
        Options of `measure.attenuation`, such as a single `frequency`.

    Returns
    -------
    model : NeuronModel or list of NeuronModel
        A calibrated copy, or a list of copies for several targets.
    report : Calibration
        Targets, achieved values, and all measured values.

    Raises
    ------
    InvalidValueError
        If the target is out of reach; the message names the reachable range.
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
        check_call(model, options)
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
                f"{' and '.join(map(repr, pair))} are not coupled directly. Name the "
                f"coupling to change with between=: {', '.join(couplings)}."
            )
        targets = targets_of(attenuation, _SHARE, "attenuation")
        scaling = Scaling(model, [name])
        return scaling.solve(
            "attenuation",
            lambda vary: (
                measure.attenuation(scaling.model, *ends, vary=vary, **options).forward
            ),
            targets,
        )


def dendritic_spike(
    model: Model,
    event: str,
    amplitude: Quantity,
    at: str | None = None,
    parameters: str | Sequence[str] | None = None,
    **options: Any,
) -> tuple[Any, Calibration]:
    """Find the conductances that give a dendritic spike of an amplitude.

    Parameters
    ----------
    model : NeuronModel
        The cell; it is not changed.
    event : str
        The spike by its event, such as ``'spike_Na_dend'``.
    amplitude : Quantity, shape () or (targets,)
        Target of the peak over rest (volt).
    at : str, optional
        The compartment of the measurement; by default that of the spike.
    parameters : str or sequence of str, optional
        The changed parameters; by default the conductances of the rise and the fall,
        which keep their ratio.
    **options
        Options of `measure.dendritic_spike`, such as `dt`.

    Returns
    -------
    model : NeuronModel or list of NeuronModel
        A calibrated copy, or a list of copies for several targets.
    report : Calibration
        Targets, achieved values, and all measured values.

    Raises
    ------
    InvalidValueError
        If the target is out of reach; the message names the reachable range. A spike is
        at least as high as its threshold, and below its reversal potential.
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
        check_call(model, options)
        structure = model.structure
        spike, compartment = spike_of_event(structure, event)
        targets = targets_of(amplitude, _VOLTAGE, "amplitude")
        names = spike.parameter_names(compartment.names)
        if parameters is None:
            changed = [
                names[symbol] for symbol in ("g_rise", "g_fall") if symbol in names
            ]
        else:
            changed = as_list(parameters, "parameters")
        scaling = Scaling(model, changed)
        where = compartment if at is None else structure.compartment(at, "at")
        span = _resolved_span(scaling, [compartment.names("C")], options)
        return scaling.solve(
            "amplitude",
            lambda vary: (
                measure.dendritic_spike(
                    scaling.model, event, at=where.name, vary=vary, **options
                ).reached
            ),
            targets,
            span,
        )
