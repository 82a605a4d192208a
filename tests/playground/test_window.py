"""The window of matplotlib."""

import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from brian2 import mV, nS, pA, pF
from helpers.tuned_cells import SPIKE, short

from dendrisyn import Dendrite, NeuronModel, Soma


def slider(playground, name):
    return playground.sliders[list(playground.slider_params).index(name)]


def test_a_slider_changes_the_traces(window):
    before = np.array(window.line1.get_ydata())
    slider(window, "g_rise").set_val(30)
    assert window.values["g_rise"] == 30 * nS
    expected = window.traces.voltages["trunk"] / mV
    np.testing.assert_array_equal(window.line1.get_ydata(), expected)
    assert np.abs(expected - before).max() > 1
    np.testing.assert_array_equal(window.line2.get_ydata(), window.traces.g_rise / nS)
    np.testing.assert_array_equal(window.line3.get_ydata(), -window.traces.g_fall / nS)
    title = window.ax1.get_title(loc="left")
    assert f"amplitude {window.measures.amplitude / mV:.2f} mV" in title
    low, high = window.ax1.get_ylim()
    assert low < expected.min() < expected.max() < high


def test_a_long_name_does_not_reach_into_the_plots():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("apical_trunk_proximal", cm_abs=50 * pF, gl_abs=3 * nS)
    dend.dspikes("Na", **SPIKE)
    model = NeuronModel([(soma, dend, 5 * nS)], v_rest=-70 * mV)
    playground = short(model)
    playground.set_model_params({"g_soma_apical_trunk_proximal": 6 * nS})
    playground.run()
    playground.fig.canvas.draw()
    *_, label = (box.label for box in playground.neuron_boxes)
    assert label.get_text().startswith("g_soma_apical_trunk_proximal")
    end = playground.ax1.get_window_extent().x1
    assert label.get_window_extent().x0 > end
    plt.close(playground.fig)


def test_a_slider_stays_within_its_bounds(window):
    slider(window, "g_rise").set_val(500)
    assert slider(window, "g_rise").val == 60
    assert window.values["g_rise"] == 60 * nS
    slider(window, "reversal_rise").set_val(110)
    assert slider(window, "reversal_rise").val == 136


def test_boxes_take_numbers_with_and_without_a_unit(window):
    C = window.neuron_boxes[0]
    C.set_val("9.5")
    assert window.values["C"] == 9.5 * pF
    C.set_val("8 pF")
    assert window.values["C"] == 8 * pF
    assert C.text == "8"
    window.sim_boxes[1].set_val("12")
    assert len(window.line1.get_xdata()) == 170


def test_wrong_input_shows_a_message_and_is_undone(window):
    C, message = window.neuron_boxes[0], window._desktop._message
    before = window.traces
    C.set_val("abc")
    assert message.get_text() == "C: expected a number of pF, got 'abc'."
    assert C.text == "7.85398"
    C.set_val("-3")
    assert "C: must be positive" in message.get_text()
    # the box is left: it tells what it shows, which is not all digits
    C._observers.process("submit", C.text)
    assert window.traces is before
    window.sim_boxes[0].set_val("-1")
    assert "idle_period: must not be negative" in message.get_text()
    assert window.traces is before
    slider(window, "g_rise").set_val(30)
    assert message.get_text() == ""


def click(button):
    button._observers.process("clicked", None)


def test_buttons_reset_and_print(window, capsys):
    start = window.values
    slider(window, "g_rise").set_val(30)
    window.neuron_boxes[0].set_val("9")
    window.sim_boxes[1].set_val("12")
    click(window._desktop.code_button)
    assert capsys.readouterr().out.strip() == window.code()
    assert "g_rise=30*nS" in window.code()
    click(window.reset_button)
    assert window.values == start
    assert slider(window, "g_rise").val == 20
    assert window.neuron_boxes[0].text == "7.85398"
    assert window.sim_boxes[1].text == "15"


def test_a_window_tells_how_long_simulations_take_until_it_is_closed(
    playground, capsys
):
    playground.run(timeit=True)
    slider(playground, "g_rise").set_val(30)
    # what a window does when it is closed; a figure of agg has none
    playground.fig.canvas.callbacks.process("close_event", None)
    line = playground.line1.get_ydata()
    playground.set(current=190 * pA)
    np.testing.assert_array_equal(playground.line1.get_ydata(), line)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all(re.fullmatch(r"Simulated in \d+\.\d{3} s", line) for line in lines)
    plt.close(playground.fig)


def test_the_look_of_other_plots_stays(playground):
    before = dict(matplotlib.rcParams)
    playground.run()
    assert dict(matplotlib.rcParams) == before
    pixels = np.array(playground.fig.canvas.buffer_rgba())
    slider(playground, "g_rise").set_val(30)  # and it is drawn
    assert np.any(np.array(playground.fig.canvas.buffer_rgba()) != pixels)
    plt.close(playground.fig)


def test_a_window_is_shown_where_there_is_a_screen(window, monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_backend()))
    window._desktop.show()
    assert shown == []
    monkeypatch.setattr(plt, "get_backend", lambda: "QtAgg")
    window._desktop.show()
    assert shown == ["QtAgg"]
