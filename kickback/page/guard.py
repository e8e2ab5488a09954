"""Who may see the page and who may control it, and what a command may look like. Nothing here waits or sends."""

from __future__ import annotations

import hmac
import ipaddress
import json
import math
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

TOKEN_BYTES = 16
"""128 bits; NIST SP 800-63B, 5.1.2.2, asks for 20 where tries are limited and for 112 where they are not."""
LARGEST_COMMAND = 4096
"""Bytes. The longest command of the page, a note, has about 300."""
LONGEST_TOKEN = 100
"""Characters that are looked at."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), screen-wake-lock=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer. Nothing comes from outside, nothing is framed, and no address with a token is told to others."""


class Right(IntEnum):
    """What a visitor may do; each holds the ones before it."""

    NOTHING = 0
    LOOK = 1
    CONTROL = 2


class Refused(Exception):
    """A visitor who gets nothing. Its text is one line for a person; it tells no secret."""


class NoToken(Refused):
    """A visitor who came the right way and has no token that is good, or no longer."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a request.

    Attributes:
        headers: names in small letters. query: behind the question mark, as it was sent.
        client, server: addresses of the two ends of the connection, without ports; None when unknown.
        path: that is asked for.
    """

    headers: Mapping[str, str]
    query: str
    client: str | None
    server: str | None
    path: str


@dataclass
class Guard:
    """Judges each request.

    Attributes:
        port: that is served. lan: whether others than this computer may come, with a token.
        look, control: the two tokens.
    """

    port: int
    lan: bool = False
    look: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES), repr=False)
    control: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES), repr=False)
    _void: bool = False

    @property
    def cookie(self) -> str:
        """The name of the cookie that carries the token to the page's parts; cookies know no ports, so it names one."""
        return f"kickback_{self.port}"

    def revoke(self) -> None:
        """Make both tokens void, for good."""
        self._void = True

    def admit(self, visit: Visit) -> Right:
        """What the visitor may do: to look, or to control.

        A page of another site can make a browser send requests here (it cannot fake Host, Origin and Sec-Fetch-Site),
        or have its own name point here (then Host gives it away). Both get nothing.

        Raises:
            NoToken, Refused: nothing.
        """
        host = visit.headers.get("host", "").lower()
        near = is_loopback(visit.client)
        self._check_host(host, visit.server, near)
        check_origin(visit, host)
        if near and host in _hosts(("127.0.0.1", "localhost"), self.port):
            return Right.CONTROL
        right = self._right(self.token(visit))
        if right is Right.NOTHING:
            raise NoToken("Nothing to see without the whole address that the session shows; it ends with the session.")
        return right

    def token(self, visit: Visit) -> str:
        """The token of the address, or else of the cookie; empty without one."""
        try:
            said = parse_qs(visit.query, keep_blank_values=True, max_num_fields=20, errors="replace").get("token")
            if said is not None:
                return said[0] if len(said) == 1 else ""
            kept = SimpleCookie(visit.headers.get("cookie", "")).get(self.cookie)
        except (ValueError, CookieError):  # more fields than any page of ours sends; a cookie that is none
            return ""
        return kept.value if kept is not None else ""

    def _right(self, token: str) -> Right:
        """Compared in a time that tells nothing of the tokens; both always."""
        given = token[:LONGEST_TOKEN].encode("utf-8", "replace")
        control = hmac.compare_digest(given, self.control.encode())
        look = hmac.compare_digest(given, self.look.encode())
        if self._void or not self.lan:
            return Right.NOTHING
        return Right.CONTROL if control else Right.LOOK if look else Right.NOTHING

    def _check_host(self, host: str, server: str | None, near: bool) -> None:
        """The address bar must show this computer: its own names for itself, or the address that was come to."""
        names = ["127.0.0.1", "localhost"] if near else []
        if self.lan and server:
            names.append(server)
        if host not in _hosts(names, self.port):
            raise Refused("This is not the address of a Kickback session.")


def check_origin(visit: Visit, host: str) -> None:
    """Whoever names the page that sent the request must name this one. Only a way in from elsewhere is let pass.

    Raises:
        Refused: it came from another site, or from a page that hides where it is from.
    """
    origin = visit.headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host}":
        raise Refused("Another site may not use a Kickback session.")
    site = visit.headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin"):
        link = visit.headers.get("sec-fetch-mode") == "navigate" and visit.headers.get("sec-fetch-dest") == "document"
        if not link or visit.path not in ("/", "/history"):
            raise Refused("Another site may not use a Kickback session.")


def is_loopback(address: str | None) -> bool:
    """Whether it is this computer's way to itself."""
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _hosts(names: Sequence[str], port: int) -> set[str]:
    """As a browser writes them into Host: the usual port is left out."""
    whole = {f"{name}:{port}" for name in names}
    return whole | set(names) if port == 80 else whole


def parse_command(text: str) -> dict[str, Any]:
    """A command as the page may send it: one flat JSON object with ``do``.

    Raises:
        ValueError: it is anything else; one line says what.
    """
    try:
        command = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        text.encode()
        json.dumps(command, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("a message must be JSON") from None
    if not isinstance(command, dict) or not isinstance(command.get("do"), str):
        raise ValueError('a message must be an object with "do"')
    for value in command.values():
        if isinstance(value, dict | list):
            raise ValueError("a message must be flat")
        if isinstance(value, str) and any(unicodedata.category(sign) in ("Cc", "Cf") for sign in value):
            raise ValueError("a message must hold no control characters")
    return command


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value
