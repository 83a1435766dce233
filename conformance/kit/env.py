"""The environment of a client: the address of its server, and the form it uses.

Every variable that could make a client contact other hosts, wait or guess is set here.
"""

from kit.server import clean_env

DATABRICKS_EXPERIMENT = "/Shared/production-genai-app"

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_MODEL_CATALOG_URI": "",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ASYNC_TRACE_LOGGING_RETRY_TIMEOUT": "20",
    "MLFLOW_DATABRICKS_ENDPOINT_HTTP_RETRY_TIMEOUT": "20",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "DATABRICKS_CONFIG_FILE": "/nonexistent",
    "GIT_PYTHON_REFRESH": "quiet",
}


def form_env(form: str, url: str, token: str | None) -> dict[str, str]:
    """The variables that a user of this form sets. A server without tokens accepts any token."""
    if form == "databricks":
        return {
            "MLFLOW_TRACKING_URI": "databricks",
            "DATABRICKS_HOST": url,
            "DATABRICKS_TOKEN": token or "no-token-needed",
            "MLFLOW_EXPERIMENT_NAME": DATABRICKS_EXPERIMENT,
        }
    env = {"MLFLOW_TRACKING_URI": url}
    if token:
        env["MLFLOW_TRACKING_TOKEN"] = token
    return env


def process_env(form: str, url: str, token: str | None) -> dict[str, str]:
    """The complete environment of another client process."""
    return clean_env() | QUIET | form_env(form, url, token)
