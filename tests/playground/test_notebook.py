"""The widgets of the notebook."""

import pytest
from brian2 import mV, nS
from helpers.tuned_cells import SHORT, short, two_compartments


def slider(playground, name):
    return playground.sliders[list(playground.slider_params).index(name)]


def test_widgets_change_the_same_state(window):
    notebook = window.notebook()
    image = notebook.image.value
    assert bytes(image).startswith(b"\x89PNG")
    notebook.sliders["g_rise"].value = 30
    assert window.values["g_rise"] == 30 * nS
    assert notebook.image.value != image
    assert notebook.code.value == window.code()
    assert f"{window.measures.amplitude / mV:.2f} mV" in notebook.measures.value
    # and the window follows, and the other way round
    assert slider(window, "g_rise").val == 30
    slider(window, "reversal_rise").set_val(136)
    assert notebook.sliders["reversal_rise"].value == 136
    window.neuron_boxes[0].set_val("9")
    assert notebook.boxes["C"].value == 9
    notebook.boxes["stim_time"].value = 12
    assert len(window.traces.t) == 170
    notebook.close()


def test_widgets_have_the_bounds_of_the_sliders(playground):
    notebook = playground.notebook()
    for name, (low, high, initial, step, unit) in playground.slider_params.items():
        widget = notebook.sliders[name]
        assert widget.value == initial
        assert widget.description == f"{name} ({unit!s})"
        if isinstance(step, tuple):
            assert [value for _, value in widget.options] == list(step)
        else:
            assert (widget.min, widget.max, widget.step) == (low, high, step)
    assert set(notebook.boxes) == {"C", "gL", "EL", "reversal_fall", *SHORT}
    notebook.close()


def test_wrong_input_shows_a_message_and_is_undone(playground):
    notebook = playground.notebook()
    before = notebook.boxes["C"].value, playground.traces
    notebook.boxes["C"].value = -1
    assert "C: must be positive" in notebook.message.value
    assert (notebook.boxes["C"].value, playground.traces) == before
    notebook.sliders["g_rise"].value = 30
    assert notebook.message.value == ""
    notebook.reset_button.click()
    assert notebook.sliders["g_rise"].value == 20
    notebook.close()
    playground.set(g_rise=30 * nS)
    assert notebook.sliders["g_rise"].value == 20


def test_choices_need_not_be_round():
    playground = short(two_compartments())
    thirds = [10 / 3, 20 / 3]
    playground.set_slider_params({"g_rise": [0, 10, thirds[0], thirds, nS]})
    notebook = playground.notebook()
    notebook.sliders["g_rise"].index = 1
    assert playground.values["g_rise"] / nS == pytest.approx(thirds[1], rel=1e-11)
    assert notebook.message.value == ""
    notebook.close()


def test_a_cell_that_ends_in_a_playground_shows_its_widgets(playground, monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", shown.append)
    playground._ipython_display_()
    (box,) = shown
    assert [type(each).__name__ for each in box.children] == ["HBox", "Textarea"]
