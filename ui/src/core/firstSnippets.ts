// Code to paste that creates the first evaluation, dataset, prompt, review queue, judge or version of an experiment. Only judges need a model.
import { pythonStart, type Snippet, type SnippetPlace } from "./snippets";

const INSTALL: Snippet = { label: "Install", language: "shell", code: "pip install mlflow" };

function pythonSnippet(label: string, place: SnippetPlace, imports: string[], body: string): Snippet {
  return { label, language: "python", code: [...pythonStart(place, imports), "", body].join("\n") };
}

export function evaluationSnippets(place: SnippetPlace): Snippet[] {
  const imports = ["from mlflow.genai.scorers import scorer"];
  return [INSTALL, pythonSnippet("Evaluate something", place, imports, `def answer(question):
    return f"You asked: {question}"

@scorer
def mentions_topic(outputs, expectations):
    return expectations["topic"] in outputs

mlflow.genai.evaluate(
    data=[
        {
            "inputs": {"question": "What is kansoku?"},
            "expectations": {"topic": "kansoku"},
        },
        {
            "inputs": {"question": "Where is my order?"},
            "expectations": {"topic": "order"},
        },
    ],
    predict_fn=answer,
    scorers=[mentions_topic],
)`)];
}

export function datasetSnippets(place: SnippetPlace): Snippet[] {
  const imports = ["from mlflow.genai.datasets import create_dataset"];
  return [INSTALL, pythonSnippet("Create a dataset", place, imports, `dataset = create_dataset(name="golden")
dataset.merge_records([
    {
        "inputs": {"question": "What is kansoku?"},
        "expectations": {"expected_response": "A tracing server."},
    },
])

# Or from the newest traces of the experiment:
traces = mlflow.search_traces(max_results=20)
if len(traces):
    dataset.merge_records(traces)`)];
}

export function promptSnippets(place: SnippetPlace): Snippet[] {
  return [INSTALL, pythonSnippet("Register a prompt", place, [], `mlflow.genai.register_prompt(
    name="answer",
    template="Answer the question in {{words}} words: {{question}}",
    commit_message="First version",
)`)];
}

export function reviewSnippets(place: SnippetPlace): Snippet[] {
  const imports = [
    "from mlflow.genai.label_schemas import InputPassFail, create_label_schema",
    "from mlflow.genai.review_queues import add_items_to_review_queue, create_review_queue",
  ];
  return [INSTALL, pythonSnippet("Create a review queue", place, imports, `question = create_label_schema(
    "is_correct",
    type="feedback",
    input=InputPassFail(positive_label="Correct", negative_label="Wrong"),
    enable_comment=True,
)
queue = create_review_queue(
    "Answers about refunds",
    queue_type="custom",
    users=["ana", "ben"],
    schema_ids=[question.schema_id],
)

# The newest traces of the experiment:
traces = mlflow.search_traces(max_results=20, return_type="list")
if traces:
    ids = [trace.info.trace_id for trace in traces]
    add_items_to_review_queue(queue.queue_id, item_ids=ids)`)];
}

export function versionSnippets(place: SnippetPlace): Snippet[] {
  const answer = `@mlflow.trace
def answer(question):
    return f"You asked: {question}"

answer("What is kansoku?")  # this trace belongs to the version
mlflow.flush_trace_async_logging()`;
  return [
    INSTALL,
    pythonSnippet("Name the version before the application starts", place, [], `mlflow.set_active_model(name="support-agent-v2")\n\n${answer}`),
    pythonSnippet("Or let every commit be a version, in the folder of a Git repository", place, [], `mlflow.genai.enable_git_model_versioning()\n\n${answer}`),
  ];
}

/** A judge that is registered and started. `model` is its URI, such as `gateway:/local`. */
export function judgeSnippets(place: SnippetPlace, model: string): Snippet[] {
  const imports = ["from mlflow.genai import make_judge", "from mlflow.genai.scorers import ScorerSamplingConfig"];
  return [INSTALL, pythonSnippet("Register a judge, and start it", place, imports, `judge = make_judge(
    name="tone",
    instructions="Is the answer {{ outputs }} to {{ inputs }} polite?",
    model="${model}",
    feedback_value_type=bool,
)
judge = judge.register()
judge.start(sampling_config=ScorerSamplingConfig(sample_rate=0.5))`)];
}

/** The settings file of a server with a model for judges. */
export const JUDGE_MODEL_SETTINGS = `# kansoku.toml
judge_model = "gateway:/local"

[endpoints.local]
provider = "ollama"
model = "llama3.1"

# or a hosted one, whose key is in the environment:
[endpoints.hosted]
provider = "openai"
model = "gpt-4o-mini"
api_key_env = "OPENAI_API_KEY"`;
