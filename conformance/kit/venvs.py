"""Virtual environments of the clients under test, created once and kept.

The name of a venv's folder contains the hash of its requirements, so a changed pin
creates a new one. A venv is built under a temporary name and renamed when complete:
a folder with the final name is always a working venv.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"


class VenvError(Exception):
    """A venv could not be created; the message has the reason and what to try."""


def cache_dir() -> Path:
    default = Path.home() / ".cache" / "kansoku"
    return Path(os.environ.get("KANSOKU_CACHE") or default) / "venvs"


def ensure_venv(name: str, log: Callable[[str], None] = print, folder: Path = REQUIREMENTS) -> Path:
    """The python of venv `name`, whose pins are in `folder`; builds the venv if it does not exist."""
    requirements = folder / f"{name}.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(version.encode() + requirements.read_bytes()).hexdigest()[:10]
    home = cache_dir() / f"{name}-{digest}"
    python = home / "bin" / "python"
    if python.exists():
        return python
    home.parent.mkdir(parents=True, exist_ok=True)
    with open(home.parent / f".{home.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not python.exists():
            build(name, requirements, home, log)
    return python


def build(name: str, requirements: Path, home: Path, log: Callable[[str], None]) -> None:
    log(f"venv {name}: making {home}")
    started = time.monotonic()
    draft = home.with_name(f"{home.name}.tmp-{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        step(name, [sys.executable, "-m", "venv", str(draft)])
        # Runs pip by `python -m`, since pip's own script would break when the folder is renamed.
        step(name, [str(draft / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input",
                    "--disable-pip-version-check", "-r", str(requirements)])
        draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    log(f"venv {name}: ready after {time.monotonic() - started:.0f} s")


def step(name: str, command: list[str]) -> None:
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise VenvError(
            f"venv {name} could not be made; this command failed:\n  {' '.join(command)}\n{tail}\n"
            "Is the package index reachable, and is this Python 3.11 or newer with the venv module?"
        )
