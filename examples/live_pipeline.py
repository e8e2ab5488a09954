"""Feed samples to the pipeline as they arrive, and hear of each rep when it is known.

    python examples/live_pipeline.py

The samples come from the simulator here; a sensor's driver would make the same blocks.
"""

from __future__ import annotations

from kickback import Params, Pipeline, Progress, Rejected, Rep, SetClosed, Tempo, simulate

BLOCK = 10  # samples: a tenth of a second at 100 Hz


def main() -> None:
    """Push a simulated set through the pipeline, a tenth of a second at a time."""
    recording = simulate("clean", seed=1).recording()
    pipeline = Pipeline(Params(tempo=Tempo.parse("3-0-1-1"), legs=("left",)), recording.rate_hz)
    print("SIMULATED: no person made these movements.")

    for block in recording.blocks(BLOCK):
        for event in pipeline.push(block):
            tell(event, recording.rate_hz)
    for event in pipeline.finish():
        tell(event, recording.rate_hz)


def tell(event: Rep | SetClosed | Rejected | Progress, rate_hz: float) -> None:
    """Say what just became known."""
    if isinstance(event, Rep):
        delay_s = event.known_at / rate_hz - event.end_s
        print(f"rep {event.rep}: {event.tempo_code}, {event.rom_deg:.0f} degrees, known {delay_s:.2f} s after its end")
    elif isinstance(event, SetClosed):
        print(f"set {event.set} is over: {len(event.reps)} reps, {event.calibration.sentence}")
    elif isinstance(event, Rejected):
        print(f"not counted: {event.reason.value}")


if __name__ == "__main__":
    main()
