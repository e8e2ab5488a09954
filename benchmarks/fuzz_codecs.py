"""Any bytes give messages or a ProtocolError: all decoders under a fuzzer that follows what it has covered.

The fuzzer is atheris (libFuzzer for Python). It is not among the project's requirements; it wants a place of its own::

    python -m venv fuzzing && fuzzing/bin/pip install atheris numpy
    python benchmarks/fuzz_codecs.py --fuzzer fuzzing/bin/python --seconds 600

Each codec gets its share of the time. An input is a sequence of notifications, each a characteristic and its bytes, for
one decoder; it begins with those of the vectors. Held against each input: nothing but messages and ProtocolError comes
out, no warning, two decoders say the same, and a good stream is decoded afterwards. What fails is printed with its
bytes.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import out_argument, write_result

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("kickback", "witmotion", "polar", "movesense", "metamotion", "movella_dot")
REQUESTS = "kickback, requests"
"""What a sensor with our firmware is asked for, which the virtual sensor decodes."""
LONGEST = 4096
"""Bytes of an input: some ten notifications at MTU 247, or one far longer than any."""
MOST_FINDINGS = 10

Feed = tuple[int, bytes]
Target = Callable[[bytes], None]


@dataclass
class Figures:
    """Of one codec. Edges and features are libFuzzer's ``cov`` and ``ft``."""

    target: str
    seconds: float = 0.0
    executions: int = 0
    per_second: float = 0.0
    seeds: int = 0
    edges_of_the_seeds: int = 0
    edges: int = 0
    features: int = 0
    inputs_kept: int = 0
    findings: list[str] = field(default_factory=list)


def packed(feeds: Iterable[Feed]) -> bytes:
    """A sequence of notifications as the fuzzer changes it: characteristic, length in 16 bits, bytes."""
    return b"".join(bytes([where]) + len(data).to_bytes(2, "little") + data for where, data in feeds)


def unpacked(data: bytes) -> list[Feed]:
    """Any bytes as a sequence of notifications."""
    feeds, at = [], 0
    while at + 3 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 3], "little")
        feeds.append((data[at], data[at + 3 : at + 3 + size]))
        at += 3 + size
    return feeds


def vectors(name: str) -> tuple[list[list[tuple[str, bytes]]], list[list[tuple[str, bytes]]]]:
    """Sequences of the vectors: all of them, and those that give packets."""
    file = json.loads((ROOT / "firmware_protocol" / "vectors" / f"{name}.json").read_text(encoding="utf-8"))
    good = [case["feed"] for case in file.get("decode", ()) if case["packets"]]
    rest = [case["feed"] for case in file.get("decode", ()) if not case["packets"]]
    rest += [[*case.get("before", ()), case["feed"]] for case in file.get("errors", ())]
    for part, uuid in (("data", "data"), ("backfill", "backfill"), ("info", "info"), ("answer", "control")):
        for kind, cases in file.get(part, {}).items():
            feeds = [[[file["uuids"][uuid], case["hex"]]] for case in cases]
            (good if (part, kind) == ("data", "good") else rest).extend(feeds)
    read = [[[(uuid, bytes.fromhex(text)) for uuid, text in feed] for feed in feeds] for feeds in (good, rest)]
    return [*read[0], *read[1]], read[0]


def requests() -> list[bytes]:
    """Commands of the vectors."""
    file = json.loads((ROOT / "firmware_protocol" / "vectors" / "kickback.json").read_text(encoding="utf-8"))
    return [bytes.fromhex(case["hex"]) for cases in file["request"].values() for case in cases]


# --- in the fuzzer's Python --------------------------------------------------------------------------------------


def request_target() -> Target:
    """A request that is decoded is encoded to the same bytes."""
    control = importlib.import_module("firmware_protocol.control")
    refused = importlib.import_module("firmware_protocol.packet").ProtocolError

    def target(data: bytes) -> None:
        try:
            request = control.decode_request(data)
        except refused:
            return
        assert request.encode() == data

    return target


def codec_target(name: str) -> Target:
    """Two decoders are fed with the same sequence, then with a good stream."""
    packet = importlib.import_module("firmware_protocol.packet")
    registry = importlib.import_module("firmware_protocol.registry")
    codec = registry.codec(name)
    wish = registry.Wish()
    places = (*codec.subscribes, *codec.reads, registry.BATTERY_LEVEL)
    kinds = (packet.Packet, packet.Layout, packet.Reply, packet.Synced, packet.Promised, packet.Said)
    good = vectors(name)[1]

    def heard(decoder: Any, uuid: str, data: bytes) -> list[Any]:
        try:
            found = decoder.feed(uuid, data)
        except packet.ProtocolError as error:
            return [str(error)]
        assert all(isinstance(each, kinds) for each in found), found
        return list(found)

    def target(data: bytes) -> None:
        first, second = codec.decoder(wish), codec.decoder(wish)
        for where, bites in unpacked(data):
            uuid = places[where % len(places)]
            assert repr(heard(first, uuid, bites)) == repr(heard(second, uuid, bites))
        assert first.layout == second.layout
        stream = good[len(data) % len(good)]
        after = [each for uuid, bites in (*stream, *stream) for each in heard(first, uuid, bites)]
        assert any(isinstance(each, packet.Packet) for each in after), "nothing is decoded afterwards"

    return target


