"""Geometry and passive properties: a cylinder or a lumped compartment."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Any

from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Fragment, Parameter
from ..errors import InvalidValueError
from ..names import Names
from ..units import Checked, Spec, quantity

__all__ = ["EphysProperties"]

CAPACITANCE = Spec("farad", "membrane capacitance", "positive")
LEAK = Spec("siemens", "leak conductance", "nonnegative", density=True)
REST = Spec("volt", "resting potential (reversal of the leak)")


@dataclass(frozen=True, eq=False)
class EphysProperties(Checked):
    """Size and passive properties of a compartment.

    A compartment is either a cylinder (`length`, `diameter`, `cm`, `gl`), whose
    membrane area is that of its side, ``pi length diameter scale_factor
    spine_factor``, or lumped (`cm_abs`, `gl_abs`).

    Parameters
    ----------
    name : str, optional
        The compartment's name, the suffix of its variables.
    length, diameter : Quantity, optional
        Size of the cylinder (metre).
    cm : Quantity, optional
        Specific capacitance (farad/metre**2).
    gl : Quantity, optional
        Specific leak conductance (siemens/metre**2).
    cm_abs : Quantity, optional
        Capacitance of a lumped compartment (farad).
    gl_abs : Quantity, optional
        Leak conductance of a lumped compartment (siemens).
    r_axial : Quantity, optional
        Axial resistivity (ohm*metre).
    v_rest : Quantity, optional
        Resting potential (volt).
    scale_factor : float
        Multiplies the membrane area.
    spine_factor : float
        Multiplies the membrane area of a dendrite, to account for its spines; it has
        no effect on a soma.
    is_soma : bool
        Whether `spine_factor` is left out.

    Raises
    ------
    UnitError, InvalidValueError
        If a value has the wrong unit or sign, or if lumped values are mixed with
        those of a cylinder.

    Examples
    --------
    >>> from brian2 import um, uF, cm, ohm
    >>> from dendrisyn import EphysProperties
    >>> trunk = EphysProperties('trunk', length=100*um, diameter=2*um,
    ...                         cm=1*uF/cm**2, r_axial=150*ohm*cm)
    >>> trunk.capacitance
    6.28318531 * pfarad
    >>> trunk.g_cylinder
    20.94395102 * nsiemens
    """

    name: str | None = None
    length: Quantity = quantity("metre", "length", default=None, sign="positive")
    diameter: Quantity = quantity("metre", "diameter", default=None, sign="positive")
    cm: Quantity = quantity(
        "farad/metre**2", "specific capacitance", default=None, sign="positive"
    )
    gl: Quantity = quantity(
        "siemens/metre**2", "specific leak", default=None, sign="nonnegative"
    )
    cm_abs: Quantity = quantity("farad", "capacitance", default=None, sign="positive")
    gl_abs: Quantity = quantity(
        "siemens", "leak conductance", default=None, sign="nonnegative"
    )
    r_axial: Quantity = quantity(
        "ohm*metre", "axial resistivity", default=None, sign="positive"
    )
    v_rest: Quantity = quantity("volt", "resting potential", default=None)
    scale_factor: float = quantity("1", "area factor", default=1.0, sign="positive")
    spine_factor: float = quantity(
        "1", "area factor for spines", default=1.0, sign="positive"
    )
    is_soma: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dimensionless:
            both = ("length", "diameter", "cm", "gl", "r_axial")
            mixed = [each for each in both if getattr(self, each) is not None]
            mixed += [
                each
                for each in ("scale_factor", "spine_factor")
                if getattr(self, each) != 1.0
            ]
            if mixed:
                raise InvalidValueError(
                    f"{', '.join(mixed)} cannot be combined with cm_abs and gl_abs: a "
                    "lumped compartment has no area. Give either length, diameter, cm "
                    "and gl, or cm_abs and gl_abs."
                )

    @property
    def dimensionless(self) -> bool:
        """True if the compartment is lumped: it has a capacitance but no size."""
        return self.cm_abs is not None or self.gl_abs is not None

    @property
    def area(self) -> Quantity:
        """Effective membrane area (metre**2).

        Raises
        ------
        InvalidValueError
            If length or diameter is not given.
        """
        area = self.area_or_none
        if area is None:
            raise self._missing("area", "length and diameter")
        return area

    @property
    def capacitance(self) -> Quantity:
        """Membrane capacitance (farad).

        Raises
        ------
        InvalidValueError
            If it cannot be computed.
        """
        value = self._total(self.cm_abs, self.cm)
        if value is None:
            raise self._missing("capacitance", "length, diameter and cm, or cm_abs")
        return value

    @property
    def g_leakage(self) -> Quantity:
        """Leak conductance (siemens).

        Raises
        ------
        InvalidValueError
            If it cannot be computed.
        """
        value = self._total(self.gl_abs, self.gl)
        if value is None:
            raise self._missing("g_leakage", "length, diameter and gl, or gl_abs")
        return value

    @property
    def g_cylinder(self) -> Quantity:
        """Axial conductance of the whole cylinder (siemens): ``1/R`` with
        ``R = 4 r_axial length/(pi diameter**2)``.

        Raises
        ------
        InvalidValueError
            If length, diameter or r_axial is not given.
        """
        if self.length is None or self.diameter is None or self.r_axial is None:
            raise self._missing("g_cylinder", "length, diameter and r_axial")
        return pi * self.diameter**2 / (4 * self.r_axial * self.length)

    @staticmethod
    def g_couple(comp1: EphysProperties, comp2: EphysProperties) -> Quantity:
        """Conductance between the middles of two cylinders in series (siemens).

        Raises
        ------
        InvalidValueError
            If one of them has no length, diameter or r_axial.
        """
        first, second = comp1.g_cylinder, comp2.g_cylinder
        return 2 / (1 / first + 1 / second)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that can be computed, by their Brian2 names."""
        fragment = self.fragment(Names.of(self.name or ""))
        return {
            name: parameter.value
            for name, parameter in fragment.parameters.items()
            if parameter.value is not None
        }

    def fragment(self, names: Names) -> Fragment:
        """Return the passive parameters ``EL``, ``C`` and ``gL``."""
        return Fragment(
            parameters={
                names("EL"): Parameter(self.v_rest, REST, "give v_rest"),
                names("C"): Parameter(
                    self._total(self.cm_abs, self.cm),
                    CAPACITANCE,
                    "give length, diameter and cm, or cm_abs",
                ),
                names("gL"): Parameter(
                    self._total(self.gl_abs, self.gl),
                    LEAK,
                    "give length, diameter and gl, or gl_abs",
                ),
            }
        )

    @property
    def area_or_none(self) -> Quantity | None:
        """Effective membrane area (metre**2), None without length and diameter."""
        if self.length is None or self.diameter is None:
            return None
        spines = 1.0 if self.is_soma else self.spine_factor
        return pi * self.length * self.diameter * self.scale_factor * spines

    def _total(self, absolute: Quantity, density: Quantity) -> Quantity | None:
        if absolute is not None:
            return absolute
        area = self.area_or_none
        return None if area is None or density is None else density * area

    def _missing(self, what: str, needed: str) -> InvalidValueError:
        owner = f"{self.name!r}" if self.name else "this compartment"
        return InvalidValueError(f"{what} of {owner} needs {needed}.")
