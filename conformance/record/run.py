#!/usr/bin/env python3
"""Records what instrumentation packages really send, and how MLflow's own server interprets it.

Standard library only. For each dialect it creates a virtual environment of
pinned packages, runs the recorder in it against `model_server.py` and
`collector.py`, and writes `../fixtures/dialects/<dialect>.json`, for log
records `<dialect>.logs.json`, and MLflow's answer as `<dialect>.mlflow.json`.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from kit.server import ReferenceServer, clean_env  # noqa: E402
from kit.venvs import cache_dir, ensure_venv  # noqa: E402
from record.model_server import ModelServer  # noqa: E402

FIXTURES = HERE.parent / "fixtures" / "dialects"
REFERENCE = "full-3.17.2"
RECORDER_SECONDS_MAX = 180
FIXTURE_BYTES_MAX = 150_000


@dataclass(frozen=True)
class Dialect:
    """A recorder, the requirements it runs with, and its environment beyond addresses and keys.

    If a package also traces its internals, only spans with an attribute that begins with one of `telling` are kept,
    and their ancestors.
    """

    recorder: str
    venv: str
    env: dict[str, str] = field(default_factory=dict)
    telling: tuple[str, ...] = ()


LATEST_GENAI = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}
# Records only the logs that coding agents send without tracing.
LOGS_ALONE = {"RECORD_LOGS_ALONE": "1"}

DIALECTS = {
    "openinference": Dialect("openinference_openai.py", "openinference"),
    "openinference-langchain": Dialect("openinference_langchain.py", "openinference"),
    "openinference-anthropic": Dialect("openinference_anthropic.py", "openinference-anthropic"),
    "openinference-openai-agents": Dialect("openinference_openai_agents.py", "openinference-openai-agents"),
    "openinference-google-genai": Dialect("openinference_google_genai.py", "openinference-google-genai"),
    "openinference-llama-index": Dialect("openinference_llama_index.py", "openinference-llama-index"),
    "genai": Dialect("genai_openai.py", "genai", LATEST_GENAI | {
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}),
    "genai-event-only": Dialect("genai_openai.py", "genai", LATEST_GENAI | {
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "EVENT_ONLY"}),
    "genai-logs": Dialect("genai_openai.py", "genai", {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}),
    "genai-google": Dialect("genai_google.py", "genai-google", LATEST_GENAI | {
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}),
    "traceloop": Dialect("traceloop_workflow.py", "traceloop"),
    "traceloop-0.49": Dialect("traceloop_workflow.py", "traceloop-0.49"),
    "vercel": Dialect("vercel.mjs", "vercel"),
    "vercel-7": Dialect("vercel_7.mjs", "vercel-7"),
    "vercel-7-legacy": Dialect("vercel_7.mjs", "vercel-7", {"RECORD_LEGACY": "1"}),
    "voltagent": Dialect("voltagent.mjs", "voltagent"),
    "claude-code": Dialect("claude_code_cli.py", "claude-code"),
    "claude-code-logs": Dialect("claude_code_cli.py", "claude-code", LOGS_ALONE),
    "codex": Dialect("codex_cli.py", "codex", telling=("gen_ai.", "codex.turn.", "tool_name", "call_id")),
    "codex-logs": Dialect("codex_cli.py", "codex", LOGS_ALONE),
    "gemini-cli": Dialect("gemini_cli.py", "gemini-cli"),
    "gemini-cli-logs": Dialect("gemini_cli.py", "gemini-cli", LOGS_ALONE),
    "pydantic-ai": Dialect("pydantic_ai_agent.py", "pydantic-ai"),
    "langsmith": Dialect("langsmith_graph.py", "langsmith"),
    "google-adk": Dialect("google_adk.py", "google-adk", {
        "ADK_TELEMETRY_SCHEMA_VERSION_OPT_IN": "1", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}),
    "google-adk-semconv": Dialect("google_adk.py", "google-adk", {
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}),
    "strands": Dialect("strands_agent.py", "strands"),
    "strands-latest": Dialect("strands_agent.py", "strands", {
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental,gen_ai_tool_definitions"}),
    "langfuse": Dialect("langfuse_agent.py", "langfuse"),
    "langfuse-3": Dialect("langfuse_agent.py", "langfuse-3"),
    "mlflow": Dialect("mlflow_autolog.py", "mlflow"),
    "mlflow-genai": Dialect("mlflow_autolog.py", "mlflow", {"MLFLOW_ENABLE_OTEL_GENAI_SEMCONV": "true"}),
    "smolagents": Dialect("smolagents_agent.py", "smolagents"),
    "laminar": Dialect("laminar.py", "laminar"),
    "livekit": Dialect("livekit_session.py", "livekit"),
    "livekit-1.3": Dialect("livekit_session.py", "livekit-1.3"),
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dialects", nargs="*", metavar="DIALECT",
                        help=f"what to record; all of them by default: {', '.join(DIALECTS)}")
    parser.add_argument("--keep", action="store_true",
                        help="record nothing, only ask MLflow again about the fixtures that are there")
    args = parser.parse_args()
    for name in args.dialects:
        if name not in DIALECTS and not (args.keep and (FIXTURES / f"{name}.json").exists()):
            parser.error(f"there is no dialect `{name}`; there are {', '.join(DIALECTS)}")
    return args


def command_of(dialect: Dialect) -> list[str]:
    recorder = HERE / "recorders" / dialect.recorder
    if recorder.suffix == ".mjs":
        return ["node", str(node_modules(dialect.venv) / recorder.name)]
    if (HERE / "requirements" / f"{dialect.venv}.package.json").exists():
        node_modules(dialect.venv)
        return [sys.executable, str(recorder)]
    return [str(ensure_venv(dialect.venv, folder=HERE / "requirements")), str(recorder)]


def node_modules(name: str) -> Path:
    """A folder with the packages of requirements/<name>.package.json and the recorders beside them."""
    home = cache_dir() / f"record-{name}"
    home.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "requirements" / f"{name}.package.json").read_text()
    manifest = home / "package.json"
    if not (home / "node_modules").is_dir() or not manifest.exists() or manifest.read_text() != wanted:
        manifest.write_text(wanted)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=home, check=True)
    for recorder in (HERE / "recorders").glob("*.mjs"):
        shutil.copy(recorder, home)
    return home


@contextmanager
def collector(python: Path, folder: Path):
    process = subprocess.Popen([str(python), str(HERE / "collector.py"), str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def environment(dialect: Dialect, models: ModelServer, otlp: str) -> dict[str, str]:
    return clean_env() | {
        "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "none",
        "ANTHROPIC_BASE_URL": models.root, "ANTHROPIC_API_KEY": "none",
        "GOOGLE_GEMINI_BASE_URL": models.root, "GOOGLE_API_KEY": "none",
        "OTEL_EXPORTER_OTLP_ENDPOINT": otlp, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "RECORD_COLLECTOR": otlp,
        "OTEL_METRICS_EXPORTER": "none", "OTEL_BSP_SCHEDULE_DELAY": "60000", "OTEL_SERVICE_NAME": "weather-agent",
        "RECORD_NODE_MODULES": str(cache_dir() / f"record-{dialect.venv}"),
        "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1", "PYTHONDONTWRITEBYTECODE": "1",
    } | dialect.env


def record(name: str, dialect: Dialect, tools: Path) -> None:
    command = command_of(dialect)
    with tempfile.TemporaryDirectory() as folder, ModelServer() as models, collector(tools, Path(folder)) as otlp:
        done = subprocess.run(command, env=environment(dialect, models, otlp), text=True, cwd=folder,
                              capture_output=True, timeout=RECORDER_SECONDS_MAX)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: the recorder ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        print(f"{name}: tokens in, out, cached, written, thought: {models.answered()}", flush=True)
        for signal, list_name, ending in (("traces", "resourceSpans", "json"), ("logs", "resourceLogs", "logs.json")):
            received = [json.loads(file.read_text()) for file in sorted(Path(folder).glob(f"*.{signal}.json"))]
            items = [item for request in received for item in request.get(list_name, [])]
            if dialect.telling and signal == "traces":
                keep_telling(items, dialect.telling, named_by_logs(Path(folder)))
            if items:
                write(FIXTURES / f"{name}.{ending}", {list_name: scrubbed(items, [folder])})
        if not any(Path(folder).glob("*.traces.json" if dialect.env != LOGS_ALONE else "*.logs.json")):
            raise RuntimeError(f"{name}: nothing was sent:\n{done.stdout}\n{done.stderr}")


def named_by_logs(folder: Path) -> set[str]:
    """Ids of the spans that log records belong to."""
    requests = [json.loads(file.read_text()) for file in folder.glob("*.logs.json")]
    return {record["spanId"] for request in requests for resource in request["resourceLogs"]
            for scope in resource["scopeLogs"] for record in scope["logRecords"] if record.get("spanId")}


def keep_telling(items: list, prefixes: tuple[str, ...], named: set[str]) -> None:
    """Removes spans without an attribute about models or tools, on themselves or on a descendant."""
    scopes = [scope for item in items for scope in item["scopeSpans"]]
    spans = {span["spanId"]: span for scope in scopes for span in scope["spans"]}
    kept = {id for id, span in spans.items() 
            if id in named or any(a["key"].startswith(prefixes) for a in span["attributes"])}
    for id in list(kept):
        while (id := spans[id].get("parentSpanId")) in spans:
            kept.add(id)
    for scope in scopes:
        scope["spans"] = [span for span in scope["spans"] if span["spanId"] in kept]


def write(path: Path, content: dict) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if len(text.encode()) > FIXTURE_BYTES_MAX:
        print(f"{path.name} is large: {len(text.encode())} bytes; shorten the scenario", file=sys.stderr)
    path.write_text(text)


def scrubbed(items: list, folders: list[str]) -> list:
    """A copy without paths and names of the recording machine; nothing else is changed."""
    text = json.dumps(items, ensure_ascii=False)
    for folder in folders:
        text = text.replace(folder, "/app")
    text = re.sub(rf"{re.escape(str(cache_dir()))}/[^/\"\\]+", "/app/venv", text)
    text = text.replace(str(HERE.parent), "/app").replace(sys.base_prefix, "/usr").replace(str(Path.home()), "/home/user")
    items = json.loads(text)
    for item in items:
        for attribute in item.get("resource", {}).get("attributes", []):
            replacement = PRIVATE.get(attribute["key"])
            if replacement is not None:
                attribute["value"] = {"stringValue": replacement}
    return json.loads(json.dumps(items).replace(platform.node(), "host"))


PRIVATE = {"host.name": "host", "host.id": "host", "process.owner": "user", "process.command_line": "python agent.py"}


def ask_reference(names: list[str], python: Path) -> None:
    os.environ["KANSOKU_REFERENCE_PYTHON"] = str(python)
    with tempfile.TemporaryDirectory() as folder:
        server = ReferenceServer(Path(folder) / "data").start()
        try:
            subprocess.run([str(python), str(HERE / "reference.py"), server.url, str(FIXTURES), *names], check=True)
        finally:
            server.stop()


def main() -> int:
    args = parse_args()
    FIXTURES.mkdir(parents=True, exist_ok=True)
    tools = ensure_venv(REFERENCE)
    failed = []
    names = args.dialects or ([] if args.keep else list(DIALECTS))
    for name in [] if args.keep else names:
        try:
            record(name, DIALECTS[name], tools)
            print(f"{name}: recorded", flush=True)
        except Exception as error:  # A failing dialect does not stop the others.
            print(error, file=sys.stderr)
            failed.append(name)
    there = sorted(path.stem for path in FIXTURES.glob("*.json") if not path.stem.endswith((".mlflow", ".logs")))
    asked = [name for name in names or there if name not in failed and name in there]
    if asked:
        ask_reference(asked, tools)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
