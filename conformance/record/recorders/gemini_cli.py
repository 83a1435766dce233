"""The real Gemini CLI (npm `@google/gemini-cli`), set to send traces and prompts."""

import json
from pathlib import Path

from cli import COLLECTOR, MODELS, TRACES, binary, run, workplace

QUESTION = "What is here? Please use list_directory with docs"

SETTINGS = {"security": {"auth": {"selectedType": "gemini-api-key"}}, "general": {"disableAutoUpdate": True},
            "privacy": {"usageStatisticsEnabled": False}, "tools": {"core": ["list_directory"]}}

home = Path.cwd() / ".gemini"
home.mkdir()
(home / "system.md").write_text("You are a careful agent. Answer briefly.\n")
(home / "settings.json").write_text(json.dumps(SETTINGS))
project = workplace()
(project / "docs").mkdir()
run([binary("gemini"), "-p", QUESTION, "--model", "gemini-2.5-flash", "--yolo", "--skip-trust"], project, {
    "GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": MODELS, "GEMINI_TELEMETRY_ENABLED": "true",
    "GEMINI_TELEMETRY_TRACES_ENABLED": "true" if TRACES else "false", "GEMINI_TELEMETRY_TARGET": "local",
    "GEMINI_TELEMETRY_OTLP_ENDPOINT": COLLECTOR, "GEMINI_TELEMETRY_OTLP_PROTOCOL": "http",
    "GEMINI_SYSTEM_MD": str(home / "system.md"), "GEMINI_TELEMETRY_LOG_PROMPTS": "true",
    "GEMINI_CLI_TRUST_WORKSPACE": "true"})
