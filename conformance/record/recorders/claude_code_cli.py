"""Claude Code itself (npm `@anthropic-ai/claude-code`), set to send traces, prompts, tool details and tool content."""

from cli import COLLECTOR, MODELS, TRACES, binary, run, workplace

QUESTION = "What is here? Please use Bash with pwd"
BETA = {"CLAUDE_CODE_ENHANCED_TELEMETRY_BETA": "1", "ENABLE_ENHANCED_TELEMETRY_BETA": "1", "OTEL_TRACES_EXPORTER": "otlp"}

run([binary("claude"), "-p", QUESTION, "--model", "claude-sonnet-4-5", "--allowedTools", "Bash"], workplace(), {
    "ANTHROPIC_BASE_URL": MODELS, "ANTHROPIC_API_KEY": "none", "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
    "OTEL_LOGS_EXPORTER": "otlp", "OTEL_METRICS_EXPORTER": "none",
    "OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_LOG_USER_PROMPTS": "1",
    "OTEL_LOG_TOOL_DETAILS": "1", "OTEL_LOG_TOOL_CONTENT": "1", "IS_SANDBOX": "1"} | (BETA if TRACES else {}))
