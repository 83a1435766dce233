// Evaluations as `mlflow.genai.evaluate` records them, made by REST: a run with its traces, their scores and expectations.
import { SERVER } from "./kit";
import { call, sendTrace } from "./rest";

export interface CaseToMake {
  question: string;
  answer: string;
  /** The case fails with this message. */
  failed?: string;
  tookMs?: number;
  expected?: string;
  /** By scorer; a rationale is optional. */
  scores?: Record<string, Score | [Score, rationale: string]>;
}

type Score = string | number | boolean;

export interface MadeEvaluation {
  run: string;
  /** In the order of the cases. */
  traces: string[];
}

/** The start of the first run; later ones start after it, as their order is the default baseline. */
const STARTED = Date.now() - 3_600_000;
let made = 0;

export async function makeEvaluation(experiment: string, name: string, cases: CaseToMake[]): Promise<MadeEvaluation> {
  const startMs = STARTED + made++ * 60_000;
  const { run } = await call<{ run: { info: { run_id: string } } }>(SERVER(), "/api/2.0/mlflow/runs/create", { experiment_id: experiment, run_name: name, start_time: startMs });
  const { run_id } = run.info;
  await call(SERVER(), "/api/2.0/mlflow/runs/set-tag", { run_id, key: "mlflow.runType", value: "genai_evaluate" });
  const traces: string[] = [];
  // Some at a time: one after another would take long, and all at once would exceed the server's queue.
  for (let at = 0; at < cases.length; at += 20) {
    traces.push(...await Promise.all(cases.slice(at, at + 20).map((one, nth) => makeCase(experiment, run_id, one, startMs + at + nth))));
  }
  for (let at = 0; at < traces.length; at += 100) {
    await call(SERVER(), "/api/2.0/mlflow/traces/link-to-run", { run_id, trace_ids: traces.slice(at, at + 100) });
  }
  await call(SERVER(), "/api/2.0/mlflow/runs/update", { run_id, status: "FINISHED", end_time: startMs + 30_000 });
  return { run: run_id, traces };
}

async function makeCase(experiment: string, run: string, { question, answer, failed, tookMs = 400, expected, scores = {} }: CaseToMake, startMs: number): Promise<string> {
  const trace = await sendTrace(SERVER(), experiment, [{
    name: "predict", tookMs, failed,
    attributes: { "mlflow.spanType": "AGENT", "mlflow.spanInputs": JSON.stringify({ question }), "mlflow.spanOutputs": JSON.stringify(answer) },
  }], { startMs });
  const assess = (assessment: object) => call(SERVER(), `/api/3.0/mlflow/traces/${trace}/assessments`, {
    assessment: { trace_id: trace, metadata: { "mlflow.assessment.sourceRunId": run }, valid: true, ...assessment },
  });
  for (const [name, score] of Object.entries(scores)) {
    const [value, rationale] = Array.isArray(score) ? score : [score, undefined];
    await assess({ assessment_name: name, source: { source_type: "LLM_JUDGE", source_id: name }, feedback: { value }, rationale });
  }
  if (expected !== undefined) await assess({ assessment_name: "expected_response", source: { source_type: "HUMAN", source_id: "ana" }, expectation: { value: expected } });
  return trace;
}

const TOPICS = ["the refund policy", "the delivery time", "the invoice address", "the warranty", "the opening hours", "the discount code"];

/**
 * Two versions of 24 cases: the second answers what the first does not know about discounts, but loses every sixth case
 * by inventing an answer, and fails in one.
 */
export async function twoEvaluations(experiment: string): Promise<{ a: MadeEvaluation; b: MadeEvaluation }> {
  const question = (at: number) => `What is ${TOPICS[at % 6]} for order ${at}?`;
  const expected = (at: number) => `It says ${TOPICS[at % 6]} of order ${at}.`;
  const knows = (at: number) => at % 6 !== 5;
  const a = await makeEvaluation(experiment, "agent 1.0", Array.from({ length: 24 }, (_, at) => ({
    question: question(at), expected: expected(at), tookMs: 900,
    answer: knows(at) ? `According to our page, it is ${TOPICS[at % 6]} of order ${at}.` : "I do not know.",
    scores: { correct: knows(at) ? "yes" : ["no", "The answer does not name the code."], helpfulness: knows(at) ? 0.8 : 0.2 },
  })));
  const b = await makeEvaluation(experiment, "agent 2.0", Array.from({ length: 24 }, (_, at): CaseToMake => {
    const invents = at % 6 === 1;
    return {
      question: question(at), expected: expected(at), tookMs: 300, failed: at === 3 ? "TimeoutError: the shop did not answer" : undefined,
      answer: invents ? `According to our page, it is always ${TOPICS[at % 6]} of tomorrow.` : `According to our page, it is ${TOPICS[at % 6]} of order ${at}.`,
      scores: at === 3 ? {} : { correct: invents ? ["no", `The answer invents a rule for order ${at}.`] as [string, string] : "yes", helpfulness: invents ? 0.3 : 0.9 },
    };
  }));
  return { a, b };
}
