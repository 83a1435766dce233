"""`kansoku audit`: whether what the ledger says was stored is there, by its rows and by its bytes."""

import re
import subprocess
from pathlib import Path

from kit.server import Server, clean_env


def audit(data: Path, env: dict | None = None) -> int:
    """The spans in the store of a server that does not run; all of it must add up."""
    done = subprocess.run([Server.binary(), "audit", "--data", str(data)], env=clean_env() | (env or {}),
                          text=True, capture_output=True, timeout=120)
    told = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0 and "\ndifference: 0\n" in done.stdout, told
    counted = re.search(r"^(\d+) spans by their rows, (\d+) by their kept bytes$", done.stdout, re.M)
    assert counted and counted[1] == counted[2], told
    return int(counted[1])
