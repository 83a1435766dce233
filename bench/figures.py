"""The measured figures, stored in a file, so that the page can be rendered again and a stage repeated."""

import datetime
import json
import os
import platform
from pathlib import Path


class Figures:
    """Parts by name: `kansoku`, `mlflow` (side by side), `text` and `million` (Kansoku alone)."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.parts: dict[str, dict] = json.loads(file.read_text()) if file.exists() else {}

    def part(self, name: str) -> dict:
        return self.parts.get(name, {})

    def side_by_side(self) -> tuple[dict, dict]:
        """Kansoku's stages, and MLflow's stages that were measured with the same parameters."""
        ours, theirs = self.part("kansoku"), self.part("mlflow")
        alike = {stage: it for stage, it in theirs.items() if stage not in ours or ours[stage]["asked"] == it["asked"]}
        return ours, alike

    def keep(self, name: str, stage: str, measured: dict) -> None:
        """Stores the figures of a stage and writes the file at once, so that an aborted run loses only one stage."""
        self.parts.setdefault(name, {})[stage] = measured
        self.save()

    def drop(self, name: str, stage: str) -> None:
        """Removes the figures of an earlier run, so that they do not mix with those of this one."""
        if self.parts.get(name, {}).pop(stage, None) is not None:
            self.save()

    def save(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self.parts, indent=1, ensure_ascii=False) + "\n")
        new.replace(self.file)


def machine() -> dict:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory_kb = int(Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0])
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": models[0] if models else platform.machine(),
        "memory_gb": memory_kb / 2**20,
        "kernel": platform.release(),
    }
