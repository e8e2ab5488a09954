"""Large block digits, to be read across a room."""

from __future__ import annotations

ROWS = 5
COLUMNS = 3

_SHAPES = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
}


def width_of(count: int, scale: int) -> int:
    """Columns that :func:`big` needs for so many digits; a character is half as wide as it is high."""
    return (count * (COLUMNS + 1) - 1) * 2 * scale


def big(number: int, scale: int = 1, ink: str = "█") -> list[str]:
    """The number as ``ROWS * scale`` lines of equal length.

    Args:
        number: not negative.
        scale: rows of the terminal for a row of the shape; each stands two columns wide.
        ink: the character that fills the shape.

    Raises:
        ValueError: the number is negative or the scale below 1.
    """
    if number < 0 or scale < 1:
        raise ValueError(f"needs a number from 0 and a scale from 1, got {number} and {scale}")
    shapes = [_SHAPES[digit] for digit in str(number)]
    lines = []
    for row in range(ROWS):
        dots = " ".join(shape[row] for shape in shapes)
        line = "".join((ink if dot == "#" else " ") * (2 * scale) for dot in dots)
        lines += [line] * scale
    return lines
