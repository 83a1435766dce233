"""What many slow readers cost in memory, and what heavy searches cost ingest, on the real binary.

Both are measures of `bench/contention.py`, held here to the figures that docs promise.
"""

import sys
from pathlib import Path

import pytest

from kit.server import Server

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

import contention  # noqa: E402
from servers import Kansoku  # noqa: E402

RSS_MB_MAX = 600


@pytest.mark.slow
def test_a_hundred_slow_readers_of_a_large_trace_share_a_bounded_memory(tmp_path):
    server = Kansoku(Path(Server.binary()), tmp_path / "slow-readers")
    measured = contention.slow_readers(server, Server.binary())
    assert measured["alive"]
    assert measured["begun"] + measured["told_to_wait"] == measured["readers"], measured
    assert 10 <= measured["begun"], measured
    assert measured["peak_mb"] < RSS_MB_MAX, measured
