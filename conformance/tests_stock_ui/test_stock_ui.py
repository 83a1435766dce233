"""MLflow's own web UI, served from its package, shows no error on its GenAI pages with Kansoku behind it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULES = HERE.parent.parent / "ui" / "node_modules"


def pages(ids: dict) -> list[dict]:
    at = f"/experiments/{ids['experiment']}"
    return [
        {"name": "home", "path": "/", "shows": ["support agent"]},
        {"name": "experiments", "path": "/experiments", "shows": ["support agent"]},
        {"name": "overview, usage", "path": f"{at}/overview/usage"},
        {"name": "overview, quality", "path": f"{at}/overview/quality"},
        {"name": "overview, tool calls", "path": f"{at}/overview/tool-calls"},
        {"name": "traces", "path": f"{at}/traces", "shows": ["question 3"]},
        {"name": "one trace", "path": f"{at}/traces?selectedEvaluationId={ids['trace']}"},
        {"name": "sessions", "path": f"{at}/chat-sessions", "click": ["View Sessions in Traces tab"], "shows": ["s-1"]},
        {"name": "one session", "path": f"{at}/chat-sessions/s-1", "shows": ["question 2"]},
        {"name": "datasets", "path": f"{at}/datasets", "shows": ["golden"]},
        {"name": "one dataset", "path": f"{at}/datasets/{ids['dataset']}", "shows": ["keys"]},
        {"name": "evaluation runs", "path": f"{at}/evaluation-runs"},
        {"name": "one evaluation run", "path": f"{at}/evaluation-runs?selectedRunUuid={ids['run']}", "shows": ["exact"]},
        {"name": "two evaluation runs", "path": f"{at}/evaluation-runs?selectedRunUuid={ids['run']}&compareToRunUuid={ids['other_run']}"},
        {"name": "issues of an evaluation run", "path": f"{at}/evaluation-runs/{ids['run']}"},
        {"name": "judges", "path": f"{at}/judges", "shows": ["Create and manage judges"]},
        {"name": "review queues", "path": f"{at}/review-queue", "shows": ["First look"]},
        {"name": "prompts of an experiment", "path": f"{at}/prompts"},
        {"name": "one prompt of an experiment", "path": f"{at}/prompts/answer"},
        {"name": "prompts", "path": "/prompts", "shows": ["answer"]},
        {"name": "one prompt", "path": "/prompts/answer", "shows": ["Answer"]},
        {"name": "agent versions", "path": f"{at}/models", "shows": ["agent-v2"]},
        {"name": "one agent version", "path": f"{at}/models/{ids['model']}", "shows": ["agent-v"]},
        {"name": "traces of an agent version", "path": f"{at}/models/{ids['model']}/traces"},
        {"name": "runs", "path": f"{at}/runs", "shows": ["tuning"]},
        {"name": "one run", "path": f"{at}/runs/{ids['tuning']}", "shows": ["temperature"]},
        {"name": "metrics of a run", "path": f"{at}/runs/{ids['tuning']}/model-metrics", "shows": ["loss"]},
        {"name": "artifacts of a run", "path": f"{at}/runs/{ids['tuning']}/artifacts", "shows": ["notes"]},
        {"name": "traces of a run", "path": f"{at}/runs/{ids['run']}/traces"},
    ]


@pytest.mark.slow
def test_no_page_of_the_ui_shows_an_error(site):
    url, ids = site
    chromium = os.environ.get("KANSOKU_CHROMIUM") or shutil.which("chromium")
    assert chromium and MODULES.is_dir(), "needs Chromium, and `npm ci` in ui/"
    walk = {"url": url, "modules": str(MODULES), "chromium": chromium, "pages": pages(ids), "shots": os.environ.get("KANSOKU_SHOTS")}
    done = subprocess.run(["node", str(HERE / "walk.mjs"), json.dumps(walk)], text=True, capture_output=True, timeout=600)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found = {page["name"]: page["problems"] for page in json.loads(done.stdout) if page["problems"]}
    assert not found, json.dumps(found, indent=2, ensure_ascii=False)
