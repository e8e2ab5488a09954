"""pylsl, the only module that knows it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from imu.blocks import FloatArray
from kickback.errors import KickbackError

if TYPE_CHECKING:
    from kickback.lab.facts import Facts

CONFIGS = ("lsl_api.cfg", "~/lsl_api/lsl_api.cfg", "/etc/lsl_api/lsl_api.cfg")
"""Where liblsl looks for its settings, besides $LSLAPICFG (its documentation, LSL API configuration files)."""
QUIET = "[log]\nlevel = -3\n"
"""liblsl writes to the terminal on which the session is drawn."""


class Opened(Protocol):
    """A stream that is there for others."""

    def push(self, values: FloatArray, at_s: FloatArray) -> None:
        """Numbers, shape (n, channels), with their instants, shape (n,)."""

    def say(self, texts: Sequence[str], at_s: Sequence[float]) -> None:
        """Texts with their instants."""


class Layer(Protocol):
    """The lab streaming layer, or what stands for it in a test."""

    def now_s(self) -> float:
        """Its clock."""

    def open(self, facts: Facts) -> Opened:
        """Make a stream."""


class Lsl:
    """The real one.

    Raises:
        KickbackError: pylsl is not installed, or does not find its library.
    """

    def __init__(self) -> None:
        try:
            import pylsl
        except ImportError:
            raise KickbackError("--lsl needs pylsl: pip install 'kickback[lab]'") from None
        except (OSError, RuntimeError) as error:
            line = " ".join(str(error).split())
            raise KickbackError(f"--lsl: pylsl cannot be loaded ({line[:200]}); install liblsl") from None
        self._pylsl = pylsl
        if "LSLAPICFG" not in os.environ and not any(Path(path).expanduser().is_file() for path in CONFIGS):
            pylsl.set_config_content(QUIET)

    def now_s(self) -> float:
        """LSL's clock, seconds."""
        return float(self._pylsl.local_clock())

    def open(self, facts: Facts) -> Opened:
        """Make a stream, with all that is known of it in its description.

        Raises:
            RuntimeError: liblsl refuses.
        """
        lsl = self._pylsl
        form = lsl.cf_string if facts.text else lsl.cf_double64
        rate_hz = facts.rate_hz or lsl.IRREGULAR_RATE
        info = lsl.StreamInfo(facts.name, facts.kind, len(facts.channels), rate_hz, form, facts.source)
        channels = info.desc().append_child("channels")
        for channel in facts.channels:
            node = channels.append_child("channel")
            for key, text in (("label", channel.label), ("type", channel.kind), ("unit", channel.unit)):
                node.append_child_value(key, text)
        own = info.desc().append_child("kickback")
        for key, text in facts.about.items():
            own.append_child_value(key, text)
        return _Outlet(lsl.StreamOutlet(info))


class _Outlet:
    """One of pylsl's outlets."""

    def __init__(self, outlet: object) -> None:
        self._outlet = outlet

    def push(self, values: FloatArray, at_s: FloatArray) -> None:
        """See :class:`Opened`."""
        self._outlet.push_chunk(values, at_s.tolist())  # type: ignore[attr-defined]  # pylsl ships no types

    def say(self, texts: Sequence[str], at_s: Sequence[float]) -> None:
        """See :class:`Opened`."""
        for text, stamp_s in zip(texts, at_s, strict=True):
            self._outlet.push_sample([text], stamp_s)  # type: ignore[attr-defined]  # pylsl ships no types
