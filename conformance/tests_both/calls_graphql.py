"""GraphQL: the operations of MLflow's own web UI, and others that its schema has."""

from call import Call

RUNS = "2.0/mlflow/runs"
ERROR = ["apiError", ["code", "message", "helpUrl"]]
PAIR = ["key", "value"]
EXPERIMENT = ["experimentId", "name", "artifactLocation", "lifecycleStage", "lastUpdateTime", "tags", PAIR]
RUN = [
    "info", ["runUuid", "runName", "experimentId", "userId", "status", "startTime", "endTime", "artifactUri", "lifecycleStage"],
    "experiment", EXPERIMENT,
    "data", ["metrics", ["key", "value", "step", "timestamp"], "params", PAIR, "tags", PAIR],
    "inputs", ["datasetInputs", ["dataset", ["name", "digest", "source", "sourceType", "schema", "profile"], "tags", PAIR],
               "modelInputs", ["modelId"]],
    "outputs", ["modelOutputs", ["modelId", "step"]],
    "modelVersions", ["name", "version", "status", "source", "creationTimestamp"],
]
MESSAGES = {"errors.*": "the messages are in other words"}


def selection(fields: list) -> str:
    return "{" + " ".join(selection(field) if isinstance(field, list) else field for field in fields) + "}"


def operation(field: str, fields: list, request: dict, kind: str = "query", **more) -> Call:
    """An operation with one root field, whose input is a variable, as the UI sends it."""
    of_input = field[0].upper() + field[1:] + "Input"
    text = f'{kind} Ask($asked: {of_input}!) @component(name: "tests") {{ {field}(input: $asked) {selection(fields)} }}'
    return Call("POST", "/graphql", {"query": text, "operationName": "Ask", "variables": {"asked": request}}, wrong=False, **more)


def asked(text: str, **more) -> Call:
    return Call("POST", "/graphql", {"query": text}, wrong=False, **more)


CALLS = [
    Call("POST", "2.0/mlflow/experiments/set-experiment-tag", {"experiment_id": "{experiment}", "key": "team", "value": "x"}, wrong=False),
    Call("POST", RUNS + "/create", {"experiment_id": "{experiment}", "run_name": "a", "start_time": 1000, "user_id": "me"},
         keep={"run": "run.info.run_id"}, wrong=False, differs={"run.outputs": "a run has them always"}),
    Call("POST", RUNS + "/create", {"experiment_id": "{experiment}", "run_name": "b", "start_time": 2000},
         keep={"bare": "run.info.run_id"}, wrong=False, differs={"run.outputs": "a run has them always"}),
    Call("POST", RUNS + "/log-batch", {"run_id": "{run}", "params": [{"key": "lr", "value": "1"}], "metrics": [
        {"key": "acc", "value": 0.5, "timestamp": 5, "step": 1}, {"key": "acc", "value": 1, "timestamp": 6, "step": 2},
        {"key": "loss", "value": "NaN", "timestamp": 6, "step": 2}, {"key": "gain", "value": "Infinity", "timestamp": 6, "step": 2}]}, wrong=False),
    Call("POST", RUNS + "/log-inputs", {"run_id": "{run}", "datasets": [
        {"dataset": {"name": "d", "digest": "1", "source_type": "local", "source": "{}", "schema": "{}"},
         "tags": [{"key": "mlflow.data.context", "value": "eval"}]}]}, wrong=False),
    operation("mlflowGetExperiment", ["experiment", [*EXPERIMENT, "creationTime", "effectiveTraceArchivalRetention", "workspace"], *ERROR],
              {"experimentId": "{experiment}"}),
    operation("mlflowGetExperiment", ["experiment", ["name"], *ERROR], {"experimentId": "99999999"}, differs=MESSAGES),
    operation("mlflowGetRun", ["run", RUN, *ERROR], {"runId": "{run}"}),
    operation("mlflowGetRun", ["run", RUN, *ERROR], {"runUuid": "{bare}"}),
    operation("mlflowGetRun", ["run", RUN, *ERROR], {"runId": "0" * 32}, differs=MESSAGES),
    operation("mlflowSearchRuns", ["runs", RUN, "nextPageToken", *ERROR], {"experimentIds": ["{experiment}"], "maxResults": 5,
              "orderBy": ["attributes.start_time DESC"]}),
    operation("mlflowSearchRuns", ["runs", ["info", ["runName"]]], {"experimentIds": ["{experiment}"], "runViewType": "DELETED_ONLY"},
              differs=dict.fromkeys(["data", "errors"], "MLflow's server fails to read `runViewType`")),
    operation("mlflowSearchRuns", ["runs", ["info", ["runName"]]], {"experimentIds": ["{experiment}"], "maxResults": 5,
              "filter": "attributes.run_name = 'a'"}, kind="mutation"),
    operation("mlflowSearchRuns", ["runs", ["info", ["runName"]]], {"experimentIds": ["{experiment}"], "maxResults": 5, "filter": "nope"}, differs=MESSAGES),
    operation("mlflowSearchRuns", ["runs", ["info", ["runName"]]], {"experimentIds": ["{other}"], "maxResults": 5}),
    operation("mlflowGetMetricHistoryBulkInterval", ["metrics", ["runId", "key", "value", "step", "timestamp"], *ERROR],
              {"runIds": ["{run}", "{bare}"], "metricKey": "acc", "maxResults": 320}),
    operation("mlflowListArtifacts", ["rootUri", "nextPageToken", "files", ["path", "isDir", "fileSize"], *ERROR], {"runId": "{run}"}),
    operation("mlflowSearchModelVersions", ["modelVersions", ["name", "version"], "nextPageToken", *ERROR], {"filter": "run_id = '{run}'", "maxResults": "5"}),
    operation("mlflowSearchDatasets", ["datasetSummaries", ["experimentId", "name", "digest", "context"], *ERROR],
              {"experimentIds": ["{experiment}"]}, kind="mutation"),
    operation("mlflowSearchDatasets", ["datasetSummaries", ["name"]], {"experimentIds": []}, kind="mutation", differs=MESSAGES),
    asked('{ test(inputString: "a") { output __typename } __typename }'),
    asked('mutation { testMutation(inputString: "a") { output } }', differs={"data.testMutation": "MLflow's server has no code for it"}),
    asked('{ a: test(inputString: "a") { output } ... on Query { b: test(inputString: "b") { ...F } } } fragment F on Test { o: output }'),
    asked("{ nothing }", differs=MESSAGES),
    asked("{ test(inputString: 5) { output } }", differs=MESSAGES),
    asked("{ mlflowGetExperiment(input: {experimentId: \"{experiment}\"}) { experiment { tags { key { a } } } } }",
          differs={"errors": "there are two messages"}),
    asked("{ " + " ".join(f't{n}: test(inputString: "a") {{ output }}' for n in range(11)) + " }", differs=MESSAGES),
    asked("{ __schema { types { fields { type { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } }", differs=MESSAGES),
    asked('{ __type(name: "MlflowRunInfo") { kind name fields { name type { kind name ofType { name } } } } }'),
    asked('{ __type(name: "MlflowViewType") { enumValues { name } } }'),
    Call("POST", "/graphql", {"query": "query A { test(inputString: \"a\") { output } } query B { test(inputString: \"b\") { output } }",
                              "operationName": "B", "variables": {}}, differs={"query": "a text that is no query is answered with `errors`"}),
]
