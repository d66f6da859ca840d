"""A short form of scripts/faults.py: two rounds over every kind of fault, and nothing is lost or untrue."""

import importlib.util
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
def test_two_rounds_of_faults_lose_nothing_and_say_nothing_untrue():
    spec = importlib.util.spec_from_file_location("faults", SCRIPTS / "faults.py")
    faults = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(faults)

    found, told = faults.run(seed=1, minutes=3, trials=2)

    assert told == []
    assert len(found) == 7
