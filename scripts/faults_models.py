"""Damaged and forged model folders for scripts/faults.py."""

import hashlib
import json
import os
import random
import shutil
import struct
from copy import deepcopy
from pathlib import Path
from typing import Any

from faults_files import damaged

from seqtext import model_folder

# What stands in a file of an enemy where seqtext would have written something harmless.
VALUES: list[Any] = [
    None, True, -1, 0, 1, 2**31, 2**63, 10**40, 0.5, -0.0, 1e308, "", "a", "a" * 1_000_000, "\x1b[31m", "a\nb", "\x00",
    [], {}, [[]], [None], [1, 2], ["a"] * 1_000, [""] * 100_000, {"a": 1}, {"kind": "text"}, {"kind": "no such"},
    "../../etc/passwd", ["a", 1, None],
]  # fmt: skip
# Cleaning that hangs, or fills the memory, in engines that let it.
STEPS: list[Any] = [
    [["regex", "(?:ab|[ac]b)*$", "x"]], [["regex", "a*a*a*a*a*b", ""]], [["regex", "(?:^){4294967294}", ""]],
    [["regex", "", "xx"]] * 100, [["regex", ".", "y" * 10_000]] * 3, [["regex", "(?=(.*))", "\\1"]],
    [["regex", "(.*)", "\\1\\1\\1\\1"]] * 60, [["regex", "\\s+$", ""]], [["regex", "(((a{9}){9}){9}){9}", ""]],
    [["regex", "[", ""]], [["regex"]], ["lowercase"] * 100_000, [["regex", "a" * 1_000_000, ""]], [[[["regex"]]]],
]  # fmt: skip
# Beyond every bound that is set for them: a folder may say so, and nobody may believe it.
NUMBERS = [-(2**70), -1, 0, 1, 2, 3, 7, 1_000, 65_536, 10**7, 2**31 - 1, 2**63, 1e300, 0.1, -0.5]
MOST_BYTES = 20_000_000  # what is larger may take more memory
NANS = [b"\x00\x00\xc0\x7f", b"\x00\x00\x80\x7f", b"\xff\xff\xff\xff", b"\x00\x00\x80\xff", b"\xff\xff\x7f\x7f"]


def damage(rng: random.Random, model: Path, copy: Path) -> str:
    """Make ``copy`` a copy of ``model`` in which something is wrong, without a new signature; return what."""
    _copied(model, copy)
    path = rng.choice(sorted(copy.iterdir()))
    what = rng.choice(["bytes"] * 12 + ["missing", "folder", "pipe", "link to itself", "link to a device", "empty"])
    content = path.read_bytes()
    path.unlink()
    match what:
        case "bytes":
            path.write_bytes(damaged(rng, content))
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "link to itself":
            path.symlink_to(path)
        case "link to a device":
            path.symlink_to("/dev/zero")
        case "empty":
            path.touch()
    return f"{path.name}: {what}"


def forge(rng: random.Random, model: Path, copy: Path) -> str:
    """Make ``copy`` a copy of ``model`` in which something is wrong and all checksums are right; return what."""
    _copied(model, copy)
    path = rng.choice(sorted(copy.iterdir()))
    content = path.read_bytes()
    path.unlink()
    if path.suffix == ".json" and rng.random() < 0.8:
        data = json.loads(content)
        what = " and ".join(_changed(rng, data) for _ in range(rng.choice([1, 1, 1, 2, 5])))
        content = json.dumps(data).encode()[:MOST_BYTES]
    elif path.suffix == ".safetensors" and rng.random() < 0.8:
        content, what = _other_arrays(rng, content)
    elif rng.random() < 0.1:
        content, what = rng.choice([b"[" * 100_000, b'{"a":' * 50_000, b"9" * 10_000]), "too deep"
    else:
        content, what = damaged(rng, content), "bytes"
    path.write_bytes(content)
    sign(copy)
    return f"{path.name}, signed: {what}"


def _copied(model: Path, copy: Path) -> None:
    """Links are enough: what is changed is written anew."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for one in model.iterdir():
        os.link(one, copy / one.name)


def _changed(rng: random.Random, data: Any) -> str:
    """Change one value somewhere in ``data``."""
    places: list[tuple[Any, Any]] = []
    waiting = [data]
    while waiting:
        inside = waiting.pop()
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        places += [(inside, key) for key in keys[:50]]
        waiting += [inside[key] for key in keys[:50] if isinstance(inside[key], dict | list)]
    if not places:
        return "nothing"
    if (cleaning := [place for place in places if place[1] == "clean"]) and rng.random() < 0.15:
        inside, key = rng.choice(cleaning)
        inside[key] = steps = deepcopy(rng.choice(STEPS))
        return f"clean: {steps!r:.60}"
    inside, key = rng.choice(places)
    value = inside[key]
    match rng.randrange(6):
        case 0:
            del inside[key]
        case 1 if isinstance(inside, dict):
            inside[rng.choice(["new", "", "a" * 100_000, "\x1b[2J"])] = inside.pop(key)
        case 2 if isinstance(inside, list) and len(inside) < 1_000:
            inside[:] = rng.choice([inside * 2, inside[::-1], inside * 500, [*inside, _deep(300)]])
        case 3 if isinstance(value, int | float):
            inside[key] = rng.choice(NUMBERS)
        case 4:
            inside[key] = rng.choice([[value], {"a": value}, str(value), _deep(rng.choice([10, 500]))])
        case _:
            inside[key] = deepcopy(rng.choice(VALUES))  # it may be changed in its turn
    return f"{key!r:.60}: {value!r:.60} became {inside.get(key) if isinstance(inside, dict) else inside!r:.60}"


def _deep(depth: int) -> Any:
    value: Any = "a"
    for _ in range(depth):
        value = [value]
    return value


def _other_arrays(rng: random.Random, content: bytes) -> tuple[bytes, str]:
    """Another header, or other numbers."""
    (size,) = struct.unpack("<Q", content[:8])
    header, numbers = json.loads(content[8 : 8 + size]), bytearray(content[8 + size :])
    if rng.random() < 0.5 or not numbers:
        what = _changed(rng, header)
    else:
        odd = rng.choice(NANS)
        for _ in range(rng.choice([1, 1, 50])):
            at = 4 * rng.randrange(len(numbers) // 4)
            numbers[at : at + 4] = odd
        what = f"numbers {odd.hex()}"
    raw = json.dumps(header).encode()
    length = rng.choice([len(raw)] * 9 + [0, 2**63, 2**64 - 1, len(raw) + 1])
    return struct.pack("<Q", length) + raw + bytes(numbers), what


def sign(folder: Path) -> bool:
    """Make the checksums right again; False where model.json cannot be signed any more."""
    path = folder / model_folder.MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
        for name, facts in manifest["files"].items():
            content = (folder / name).read_bytes()
            facts |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest["checksum"] = model_folder.NO_CHECKSUM
        raw = model_folder.to_json(manifest)
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError):
        return False
    path.unlink()  # a link to that of the model
    path.write_bytes(raw.replace(model_folder.NO_CHECKSUM.encode(), hashlib.sha256(raw).hexdigest().encode(), 1))
    return True
