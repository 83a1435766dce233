"""Keeps the worker's secrets from the processes of scorers, and limits these."""

import ctypes
import os
import resource
import signal
import sys

# Variables that are no secrets, and that Python or libraries need.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
# MLflow sends usage statistics otherwise.
SET = {"MLFLOW_DISABLE_TELEMETRY": "true"}

FILE_BYTES_MAX = 64 << 20
FILES_MAX = 256

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


def clean_environment(passed: list[str]) -> None:
    """Removes the environment variables that scorers must not see."""
    kept = {name: os.environ[name] for name in (*KEPT, *passed) if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, **SET)


def hide_process() -> None:
    """Hides memory and first environment of this process from other processes of its user (Linux)."""
    _prctl(_PR_SET_DUMPABLE, 0)


def limit_process(answer_file: int, folder: str, seconds: int, memory_mib: int) -> None:
    """Limits this process, which is about to run a scorer, and separates it from the worker."""
    hide_process()
    # Others belong to the process that this one was forked from, which a scorer could end by them.
    os.closerange(3, answer_file)
    os.closerange(answer_file + 1, os.sysconf("SC_OPEN_MAX"))
    # It ends with its parent, if that is killed.
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    memory = _address_space() + (memory_mib << 20)
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds + 1),
        (resource.RLIMIT_FSIZE, FILE_BYTES_MAX),
        (resource.RLIMIT_NOFILE, FILES_MAX),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def _address_space() -> int:
    """The bytes that this process, with all that it imported, reserves already."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(f"prctl({option}) failed")
