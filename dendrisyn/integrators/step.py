"""`Step`: the statements of one step of the theta method."""

from __future__ import annotations

import sympy
from brian2.stateupdaters.base import UnsupportedEquationsException

from .classify import Classification, classify
from .elimination import solve
from .functions import EXPREL, GROWTH_LIMIT, IF_ELSE
from .statements import Writer
from .symbolic_derivative import derivative
from .system import DT, System, Values, symbol_of

__all__ = ["Step"]

_EXPREL = sympy.Function(EXPREL)
# The functions of sympy take long to look for simplifications.
_ABS, _EXP = sympy.Function("abs"), sympy.Function("exp")
_INT = sympy.Function("int_")
_IF_ELSE = sympy.Function(IF_ELSE)
_ACTIVE = "int(not_refractory)"
_LARGEST = sympy.Float(1e300)

#: Half of the least difference of two rates, times dt, in the mean of a response. The
#: relative error is 1e-8 where the rates are equal.
_APART = sympy.Float(5e-4)


class Step:
    """The writer of one step.

    Values of subexpressions get names, and the chain rule gives their slopes through
    these names. Nothing is expanded, so the work is proportional to the number of
    equations.
    """

    def __init__(self, system: System, writer: Writer, theta: float) -> None:
        self.system, self.writer, self.theta = system, writer, theta
        self.classes: Classification = classify(system)
        #: The expressions behind the names of values, and their slopes.
        self._definitions: dict[sympy.Symbol, sympy.Expr] = {}
        self._slopes: dict[tuple[sympy.Symbol, sympy.Expr], tuple] = {}
        self._lines: dict[tuple, tuple[sympy.Expr, sympy.Expr]] = {}
        self._values: dict[tuple, sympy.Expr] = {}
        self._moving = frozenset(map(symbol_of, self.classes.rest))
        self._moves: dict[sympy.Symbol, bool] = {}

    def write(self) -> None:
        """Write all statements."""
        writer, classes = self.writer, self.classes
        self._drawn = {
            name: writer.statement(f"random_{name}", "randn()")
            for name in sorted(self.system.noises)
        }
        silent = {symbol_of(name): sympy.S.Zero for name in self.system.noises}
        middle, ends = self._solved_exactly()
        middle |= silent
        for name in classes.gates:
            middle[symbol_of(name)] = self._relaxed(name, symbol_of(name), middle)
        felt, changes = self._solved_together(middle)
        after = dict(middle)
        if classes.gates:
            for name, change in felt.items():
                new = writer.write(f"felt_{name}", symbol_of(name) + change)
                after[symbol_of(name)] = new
        for name in reversed(classes.gates):
            now = middle[symbol_of(name)]
            after[symbol_of(name)] = self._relaxed(name, now, after)
        for name in classes.gates:
            writer.assign(name, "=", after[symbol_of(name)])
        for name, change in changes.items():
            writer.assign(name, "+=", change)
        for name, variable in classes.linear.items():
            if variable.decays:
                writer.assign(name, "*=", self._response(name, DT)[symbol_of(name)])
            else:
                writer.assign(name, "=", ends.get(name) or self._after(name, DT))

    # -- linear variables --------------------------------------------------------------

    def _solved_exactly(self) -> tuple[dict[sympy.Symbol, sympy.Expr], dict]:
        """Write the means over the step of the linear variables that others need.

        Return the means, and the values at the end of the step of those with noise.
        """
        system, classes = self.system, self.classes
        needed = frozenset().union(
            *(system.depends[name] for name in (*classes.gates, *classes.rest))
        )
        means, ends = {}, {}
        for name, variable in classes.linear.items():
            symbol = symbol_of(name)
            if variable.noises:
                ends[name] = self.writer.write(f"new_{name}", self._after(name, DT))
                value = (symbol + ends[name]) / 2
            elif name in needed:
                value = self._mean(name)
            else:
                continue
            means[symbol] = self.writer.write(f"mean_{name}", value)
        return means, ends

    def _after(self, name: str, time: sympy.Expr) -> sympy.Expr:
        """Return the value of a linear variable after *time*."""
        variable = self.classes.linear[name]
        value = _combined(self._response(name, time))
        for noise, size in variable.noises.items():
            spread = sympy.sqrt(time * _EXPREL(2 * self._plain(variable.slope) * time))
            value += self._plain(size) * spread * self._drawn[noise]
        return value

    def _mean(self, name: str) -> sympy.Expr:
        """Return the mean of a linear variable over the step."""
        variable = self.classes.linear[name]
        slope = self._plain(variable.slope)
        gains: dict[sympy.Expr, sympy.Expr] = {symbol_of(name): _EXPREL(slope * DT)}
        if variable.constant != 0:
            gains[sympy.S.One] = self._plain(variable.constant) * _mean_response(
                slope, 0
            )
        for driver, factor in variable.drivers.items():
            rate = self._plain(self.classes.linear[driver].slope)
            response = _mean_response(slope, rate)
            gains[symbol_of(driver)] = self._plain(factor) * response
        return _combined(gains)

    def _response(self, name: str, time: sympy.Expr) -> dict[sympy.Expr, sympy.Expr]:
        """Return the factors of a variable, its drivers and 1 after *time*."""
        variable = self.classes.linear[name]
        slope = self._plain(variable.slope)
        left = _EXP(slope * time)
        gains: dict[sympy.Expr, sympy.Expr] = {symbol_of(name): left}
        for driver, factor in variable.drivers.items():
            rate = self._plain(self.classes.linear[driver].slope)
            # The slower decay is factored out, so that no exponential can overflow.
            apart = _ABS(rate - slope)
            slower = _EXP((rate + slope + apart) / 2 * time)
            response = time * slower * _EXPREL(-apart * time)
            gains[symbol_of(driver)] = self._plain(factor) * response
        if variable.constant != 0:
            gains[sympy.S.One] = (
                self._plain(variable.constant) * time * _EXPREL(slope * time)
            )
        return gains

    def _plain(self, expression: sympy.Expr) -> sympy.Expr:
        """Return an expression without states, with the values of its terms."""
        return self._with_values(expression, {})

    # -- gates -------------------------------------------------------------------------

    def _relaxed(self, name: str, now: sympy.Expr, at: Values) -> sympy.Expr:
        """Write half a step of a gate, with its rates at these values."""
        flow = self._value(name, {**at, symbol_of(name): now})
        reach = DT / 2
        slope = sympy.Add(*self._slope(flow, now))
        relaxed = now + flow * reach * _EXPREL(slope * reach)
        return self.writer.write(f"half_{name}", relaxed)

    # -- the rest ----------------------------------------------------------------------

    def _solved_together(
        self, at: Values
    ) -> tuple[dict[str, sympy.Expr], dict[str, sympy.Expr]]:
        """Write the linearly implicit step of the remaining variables.

        It solves ``(1 - theta dt J) dx = dt f``, where `J` is the Jacobian of `f`.
        Return the changes in the linear system, and the changes that are applied.
        """
        writer, names = self.writer, self.classes.rest
        reach = self.theta * DT
        matrix, right, growth, resolved = {}, {}, {}, {}
        for name in names:
            flow, own = self._value(name, at), symbol_of(name)
            scale, flow = self._scaled(flow)
            rest, gain, loss = self._apart(flow, own)
            loss = self._written(f"loss_{name}", loss)
            moved = scale * DT * (rest + gain * own - loss * own)
            right[name] = self._with_noise(
                name, writer.write(f"explicit_{name}", moved)
            )
            constant, varying = self._slope(rest, own)
            matrix[name, name] = sympy.expand_mul(1 + reach * scale * (loss - constant))
            if gain != 0 or varying != 0:
                grown = reach * scale * (gain + varying)
                growth[name] = writer.write(f"growth_{name}", grown)
                can_be = _INT(self._is_resolved(name, growth[name]))
                resolved[name] = writer.write(f"resolved_{name}", can_be)
            others = self.system.depends[name] & frozenset(names) - {name}
            for other in sorted(others):
                slope = sympy.Add(*self._slope(flow, symbol_of(other)))
                entry = -reach * scale * slope
                if entry != 0:
                    matrix[name, other] = entry
        inverses: dict[str, sympy.Expr] = {}
        frozen = self.system.frozen & frozenset(names)
        active = writer.statement("active", _ACTIVE) if frozen else sympy.S.One

        def inverse(name: str, pivot: sympy.Expr) -> sympy.Expr:
            if name in growth:
                pivot -= _IF_ELSE(resolved[name], growth[name], 0)
            inverses[name] = writer.write(f"inverse_{name}", 1 / pivot)
            factors = {resolved.get(name, 1), active if name in frozen else 1} - {1}
            felt = sympy.Mul(inverses[name], *factors)
            return writer.write(f"felt_inverse_{name}", felt)

        changes = solve(writer, names, matrix, right, inverse)
        made = dict(changes)
        for name in growth:
            # A variable that grows too fast makes an explicit step by itself.
            by_itself = writer.write(f"by_itself_{name}", right[name] * inverses[name])
            chosen = _IF_ELSE(resolved[name], changes[name], by_itself)
            made[name] = writer.write(f"chosen_{name}", chosen)
        return changes, made

    def _is_resolved(self, name: str, growth: sympy.Expr) -> sympy.Basic:
        """Return the condition under which the linear system includes the growth."""
        resolved = sympy.Le(growth, GROWTH_LIMIT, evaluate=False)
        powers = self.system.slope(name, name).atoms(sympy.Pow)
        if any(not power.exp.is_integer for power in powers):
            # The slope of a root at 0 is infinite: no variable would change.
            resolved = sympy.And(resolved, sympy.Ge(growth, -_LARGEST, evaluate=False))
        return resolved

    def _with_noise(self, name: str, change: sympy.Expr) -> sympy.Expr:
        for noise in sorted(self.system.depends[name] & self.system.noises):
            size = self.system.slope(name, noise)
            if self.system.reached(size):
                raise UnsupportedEquationsException(
                    f"the noise {noise} of {name} is multiplied by a variable"
                )
            inlined = self._plain(self.system.inlined(size, {}))
            change = change + inlined * sympy.sqrt(DT) * self._drawn[noise]
        return self.writer.write(f"noisy_{name}", change)

    # -- values and slopes -------------------------------------------------------------

    def _value(self, name: str, at: Values) -> sympy.Expr:
        """Return a right-hand side with values for states."""
        return self._with_values(self.system.expressions[name], at)

    def _with_values(self, expression: sympy.Expr, at: Values) -> sympy.Expr:
        """Return an expression with values for states and other names."""
        symbols = sorted(expression.free_symbols, key=str)
        places = {symbol: self._place(symbol, at) for symbol in symbols}
        # Replacing a symbol by itself would make sympy simplify everything again.
        return expression.xreplace({k: v for k, v in places.items() if k != v})

    def _place(self, symbol: sympy.Symbol, at: Values) -> sympy.Expr:
        """Write the value of a symbol; return its name."""
        name, system = symbol.name, self.system
        if symbol in system.held:
            return self._held(symbol)
        if name in system.states or name in system.noises:
            return at.get(symbol, symbol)
        if name not in system.expressions:
            return symbol
        inputs = (at.get(symbol_of(state)) for state in sorted(system.depends[name]))
        key = (name, *inputs)
        if key not in self._values:
            self._values[key] = self._named(name, self._value(name, at))
        return self._values[key]

    def _held(self, symbol: sympy.Symbol) -> sympy.Expr:
        """Write a term at the start of the step; return its name."""
        key = (symbol.name,)
        if key not in self._values:
            term = self._with_values(self.system.held[symbol], {})
            self._values[key] = self.writer.write("held", term)
        return self._values[key]

    def _named(self, name: str, expression: sympy.Expr) -> sympy.Expr:
        """Write the value of a subexpression; its constant factor also gets a name.

        The factor of a current is its conductance, which is also in its slope.
        """
        if expression.is_Mul:
            fixed = [
                factor for factor in expression.args if not self._is_moving(factor)
            ]
            moving = [factor for factor in expression.args if factor not in fixed]
            if moving:
                factor = self.writer.write(f"factor_{name}", sympy.Mul(*fixed))
                if factor.is_Symbol and len(fixed) > 1:
                    self._definitions.setdefault(factor, sympy.Mul(*fixed))
                expression = factor * sympy.Mul(*moving)
        written = self.writer.write(f"value_{name}", expression)
        if written.is_Symbol and written != expression:
            self._definitions.setdefault(written, expression)
        return written

    def _is_moving(self, expression: sympy.Expr) -> bool:
        """Return True if an expression depends on variables that are solved for."""
        for symbol in expression.free_symbols:
            known = self._moves.get(symbol)
            if known is None:
                definition = self._definitions.get(symbol, sympy.S.Zero)
                known = symbol in self._moving or self._is_moving(definition)
                self._moves[symbol] = known
            if known:
                return True
        return False

    def _scaled(self, flow: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
        """Return the common factor of all neurons, and the product of the others."""
        factors = sympy.Mul.make_args(flow)
        scale = [factor for factor in factors if self.writer.is_scalar(factor)]
        common, rest = sympy.Mul(*scale), sympy.Mul(*(set(factors) - set(scale)))
        if common.could_extract_minus_sign():  # signs tell gains from losses
            return -common, -rest
        return common, rest

    def _apart(
        self, expression: sympy.Expr, by: sympy.Symbol
    ) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr]:
        """Return rest, gain and loss of a value ``rest + gain*by - loss*by``.

        The loss is the sum of conductances, which is also in the matrix, so a current
        costs one product.
        """
        rest, factor = self._line(expression, by)
        terms = sympy.Add.make_args(factor)
        loss = [-term for term in terms if term.could_extract_minus_sign()]
        gain = [term for term in terms if not term.could_extract_minus_sign()]
        return rest, sympy.Add(*gain), sympy.Add(*loss)

    def _line(
        self, expression: sympy.Expr, by: sympy.Symbol
    ) -> tuple[sympy.Expr, sympy.Expr]:
        """Return rest and factor of ``rest + factor*by``; the rest may be nonlinear."""
        if expression == by:
            return sympy.S.Zero, sympy.S.One
        if expression in self._definitions:
            if (expression, by) not in self._lines:
                line = self._line(self._definitions[expression], by)
                self._lines[expression, by] = line
            rest, factor = self._lines[expression, by]
            return (rest, factor) if factor != 0 else (expression, factor)
        if expression.is_Add:
            terms = [self._line(term, by) for term in expression.args]
            rest, factor = (sympy.Add(*parts) for parts in zip(*terms, strict=True))
            return (rest, factor) if factor != 0 else (expression, factor)
        if expression.is_Mul:
            varying = [
                factor for factor in expression.args if self._depends(factor, by)
            ]
            if len(varying) == 1:
                rest, factor = self._line(varying[0], by)
                others = expression / varying[0]
                return others * rest, others * factor
        return expression, sympy.S.Zero

    def _depends(self, expression: sympy.Expr, on: sympy.Symbol) -> bool:
        """Return True if a value depends on a symbol, also through named values."""
        return on in expression.free_symbols or any(
            self._depends(self._definitions[symbol], on)
            for symbol in expression.free_symbols
            if symbol in self._definitions
        )

    def _slope(
        self, expression: sympy.Expr, by: sympy.Expr
    ) -> tuple[sympy.Expr, sympy.Expr]:
        """Return the derivative of a value, also through named values.

        The first part is constant, the second depends on variables that are solved for.
        """
        terms = list(sympy.Add.make_args(derivative(expression, by)))
        for symbol in sorted(expression.free_symbols - {by}, key=str):
            if symbol not in self._definitions:
                continue
            if (symbol, by) not in self._slopes:
                parts = self._slope(self._definitions[symbol], by)
                self._slopes[symbol, by] = tuple(
                    self._written(f"slope{symbol}", part) for part in parts
                )
            inner = [slope for slope in self._slopes[symbol, by] if slope != 0]
            if inner:
                outer = derivative(expression, symbol)
                terms += [outer * slope for slope in inner]
        varying = [term for term in terms if self._is_moving(term)]
        constant = [term for term in terms if term not in varying]
        return sympy.Add(*constant), sympy.Add(*varying)

    def _written(self, stem: str, slope: sympy.Expr) -> sympy.Expr:
        """Write a slope that is a sum; return its name or the slope itself."""
        if not slope.is_Add:
            return slope
        moving, slope = self._is_moving(slope), sympy.factor_terms(slope)
        sign = -1 if slope.could_extract_minus_sign() else 1
        written = self.writer.write(stem, sign * slope)
        if written.is_Symbol:
            self._moves[written] = moving
        return sign * written


def _mean_response(slope: sympy.Expr, rate: sympy.Expr) -> sympy.Expr:
    """Return the mean over the step of a decaying variable with a decaying driver.

    It is ``dt*(exprel(a) - exprel(b))/(a - b)``, where a and b are the rates times dt.
    Rates that are nearly equal are moved apart.
    """
    middle, half = (slope + rate) * DT / 2, _ABS(slope - rate) * DT / 2
    half = (half + _APART + _ABS(half - _APART)) / 2
    return DT * (_EXPREL(middle + half) - _EXPREL(middle - half)) / (2 * half)


def _combined(gains: dict[sympy.Expr, sympy.Expr]) -> sympy.Expr:
    """Return the sum of all sources times their gains."""
    return sympy.Add(*(source * gain for source, gain in gains.items()))
