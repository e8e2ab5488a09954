"""SVG, a few elements at a time. Colours come from the style sheet by class."""

from __future__ import annotations

import math

from markupsafe import Markup, escape


def nice_ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most ``most`` + 1 of them.

    Raises:
        ValueError: ``high`` is not above ``low``.
    """
    if not high > low:
        raise ValueError(f"no room for ticks between {low} and {high}")
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def minus(text: str) -> str:
    """Text with a true minus sign instead of the hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def element(name: str, content: str = "", **values: object) -> str:
    """An element; ``content`` is markup already.

    Attributes: floats get one decimal, a ``_`` in a name becomes ``-``, ``class_`` is ``class``.
    """
    said = []
    for key, value in values.items():
        text = f"{value:.1f}" if isinstance(value, float) else str(escape(str(value)))
        said.append(f' {key.rstrip("_").replace("_", "-")}="{text}"')
    attributes = "".join(said)
    return f"<{name}{attributes}>{content}</{name}>" if content else f"<{name}{attributes}/>"


def label(text: str, x: float, y: float, **values: object) -> str:
    """A piece of text at a place."""
    return element("text", str(escape(text)), x=x, y=y, **values)


def drawing(width: float, height: float, spoken: str, kind: str, content: str) -> Markup:
    """The whole picture, of class ``kind``, with what a screen reader says of it."""
    box = f"0 0 {width:g} {height:g}"
    return Markup(element("svg", content, class_=kind, viewBox=box, role="img", aria_label=spoken))
