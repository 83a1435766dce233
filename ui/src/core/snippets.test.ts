import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { datasetSnippets, evaluationSnippets, promptSnippets, reviewSnippets, versionSnippets } from "./firstSnippets";
import { curlSnippets, databricksSnippets, mlflowSnippets, openTelemetrySnippets, type SnippetPlace } from "./snippets";

const place: SnippetPlace = {
  url: "http://127.0.0.1:5000",
  experiment: { experiment_id: "7", name: "it's \"mine\" $(touch /tmp/x)" },
  needsToken: false,
};
const FIRST = [evaluationSnippets, datasetSnippets, promptSnippets, reviewSnippets, versionSnippets];
const MAKERS = [mlflowSnippets, databricksSnippets, openTelemetrySnippets, curlSnippets, ...FIRST];
const all = (where: SnippetPlace) => MAKERS.flatMap((make) => make(where));

test("every snippet contains the URL of this server", () => {
  for (const make of MAKERS) {
    expect(make(place).map(({ code }) => code).join("\n")).toContain(place.url);
  }
});

test("a name with quotes and dollar signs is escaped for the shell", () => {
  const code = databricksSnippets(place)[0]!.code;
  const said = execFileSync("sh", ["-c", `${code}\nprintf %s "$MLFLOW_EXPERIMENT_NAME"`]).toString();
  expect(said).toBe(place.experiment.name);
});

test("the shell expands the body for curl to valid JSON", () => {
  const code = curlSnippets(place)[0]!.code;
  const body = execFileSync("sh", ["-c", `curl() { cat; }\n${code}`]).toString();
  const span = JSON.parse(body).resourceSpans[0].scopeSpans[0].spans[0];
  expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(250_000_000n);
  expect(JSON.parse(span.attributes[1].value.stringValue)).toEqual({ question: "Who are you?" });
});

test("a token is mentioned only if the server requires one", () => {
  expect(all(place).some(({ code }) => code.includes("kan_"))).toBe(false);
  for (const make of MAKERS) {
    expect(make({ ...place, needsToken: true }).map(({ code }) => code).join("\n")).toContain("kan_…");
  }
});

test("every Python program names the server and the experiment itself", () => {
  for (const { code } of [mlflowSnippets, ...FIRST].flatMap((make) => make(place)).filter(({ language }) => language === "python")) {
    expect(code).toContain('mlflow.set_tracking_uri("http://127.0.0.1:5000")');
    expect(code).toContain('mlflow.set_experiment("it\'s \\"mine\\" $(touch /tmp/x)")');
  }
});
