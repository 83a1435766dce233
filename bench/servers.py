"""The two measured servers: starts, watches and stops them.

Both run with a folder of their own and default settings. Memory is the
proportional set size summed over a server's processes, so that pages which MLflow's
workers share are counted once.
"""

import atexit
import http.client
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

START_SECONDS_MAX = 180
STOP_SECONDS_MAX = 60
TICKS = os.sysconf("SC_CLK_TCK")


def clean_env() -> dict[str, str]:
    return {key: value for key, value in os.environ.items()
            if not key.startswith(("MLFLOW_", "DATABRICKS_", "OTEL_", "KANSOKU_"))}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process and its children, with one folder."""

    name = "?"
    # Seconds after the last write until compaction begins, and until free disk space is released.
    tidies_after_s = 0.0
    reclaims_after_s = 0.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.log = folder.with_suffix(".log")
        self.process: subprocess.Popen | None = None
        atexit.register(self.stop)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        raise NotImplementedError

    def env(self) -> dict[str, str]:
        return clean_env()

    def start(self) -> float:
        """Starts the server; returns the seconds until /health returned 200."""
        began = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), cwd=self.folder, env=self.env(), stdout=log, stderr=log,
                                            start_new_session=True)
        while time.monotonic() - began < START_SECONDS_MAX:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode} while starting; see {self.log}")
            if self.healthy():
                return time.monotonic() - began
            time.sleep(0.001)
        self.stop()
        raise RuntimeError(f"{self.name} did not answer /health within {START_SECONDS_MAX} s; see {self.log}")

    def healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        if self.process is None:
            return
        process, self.process = self.process, None
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def settle(self, seconds_max: float, reclaimed: bool = False) -> float:
        """Waits until the server is idle: started, and done with maintenance. Returns the seconds it took."""
        began = time.monotonic()
        time.sleep(self.reclaims_after_s if reclaimed else self.tidies_after_s)
        while time.monotonic() - began < seconds_max:
            before = self.cpu_seconds()
            time.sleep(3)
            if self.cpu_seconds() - before < 0.1:
                break
        return time.monotonic() - began

    def pids(self) -> list[int]:
        """The process and all its descendants."""
        found = [self.process.pid]
        for pid in found:
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                continue
        return found

    def memory_mb(self) -> float:
        total = 0
        for pid in self.pids():
            try:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            total += int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.M).group(1))
        return total / 1024

    def most_memory_mb(self) -> float:
        """The peak resident memory of the server's first process, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.M).group(1)) / 1024

    def cpu_seconds(self) -> float:
        ticks = 0
        for pid in self.pids():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def disk_bytes(self) -> int:
        return sum(file.stat().st_blocks * 512 for file in self.folder.rglob("*") if file.is_file())


class Kansoku(Server):
    """The binary as `kansoku serve` runs it: group commit, `synchronous=FULL`."""

    name = "Kansoku"
    # Traces are compacted ten seconds after their last span, and free space is released once a minute.
    tidies_after_s = 13.0
    reclaims_after_s = 75.0

    def __init__(self, binary: Path, folder: Path) -> None:
        super().__init__(folder)
        self.binary = binary
        # Settings beyond the defaults, for stages that need some.
        self.settings: list[str] = []

    def command(self) -> list[str]:
        return [str(self.binary), "serve", "--port", str(self.port), "--data", str(self.folder / "data"), *self.settings]


class Mlflow(Server):
    """`mlflow server` in an empty folder, with its SQLite file and its four workers."""

    name = "MLflow"

    def __init__(self, python: Path, folder: Path) -> None:
        super().__init__(folder)
        self.python = python
        # Variables beyond the defaults, for stages that need some.
        self.variables: dict[str, str] = {}

    def command(self) -> list[str]:
        return [str(self.python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]

    def env(self) -> dict[str, str]:
        # Disables telemetry and the download of a price list, so that nothing uses the network.
        path = f"{self.python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_MODEL_CATALOG_URI": "", "PATH": path}
        return clean_env() | quiet | self.variables


class MemoryWatch:
    """The peak memory of a server while the `with` block runs, measured five times a second."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.peak_mb = 0.0
        self.cpu_seconds = 0.0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self) -> None:
        while not self.done.wait(0.2):
            self.peak_mb = max(self.peak_mb, self.server.memory_mb())

    def __enter__(self) -> "MemoryWatch":
        self.cpu_seconds = -self.server.cpu_seconds()
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()
        self.cpu_seconds += self.server.cpu_seconds()
