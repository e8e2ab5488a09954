"""Invitations for a phone in the same network: this computer's addresses, and what a camera can read."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from kickback.errors import KickbackError
from kickback.page.guard import Right

BLACK_ON_WHITE = "\x1b[97;40m"
"""White blocks on black, said outright: on a light terminal the code would otherwise be a negative."""
PLAIN = "\x1b[0m"
QUIET = 2
"""Modules around the code. ISO/IEC 18004 asks for 4; phones read it with 2, and it must fit on 24 lines and a bit."""
ELSEWHERE = "192.0.2.1"
"""An address that belongs to nobody (RFC 5737): the way to it is looked up, nothing is sent."""
_SIOCGIFADDR = 0x8915
"""linux/sockios.h: the address of an interface."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An address with a token. It is void when the session ends.

    Attributes:
        right: to look, or to control. url: the whole address.
        also: the same by this computer's other networks.
    """

    right: Right
    url: str
    also: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """``To look: http://...``."""
        return f"To {self.right.name.lower()}: {self.url}"

    def qr_text(self, colours: bool = True) -> str:
        """The address as a QR code of half blocks, for a terminal.

        Args:
            colours: say that it is white on black; without, it is only right on a dark terminal.
        """
        import segno

        out = StringIO()
        segno.make_qr(self.url, error="l").terminal(out, border=QUIET, compact=True)
        lines = out.getvalue().splitlines()
        return "\n".join(f"{BLACK_ON_WHITE}{line}{PLAIN}" if colours else line for line in lines)


def invitations(addresses: list[str], port: int, look: str, control: str) -> list[Invitation]:
    """One to look and one to control.

    Raises:
        KickbackError: no network reaches this computer.
    """
    if not addresses:
        raise KickbackError("--lan: this computer is in no network; connect it to the one that the phone is in")
    made = []
    for right, token in ((Right.LOOK, look), (Right.CONTROL, control)):
        urls = [f"http://{address}{'' if port == 80 else f':{port}'}/?token={token}" for address in addresses]
        made.append(Invitation(right, urls[0], tuple(urls[1:])))
    return made


def lan_addresses() -> list[str]:
    """This computer's IPv4 addresses in its networks; the one that leads out comes first, loopback is none."""
    found: list[str] = []
    for text in (*_way_out(), *_of_interfaces(), *_of_name()):
        address = ipaddress.ip_address(text)
        if text not in found and not (address.is_loopback or address.is_unspecified or address.is_multicast):
            found.append(text)
    return found


def _way_out() -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((ELSEWHERE, 9))
        except OSError:
            return  # no way out: a network without a router
        yield probe.getsockname()[0]


def _of_interfaces() -> Iterator[str]:
    """What Linux says of each interface; nothing elsewhere."""
    if not sys.platform.startswith("linux"):
        return
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(asking.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # it has none
            yield socket.inet_ntoa(answer[20:24])


def _of_name() -> Iterator[str]:
    try:
        yield from socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        return  # the name is not known to any resolver
