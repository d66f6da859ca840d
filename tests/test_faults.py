"""A short form of scripts/faults.py: every kind of fault, and nothing is lost or untrue."""

import importlib
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parent.parent / "scripts"
# Those in one process take milliseconds, those with a process of their own seconds.
COUNTS = {"damaged_model": 200, "forged_model": 100, "hostile_file": 30, "stop_pretraining": 0}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="signals, limits and /proc of Linux")
def test_a_short_campaign_of_faults_loses_nothing_and_says_nothing_untrue(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    faults = importlib.import_module("faults")
    once = {kind.__name__: 1 for kind in faults.KINDS}

    found, told = faults.run(seed=1, minutes=3, counts=once | COUNTS)

    assert told == []
    assert [name for name, counts in found.items() if not counts] == ["stop_pretraining"]
