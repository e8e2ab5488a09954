"""Fills the template. Its context is made in ``view.py``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from kickback.report.trace import bokeh_js, trace_json
from kickback.report.view import view
from kickback.result import Analysis


@cache
def _template() -> Template:
    env = Environment(
        loader=PackageLoader("kickback.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return env.get_template("report.html.j2")


@cache
def _text(name: str) -> Markup:
    """A file of the template folder that goes into the page as it is."""
    return Markup(files("kickback.report").joinpath("templates", name).read_text(encoding="utf-8"))


def page(analysis: Analysis) -> str:
    """The report as HTML."""
    trace = trace_json(analysis)
    return _template().render(
        view=view(analysis),
        css=_text("report.css"),
        script=_text("report.js"),
        trace=None if trace is None else Markup(trace),
        bokeh=None if trace is None else Markup(bokeh_js()),
    )
