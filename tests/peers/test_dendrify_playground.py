"""`Playground` beside that of Dendrify: arguments and drawn traces."""

import inspect
import warnings

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from brian2 import defaultclock, ms, mV, nS, pA, pF, second

from dendrisyn.playground import Playground

dendrify = pytest.importorskip("dendrify")

METHODS = ["__init__", "run", "set_model_params", "set_slider_params"]
DICTS = ["MODEL_PARAMS", "SIMULATION_PARAMS", "SLIDER_PARAMS"]


@pytest.fixture(autouse=True)
def _without_a_screen():
    """Draw into memory, and restore the style of plots, which Dendrify changes."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        plt.switch_backend("agg")
        # Dendrify shows its window, and agg has no windows.
        warnings.filterwarnings("ignore", ".*non-interactive", UserWarning)
        yield
        plt.close("all")


def test_the_public_names_exist():
    ours, theirs = (
        {name for name in dir(kind) if not name.startswith("_")}
        for kind in (Playground, dendrify.Playground)
    )
    assert not theirs - ours


@pytest.mark.parametrize("method", METHODS)
def test_the_arguments_and_their_defaults_are_the_same(method):
    ours, theirs = (
        inspect.signature(getattr(kind, method)).parameters
        for kind in (Playground, dendrify.Playground)
    )
    assert list(ours)[: len(theirs)] == list(theirs)
    for name, argument in theirs.items():
        assert ours[name].default == argument.default
        assert ours[name].kind == argument.kind
    # All other arguments are optional.
    others = [argument for name, argument in ours.items() if name not in theirs]
    variable = inspect.Parameter.VAR_KEYWORD
    assert all(
        argument.kind == variable or argument.default is not inspect.Parameter.empty
        for argument in others
    )


@pytest.mark.parametrize("name", DICTS)
def test_the_defaults_are_the_same(name):
    ours, theirs = (getattr(kind, name) for kind in (Playground, dendrify.Playground))
    assert list(ours) == list(theirs)
    for key in theirs:
        assert ours[key] == theirs[key]


@pytest.mark.parametrize("name", ["EQUATIONS", "EVENT"])
def test_the_equations_are_of_the_same_type(name):
    ours, theirs = (getattr(kind, name) for kind in (Playground, dendrify.Playground))
    assert type(ours) is type(theirs)
    assert len(ours) > 0


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("set_slider_params", {"g_rize": [0, 1, 1, 1, nS]}),
        ("set_model_params", {"c": 1 * pF}),
    ],
)
def test_an_unknown_name_is_a_key_error_in_both(method, given):
    for playground in (Playground(), dendrify.Playground()):
        with pytest.raises(KeyError):
            getattr(playground, method)(given)


def script(kind, changes, cell, protocol, **options):
    """Return a running playground, by the script of a user of either package."""
    playground = kind(**options)
    playground.set_slider_params(
        {
            name: [*playground.slider_params[name][:2], value, None, unit]
            for name, (value, unit) in changes.items()
        }
    )
    playground.set_model_params(cell)
    playground.simulation_params.update(protocol)
    playground.run()
    return playground


#: A time step of about 0.12 ms, whose multiples have no rounding error. With 0.1 ms,
#: phases of Dendrify's spikes are a step longer or shorter by rounding.
STEP = 2.0**-13

#: Steps of each duration.
DURATIONS = {
    "duration_rise": 16,
    "duration_fall": 24,
    "offset_fall": 8,
    "refractory": 40,
}

CASES = {
    "as it is": ({}, {}, {}, {}),
    "another spike": (
        {
            "g_rise": (30, nS),
            "g_fall": (12, nS),
            "current": (150, pA),
            "threshold": (-45, mV),
            "reversal_rise": (136, mV),
        },
        {
            "duration_rise": 37,
            "duration_fall": 49,
            "offset_fall": 25,
            "refractory": 164,
        },
        {},
        {},
    ),
    "another cell": (
        {},
        {},
        {"C": 120 * pF, "gL": 2 * nS, "EL": -65 * mV, "reversal_fall": -80 * mV},
        {"idle_period": 12 * ms, "stim_time": 60 * ms, "post_stim_time": 20 * ms},
    ),
}


def lines(playground):
    return [
        np.array(line.get_data())
        for line in (playground.line1, playground.line2, playground.line3)
    ]


@pytest.mark.parametrize("name", CASES)
def test_one_script_shows_the_same_traces(name):
    changes, durations, cell, protocol = CASES[name]
    defaultclock.dt = STEP * second
    steps = {**DURATIONS, **durations}
    # In Dendrify the fall starts a step earlier and lasts a step longer.
    same = {
        "offset_fall": steps["offset_fall"] - 1,
        "duration_fall": steps["duration_fall"] + 1,
    }
    theirs, ours = (
        script(
            kind,
            {**changes, **{name: (n * STEP, second) for name, n in number.items()}},
            cell,
            protocol,
            **options,
        )
        for kind, number, options in (
            (dendrify.Playground, steps, {}),
            (Playground, {**steps, **same}, {"method": "euler"}),
        )
    )
    for mine, other in zip(lines(ours), lines(theirs), strict=True):
        # 1e-9 ms, mV, nS: rounding
        np.testing.assert_allclose(mine, other, rtol=0, atol=1e-9)
    assert np.ptp(lines(theirs)[1][1]) > 0  # there was a spike


def test_a_script_without_a_change_shows_the_same_up_to_the_first_spike():
    """The default integration methods differ."""
    (ours, _, rise), (theirs, _, _) = (
        lines(script(kind, {}, {}, {})) for kind in (Playground, dendrify.Playground)
    )
    start = np.flatnonzero(rise[1])[0] - 10
    assert 400 < start < 450
    np.testing.assert_array_equal(ours[0].shape, theirs[0].shape)
    # Euler's error in a depolarisation of 50 mV: dt/(2 tau) of 50 mV/e, 0.04 mV
    difference = np.abs(ours[1] - theirs[1])[: start - 10].max()
    assert 0.01 < difference < 0.05


def test_values_that_were_set_are_read_as_in_dendrify():
    both = [
        script(kind, {"g_rise": (30, nS)}, {"C": 90 * pF}, {"stim_time": 2 * ms})
        for kind in (Playground, dendrify.Playground)
    ]
    for playground in both:
        canvas = playground.fig.canvas  # drawing takes most of the time
        canvas.draw = canvas.draw_idle = lambda: None
        playground.sliders[1].set_val(-50)
        playground.neuron_boxes[1].set_val("4")
        playground.sim_boxes[2].set_val("2")
        playground.sliders[8].set_val(136)
    ours, theirs = both
    assert ours.model_params.keys() == theirs.model_params.keys()
    for name, value in theirs.model_params.items():
        assert ours.model_params[name] == value
    for name, value in theirs.simulation_params.items():
        assert ours.simulation_params[name] == value
    labels = [
        [
            widget.label.get_text()
            for widget in (*playground.sliders, *playground.neuron_boxes[:3])
        ]
        for playground in both
    ]
    assert labels[0] == labels[1]
    assert len(ours.sim_boxes) == len(theirs.sim_boxes)
    for playground in both:
        playground.reset_button._observers.process("clicked", None)
        assert playground.sliders[1].val == -40
        assert playground.neuron_boxes[1].text in ("3", "3.0")
        assert playground.model_params["gL"] == 3 * nS
