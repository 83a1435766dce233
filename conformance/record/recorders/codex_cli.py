"""The real Codex (npm `@openai/codex`), set to send spans, log records and prompts."""

from pathlib import Path

from cli import COLLECTOR, MODELS, TRACES, binary, run, workplace

QUESTION = "What is here? Please use exec_command with pwd"
CONFIG = f"""
model = "gpt-5-mini"
model_provider = "local"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.local]
name = "local"
base_url = "{MODELS}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"

[otel]
environment = "dev"
log_user_prompt = true
exporter = {{ otlp-http = {{ endpoint = "{COLLECTOR}/v1/logs", protocol = "json" }} }}
metrics_exporter = "none"
"""
SPANS = f"""
trace_exporter = {{ otlp-http = {{ endpoint = "{COLLECTOR}/v1/traces", protocol = "json" }} }}
"""

home = Path.cwd() / ".codex"
home.mkdir()
(home / "config.toml").write_text(CONFIG + (SPANS if TRACES else ""))
run([binary("codex"), "exec", "--skip-git-repo-check", QUESTION], workplace(), {"CODEX_HOME": str(home)})
