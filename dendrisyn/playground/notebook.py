"""`Notebook`: the playground with ipywidgets."""

from __future__ import annotations

from html import escape
from io import BytesIO
from typing import Any

from ..errors import DendrisynError
from .controls import Control
from .panels import Panels
from .state import State

__all__ = ["Notebook"]


class Notebook:
    """Sliders, boxes and buttons of ipywidgets beside an image of the traces.

    `sliders` and `boxes` are dicts by name; `box` contains all widgets.
    """

    def __init__(self, state: State) -> None:
        try:
            import ipywidgets
            from matplotlib.figure import Figure
        except ImportError as error:
            raise DendrisynError(
                "Playground in a notebook needs ipywidgets and matplotlib: "
                "pip install 'dendrisyn[playground]'."
            ) from error
        self._widgets, self._state = ipywidgets, state
        self._figure = Figure(figsize=(7, 5.2))
        # A fixed layout takes a third of the time of one that is computed.
        places = {"left": 0.1, "right": 0.99, "bottom": 0.1, "top": 0.98}
        voltage, conductance = self._figure.subplots(
            2, sharex=True, gridspec_kw={**places, "hspace": 0.12}
        )
        self._panels = Panels(voltage, conductance, state.traces)
        self.sliders: dict[str, Any] = {}
        self.boxes: dict[str, Any] = {}
        rows, title = [], ""
        for name, control in state.controls.items():
            if control.group != title:
                title = control.group
                rows.append(ipywidgets.HTML(f"<b>{title}</b>"))
            widgets = self.sliders if control.is_bounded else self.boxes
            widgets[name] = self._widget(control)
            rows.append(widgets[name])
        self.reset_button = ipywidgets.Button(description="Reset")
        self.reset_button.on_click(lambda button: state.reset())
        self.image = ipywidgets.Image(format="png", width=620)
        self.measures, self.message = ipywidgets.HTML(), ipywidgets.HTML()
        self.code = ipywidgets.Textarea(
            disabled=True, layout=ipywidgets.Layout(width="96%", height="5em")
        )
        left = ipywidgets.VBox([self.image, self.measures, self.message])
        right = ipywidgets.VBox([*rows, self.reset_button])
        self.box = ipywidgets.VBox([ipywidgets.HBox([left, right]), self.code])
        state.listen(self._refresh)
        self._refresh()

    def close(self) -> None:
        """Take the widgets away; the playground stays as it is."""
        self._state.forget(self._refresh)
        self.box.close()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)

    def _widget(self, control: Control) -> Any:
        """Return the slider or the box of a control."""
        widgets = self._widgets
        shared = {
            "value": self._state.numbers[control.name],
            "description": control.label,
            "style": {"description_width": "11em"},
            "layout": widgets.Layout(width="26em"),
        }
        widget: Any
        if not control.is_bounded:
            # `FloatText` would report all keys that are pressed otherwise.
            widget = widgets.FloatText(continuous_update=False, **shared)
        elif control.choices:
            options = [(f"{choice:g}", choice) for choice in control.choices]
            widget = widgets.SelectionSlider(options=options, **shared)
        else:
            widget = widgets.FloatSlider(
                min=control.minimum,
                max=control.maximum,
                step=control.step or (control.maximum - control.minimum) / 1000,
                readout_format=".4g",
                **shared,
            )
        widget.observe(lambda change: self._change(control, change["new"]), "value")
        return widget

    def _change(self, control: Control, number: float) -> None:
        """Set a value; show the message of the error if it is wrong."""
        if number == self._state.numbers[control.name]:
            return
        try:
            self._state.change({control.name: control.quantity(number)})
        except DendrisynError as error:
            self._refresh(str(error))

    def _refresh(self, message: str = "") -> None:
        """Show traces and values, and the message of the last input."""
        state = self._state
        widgets = self.sliders | self.boxes
        for name, number in state.numbers.items():
            if widgets[name].value != number:
                widgets[name].value = number
        self._panels.update(state.traces)
        png = BytesIO()
        self._figure.savefig(png, format="png", dpi=96)
        self.image.value = png.getvalue()
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td><b>{escape(value)}</b></td></tr>"
            for name, value in state.traces.measures.lines()
        )
        self.measures.value = f"<table>{rows}</table>"
        self.message.value = f"<i>{escape(message)}</i>" if message else ""
        self.code.value = state.code()