def fuzz(target: str, arguments: list[str]) -> None:
    """Run atheris in this process; it ends the process."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["firmware_protocol"]):
        one = request_target() if target == REQUESTS else codec_target(target)
    warnings.simplefilter("error")
    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


# --- in the project's Python -------------------------------------------------------------------------------------


def write_seeds(target: str, folder: Path) -> int:
    """The vectors as inputs: each sequence alone, and all good ones in a row."""
    if target == REQUESTS:
        inputs = requests()
    else:
        codec = importlib.import_module("firmware_protocol.registry").codec(target)
        places = [*codec.subscribes, *codec.reads]
        every, good = vectors(target)
        sequences = [*every, [feed for feeds in good for feed in feeds]]
        inputs = [
            packed((places.index(uuid) if uuid in places else len(places), data) for uuid, data in feeds)
            for feeds in sequences
        ]
    for number, data in enumerate(inputs):
        (folder / f"seed{number:03}").write_bytes(data)
    return len(inputs)


def run(target: str, fuzzer: str, seconds: int, corpus: Path) -> Figures:
    """Fuzz one target for its time; what fails is noted, and the fuzzer goes on with another seed."""
    figures = Figures(target)
    found = corpus.with_name(f"{corpus.name}_found")
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    figures.seeds = write_seeds(target, corpus)
    while (left := seconds - round(figures.seconds)) > 0 and len(figures.findings) < MOST_FINDINGS:
        options = [f"-max_total_time={left}", f"-max_len={LONGEST}", "-timeout=10", "-print_final_stats=1"]
        options += [f"-seed={1 + len(figures.findings)}", f"-artifact_prefix={found}/"]
        command = [fuzzer, str(Path(__file__).resolve()), "--child", target, *options, str(corpus)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=ROOT, check=False)
        _read(done.stderr, figures)
        if done.returncode == 0:
            break
        what = re.findall(r"^(?:\w+\.)*\w+(?:Error|Exception)\b.*$", done.stdout + done.stderr, re.MULTILINE)
        latest = max(found.iterdir(), key=lambda path: path.stat().st_mtime, default=None)
        bites = latest.read_bytes().hex() if latest else "bytes that were not kept"
        figures.findings.append(f"{what[-1] if what else done.stderr[-300:]} from {bites}")
        print(f"{target}: {figures.findings[-1]}", file=sys.stderr)
        if not figures.executions:
            break
    return figures


def _read(text: str, figures: Figures) -> None:
    """Add up what libFuzzer prints."""
    lines = re.findall(r"^#(\d+)\s+(\w+)\s+cov: (\d+) ft: (\d+) corp: (\d+)", text, re.MULTILINE)
    for _, event, edges, features, kept in lines:
        if event == "INITED" and not figures.edges_of_the_seeds:
            figures.edges_of_the_seeds = int(edges)
        figures.edges = max(figures.edges, int(edges))
        figures.features = max(figures.features, int(features))
        figures.inputs_kept = int(kept)
    if took := re.search(r"Done (\d+) runs in (\d+) second", text):
        executions, seconds = int(took[1]), float(took[2])
    else:
        executions, seconds = (int(lines[-1][0]) if lines else 0), 1.0
    figures.executions += executions
    figures.seconds += seconds
    figures.per_second = round(figures.executions / figures.seconds, 1) if figures.seconds else 0.0


def main() -> int:
    """Fuzz all that was asked for; 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fuzzer", default=sys.executable, help="a Python that has atheris and numpy")
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument("--only", nargs="*", choices=(*NAMES, REQUESTS), default=[*NAMES, REQUESTS])
    parser.add_argument("--corpus", type=Path, help="keep the inputs here, to go on from them another time")
    out_argument(parser, "fuzz_codecs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        corpus = options.corpus or Path(scratch)
        share = -(-options.seconds // len(options.only))
        results = []
        for target in options.only:
            results.append(run(target, options.fuzzer, share, corpus / target.replace(", ", "_")))
            print(json.dumps(asdict(results[-1])), flush=True)
    total = {
        "seconds": sum(each.seconds for each in results),
        "executions": sum(each.executions for each in results),
        "findings": sum(len(each.findings) for each in results),
    }
    write_result(options.out, {"total": total, "targets": [asdict(each) for each in results]})
    return 1 if total["findings"] else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        fuzz(sys.argv[2], sys.argv[3:])
    raise SystemExit(main())
