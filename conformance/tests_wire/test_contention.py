"""The memory that many slow readers cost, and the effect of heavy searches on ingest, on the real binary.

Both are measured by `bench/contention.py` and checked here against the limits in the documentation.
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
