"""The three streams of a sensor, and all that is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.results import Phase
from imu.blocks import Header

PHASES = tuple(Phase)
"""The numbers of the phases in the stream of progress, from 0."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One number, or text, of a stream's samples."""

    label: str
    kind: str
    unit: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a stream is.

    Attributes:
        name, kind: by which people and programs find it. source: by which it is found again after a break.
        channels: of it. rate_hz: 0 where samples come when they come. text: strings instead of numbers.
        about: further facts, below ``desc/kickback``.
    """

    name: str
    kind: str
    source: str
    channels: tuple[Channel, ...]
    rate_hz: float = 0.0
    text: bool = False
    about: Mapping[str, str] = field(default_factory=dict)


SAMPLES = (
    *(Channel(f"acc_{axis}", "ACC", "m/s^2") for axis in "xyz"),
    *(Channel(f"gyr_{axis}", "GYRO", "rad/s") for axis in "xyz"),
)
EVENTS = (Channel("event", "Marker", "JSON"),)
PROGRESS = (
    Channel("phase", "Code", ""),
    Channel("angle_deg", "Angle", "deg"),
    Channel("count", "Count", ""),
    Channel("candidates", "Count", ""),
    Channel("set", "Count", ""),
    Channel("phase_s", "Time", "s"),
    Channel("rotation_deg", "Angle", "deg"),
)


def about(header: Header) -> dict[str, str]:
    """What is known of a session's recording; the reader of XDF takes it up again."""
    said = {
        "leg": header.leg,
        "sensor": header.sensor,
        "placement": header.placement,
        "origin": header.origin,
        **{key: header.extra.get(key) for key in ("exercise", "tempo")},
    }
    return {"simulated": str(header.simulated).lower()} | {key: str(text) for key, text in said.items() if text}


def samples_of(name: str, header: Header, rate_hz: float) -> Facts:
    """The stream of samples: a lost one is a row of NaN."""
    known = about(header) | {"axes": "the sensor's own; acc is specific force, upwards at rest", "lost": "NaN"}
    return Facts(f"{name} samples", "MoCap", _source(name, "samples"), SAMPLES, rate_hz, about=known)


def events_of(name: str, header: Header) -> Facts:
    """The stream of reps: one JSON text an event, stamped with the end of what it tells of."""
    known = about(header) | {"events": "rep (counted), set (closed, its reps restated: these are final), not_counted"}
    return Facts(f"{name} reps", "Markers", _source(name, "reps"), EVENTS, text=True, about=known)


def progress_of(name: str, header: Header) -> Facts:
    """The stream of progress: for the eye, about ten times a second."""
    known = about(header) | {"phases": " ".join(f"{code}={phase.value}" for code, phase in enumerate(PHASES))}
    return Facts(f"{name} progress", "Progress", _source(name, "progress"), PROGRESS, about=known)


def _source(name: str, what: str) -> str:
    return f"kickback:{name}:{what}"
