"""What was typed about the page, checked. Nothing here needs the server."""

from __future__ import annotations

from dataclasses import dataclass

from kickback.errors import UsageError

PORT = 8571
"""Unless another is asked for: a page that was open when the session broke off finds the resumed one by itself.
Our own choice; Debian's list of services knows nothing there."""


@dataclass(frozen=True)
class PageWish:
    """The page that is asked for.

    Attributes:
        port: the one that was asked for, None: :data:`PORT`, or a free one where that is taken.
        lan: whether others in the network are let in. browser: whether to open it here.
    """

    port: int | None = None
    lan: bool = False
    browser: bool = True


def page_wish(page: bool, port: int | None, lan: bool, no_browser: bool) -> PageWish | None:
    """From the options; None without a page.

    Raises:
        UsageError: something is said of a page that nobody asked for.
    """
    if page:
        return PageWish(port, lan, not no_browser)
    for option, said in (("--port", port is not None), ("--lan", lan), ("--no-browser", no_browser)):
        if said:
            raise UsageError(f"{option} is about the page: say --page, too")
    return None
