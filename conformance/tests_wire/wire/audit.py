"""`kansoku audit`: checks that all spans in the ledger are stored, by their rows and by their bytes."""

import re
import subprocess
from pathlib import Path

from kit.server import Server, clean_env


def audit(data: Path, env: dict | None = None) -> int:
    """The number of stored spans of a stopped server; fails if the audit finds a difference."""
    done = subprocess.run([Server.binary(), "audit", "--data", str(data)], env=clean_env() | (env or {}),
                          text=True, capture_output=True, timeout=120)
    told = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0 and "\ndifference: 0\n" in done.stdout, told
    counted = re.search(r"^(\d+) spans by their rows, (\d+) by their kept bytes$", done.stdout, re.M)
    assert counted and counted[1] == counted[2], told
    return int(counted[1])
