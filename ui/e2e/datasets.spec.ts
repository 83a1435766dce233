// Datasets: the list, the records of one, its versions, import and export, and traces that become records.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { newExperiment, sendTrace } from "./otlp";
import { call } from "./rest";

const API = "/api/3.0/mlflow/datasets";

interface Upsert {
  inputs: Record<string, unknown>;
  outputs?: unknown;
  expectations?: Record<string, unknown>;
  tags?: Record<string, unknown>;
  source?: { source_type: string; source_data: Record<string, unknown> };
}

async function newDataset(experiment: string, name: string, records: Upsert[] = []): Promise<string> {
  const { dataset } = await call<{ dataset: { dataset_id: string } }>(SERVER(), `${API}/create`, { name, experiment_ids: [experiment] });
  if (records.length > 0) await upsert(dataset.dataset_id, records);
  return dataset.dataset_id;
}

function upsert(id: string, records: Upsert[]) {
  return call(SERVER(), `${API}/${id}/records`, { records: JSON.stringify(records) });
}

/** The records as the server has them, with the numbers as texts. */
async function stored(id: string): Promise<string> {
  return (await call<{ records: string }>(SERVER(), `${API}/${id}/records`)).records;
}

const records = async (id: string) => JSON.parse(await stored(id)) as (Upsert & { dataset_record_id: string; source_type?: string; source_id?: string })[];
const question = (n: number, answer?: string): Upsert => ({ inputs: { question: `Question ${n}?` }, ...(answer === undefined ? {} : { expectations: { expected_response: answer } }) });
const rows = (page: Page) => page.getByRole("grid", { name: "Records" }).getByRole("row").filter({ has: page.getByRole("gridcell") });
const field = (page: Page, name: string) => page.getByRole("dialog").getByLabel(name, { exact: true });

test("datasets are listed, found, created and deleted by keys alone", async ({ page }) => {
  test.slow();
  const e = await newExperiment("datasets");
  await page.goto(`/e/${e}/datasets`);
  await expect(page.getByRole("heading", { name: "No datasets yet" })).toBeVisible();
  await checkA11y(page);
  await page.keyboard.press("n");
  await page.keyboard.type("golden set");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "golden set" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "No records yet" })).toBeVisible();
  await checkA11y(page);

  await newDataset(e, "silver", [question(1, "a"), question(2)]);
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  const table = page.getByRole("region", { name: "Datasets" });
  await expect(table.getByRole("row", { name: /golden set/ })).toBeVisible();
  // Another client made the second dataset.
  await page.reload();
  await expect(table.getByRole("row", { name: /silver/ })).toContainText("2");
  await expect(table.getByRole("row")).toHaveCount(3);
  await checkA11y(page);
  await shot(page, "datasets");
  await page.keyboard.press("/");
  await page.keyboard.type("SILV");
  await expect(table.getByRole("row")).toHaveCount(2);
  await expect(page).toHaveURL(/q=SILV/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Delete…" }).press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("silver with 2 records and 1 version");
  await dialog.getByRole("button", { name: "Delete", exact: true }).press("Enter");
  await expect(page.getByText("Deleted the dataset silver")).toBeVisible();
  await expect(page.getByRole("heading", { name: "No dataset has this name" })).toBeVisible();
});

test("records are filtered, sorted, selected and deleted, and the address keeps what is shown", async ({ page }) => {
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "records", Array.from({ length: 12 }, (_, n) => question(n, n % 3 === 0 ? undefined : `answer ${n}`)));
  await page.goto(`/e/${e}/datasets/${id}`);
  await expect(rows(page)).toHaveCount(12);
  await checkA11y(page);
  await shot(page, "dataset");
  await page.keyboard.press("m");
  await expect(rows(page)).toHaveCount(4);
  await page.reload();
  await expect(rows(page)).toHaveCount(4);
  await page.keyboard.press("m");
  await page.getByRole("button", { name: "inputs.question" }).click();
  await page.getByRole("button", { name: "inputs.question" }).click();
  await expect(page).toHaveURL(/sort=-inputs.question/);
  await expect(rows(page).first()).toContainText("Question 11?");
  await page.keyboard.press("/");
  await page.keyboard.type("answer 1");
  await expect(rows(page)).toHaveCount(3);
  await page.keyboard.press("Enter");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("X");
  await expect(page.getByText("3 records selected")).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).press("Enter");
  await expect(page.getByRole("dialog")).toContainText("Version 1 and the versions before it keep them");
  await page.getByRole("dialog").getByRole("button", { name: "Delete 3 records" }).press("Enter");
  await expect(page.getByText("3 records deleted")).toBeVisible();
  await expect(page.getByRole("tab", { name: "Records (9)" })).toBeVisible();
  expect(await records(id)).toHaveLength(9);
});

test("a record is edited: fields are merged, and a mistake keeps the text", async ({ page }) => {
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "edited", [question(1, "wrong"), question(2)]);
  await page.goto(`/e/${e}/datasets/${id}`);
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/record=/);
  await expect(field(page, "Inputs")).toHaveValue(/Question 1\?/);
  await checkA11y(page);
  await shot(page, "dataset-record");
  await field(page, "Expectations").fill('{"expected_response": "right",}');
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("alert")).toContainText('unexpected "}" at line 1, column 31');
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(page.getByText("The changes are not saved.")).toBeVisible();
  await page.getByRole("button", { name: "Keep editing" }).click();
  await expect(field(page, "Expectations")).toHaveValue('{"expected_response": "right",}');
  await field(page, "Expectations").fill('{"expected_response": "right"}');
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Record saved")).toBeVisible();
  await expect(rows(page).first()).toContainText("right");
  expect((await records(id))[0]).toMatchObject({ inputs: { question: "Question 1?" }, expectations: { expected_response: "right" } });
  await expect(page.getByRole("tab", { name: "Versions (2)" })).toBeVisible();
});

test("other inputs and removed fields make another record, and the screen says so before", async ({ page }) => {
  const e = await newExperiment("datasets");
  const source = { source_type: "TRACE", source_data: { trace_id: "tr-00000000000000000000000000000001" } };
  const id = await newDataset(e, "replaced", [{ ...question(1, "a"), expectations: { expected_response: "a", extra: 1 }, source }]);
  const first = (await records(id))[0]!.dataset_record_id;
  await page.goto(`/e/${e}/datasets/${id}?record=${first}`);
  await field(page, "Inputs").fill('{"question": "Another?"}');
  await expect(page.getByText("Other inputs make a new record, and this one is deleted.")).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Record saved")).toBeVisible();
  const [second, ...others] = await records(id);
  expect(others).toEqual([]);
  expect(second).toMatchObject({ inputs: { question: "Another?" }, expectations: { expected_response: "a", extra: 1 }, source_type: "TRACE", source_id: source.source_data.trace_id });
  await rows(page).first().click();
  await field(page, "Expectations").fill('{"expected_response": "a"}');
  await expect(page.getByText("A field was removed.")).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("dialog")).toBeHidden();
  const [third, ...more] = await records(id);
  expect(more).toEqual([]);
  expect(third!.expectations).toEqual({ expected_response: "a" });
});

test("a record shows all fields of its source, and an export has them", async ({ page }) => {
  const e = await newExperiment("datasets");
  const ofTrace = { source_type: "TRACE", source_data: { trace_id: "tr-00000000000000000000000000000001", span_id: "span-7" } };
  const ofDocument = { source_type: "DOCUMENT", source_data: { doc_uri: "s3://docs/<b>returns</b>.md", page: 3 } };
  const id = await newDataset(e, "sources", [{ ...question(1), source: ofTrace }, { ...question(2), source: ofDocument }]);
  const [first, second] = (await records(id)).map(({ dataset_record_id }) => dataset_record_id);
  await page.goto(`/e/${e}/datasets/${id}?record=${first}`);
  const source = page.getByRole("dialog").getByRole("region", { name: "Source" });
  await expect(source.getByRole("link", { name: ofTrace.source_data.trace_id })).toHaveAttribute("href", `/t/${ofTrace.source_data.trace_id}`);
  await expect(source).toContainText("span_idspan-7");
  await checkA11y(page);
  await shot(page, "dataset-record-source");
  await page.goto(`/e/${e}/datasets/${id}?record=${second}`);
  await expect(source).toContainText("Typedocument");
  await expect(source).toContainText("doc_uris3://docs/<b>returns</b>.md");
  await expect(source).toContainText("page3");
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("returns");
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "JSON Lines" }).click()]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Upsert);
  expect(lines.map(({ source }) => source)).toEqual([ofTrace, ofDocument]);
});

test("a failed save keeps what was typed", async ({ page }) => {
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "failing", [question(1)]);
  await page.goto(`/e/${e}/datasets/${id}?record=new`);
  await field(page, "Inputs").fill('{"question": "Typed with care"}');
  let broken = true;
  await page.route("**/datasets/*/records", (route) => (broken && route.request().method() === "POST" ? route.fulfill({ status: 429, json: { error_code: "RESOURCE_EXHAUSTED", message: "too many writes are waiting" } }) : route.continue()));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("too many writes are waiting");
  await expect(field(page, "Inputs")).toHaveValue(/Typed with care/);
  broken = false;
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("Record added")).toBeVisible();
  expect((await records(id)).map(({ inputs }) => inputs.question)).toEqual(["Question 1?", "Typed with care"]);
});

test("numbers of inputs stay as they are, so that the record stays the same", async ({ page }) => {
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "numbers");
  await call(SERVER(), `${API}/${id}/records`, { records: '[{"inputs": {"temperature": 1.0, "order": 9007199254740993}}]' });
  await page.goto(`/e/${e}/datasets/${id}`);
  await expect(rows(page)).toContainText(["9007199254740993"]);
  await rows(page).first().getByRole("gridcell").nth(1).click();
  await expect(field(page, "Inputs")).toHaveValue(/"temperature": 1\.0,\s+"order": 9007199254740993/);
  await field(page, "Expectations").fill('{"e": 2.0}');
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Record saved")).toBeVisible();
  expect(await stored(id)).toMatch(/"temperature":1\.0/);
  expect(await stored(id)).toMatch(/"order":9007199254740993/);
  expect(await records(id)).toHaveLength(1);
});

test("a file of CSV is shown, mapped and imported, with its mistakes by line", async ({ page }) => {
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "imported", [question(1)]);
  await page.goto(`/e/${e}/datasets/${id}`);
  await page.getByRole("button", { name: "Import" }).click();
  const csv = 'question,expected_response,team\n"Question 1?",one,a\n"Two, or\nmore?",2,b\n,nothing,c\nx,y,z,too many\n';
  await page.getByLabel("JSON Lines or CSV file").setInputFiles({ name: "cases.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("3 rows of CSV, 1 line cannot be read");
  await expect(dialog).toContainText("Line 6: 4 cells, but the header has 3");
  await expect(dialog.getByLabel("What question becomes")).toHaveValue("inputs.question");
  await expect(dialog.getByLabel("What expected_response becomes")).toHaveValue("expectations.expected_response");
  await dialog.getByLabel("What team becomes").selectOption("tags.team");
  await expect(dialog).toContainText("Will be left out: line 5: no inputs");
  await checkA11y(page);
  await shot(page, "dataset-import");
  await dialog.getByRole("button", { name: "Import 3 rows" }).click();
  await expect(dialog).toContainText("1 record added, 1 updated. 2 lines left out.");
  await expect(dialog).toContainText("Line 5: no inputs");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(rows(page)).toHaveCount(2);
  const [first, second] = await records(id);
  expect(first).toMatchObject({ expectations: { expected_response: "one" }, tags: { team: "a" } });
  expect(second).toMatchObject({ inputs: { question: "Two, or\nmore?" }, expectations: { expected_response: 2 }, tags: { team: "b" }, source_type: "HUMAN" });
});

test("a large import goes in batches, and continues after a failure", async ({ page }) => {
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "large");
  await page.goto(`/e/${e}/datasets/${id}`);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  const lines = Array.from({ length: 2300 }, (_, n) => JSON.stringify({ inputs: { n }, expectations: { even: n % 2 === 0 } })).join("\n");
  await page.getByLabel("JSON Lines or CSV file").setInputFiles({ name: "cases.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(lines) });
  let calls = 0;
  await page.route("**/datasets/*/records", (route) => {
    if (route.request().method() === "POST") calls += 1;
    return calls === 3 && route.request().method() === "POST" ? route.fulfill({ status: 500, json: { error_code: "INTERNAL_ERROR", message: "the disk is full" } }) : route.continue();
  });
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Import 2,300 rows" }).click();
  await expect(dialog.getByRole("alert")).toContainText("the disk is full");
  await expect(dialog).toContainText("1,000 of 2,300 rows");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await expect(dialog).toContainText("2,300 records added, 0 updated.");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(page.getByRole("tab", { name: "Records (2,300)" })).toBeVisible();
  await page.getByRole("grid", { name: "Records" }).focus();
  await page.keyboard.press("End");
  await expect(rows(page).last()).toContainText("2299");
  expect(await rows(page).count()).toBeLessThan(60);
});

test("records are exported as JSON Lines and CSV, and can be imported elsewhere", async ({ page }) => {
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "ex/port", [{ ...question(1, '=SUM("A1")'), outputs: { answer: "said, \"so\"" } }, question(2)]);
  await page.goto(`/e/${e}/datasets/${id}`);
  const exported = async (format: string) => {
    await page.getByRole("button", { name: "Export" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: format }).click()]);
    await expect(page.getByText("2 records exported").last()).toBeVisible();
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  };
  const jsonl = await exported("JSON Lines");
  expect(jsonl.name).toBe("ex-port-v1.jsonl");
  expect(jsonl.text.trim().split("\n").map((line) => JSON.parse(line) as Upsert).map(({ inputs }) => inputs.question)).toEqual(["Question 1?", "Question 2?"]);
  const csv = await exported("CSV");
  expect(csv.text.split("\r\n")[0]).toBe("inputs.question,outputs.answer,expectations.expected_response");
  expect(csv.text).not.toMatch(/(^|,)=/m);

  const copy = await newDataset(e, "copy");
  await page.goto(`/e/${e}/datasets/${copy}`);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByLabel("JSON Lines or CSV file").setInputFiles({ name: csv.name, mimeType: "text/csv", buffer: Buffer.from(csv.text) });
  await page.getByRole("button", { name: "Import 2 rows" }).click();
  await expect(page.getByRole("dialog")).toContainText("2 records added");
  const parts = async (of: string) => (await records(of)).map(({ inputs, outputs, expectations }) => ({ inputs, outputs, expectations: expectations ?? {} }));
  expect(await parts(copy)).toEqual(await parts(id));
});

test("versions are listed, read and compared", async ({ page }) => {
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "versions", [question(1, "The first answer"), question(2)]);
  await upsert(id, [question(1, "The second answer"), question(3)]);
  await page.goto(`/e/${e}/datasets/${id}`);
  await page.getByRole("tab", { name: "Versions (2)" }).click();
  const table = page.getByRole("region", { name: "Versions" });
  await expect(table.getByRole("row")).toHaveCount(3);
  await page.getByRole("button", { name: "What version 2 changed" }).click();
  const changes = page.getByRole("region", { name: "Differences between version 1 and version 2" });
  await expect(changes.getByRole("listitem")).toHaveCount(2);
  await expect(changes.locator("del")).toHaveText("first");
  await expect(changes.locator("ins").first()).toHaveText("second");
  await checkA11y(page);
  await shot(page, "dataset-versions");
  await page.reload();
  await expect(changes).toContainText("2 records differ");
  await page.getByLabel("Compare version").fill("2");
  await page.getByLabel("with").fill("1");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Differences between version 2 and version 1" }).getByText("removed", { exact: true })).toBeVisible();

  await table.getByRole("link", { name: "1", exact: true }).click();
  await expect(page.getByText("This is version 1, which cannot be changed.")).toBeVisible();
  await expect(rows(page)).toHaveCount(2);
  await rows(page).first().getByRole("gridcell").nth(1).click();
  await expect(field(page, "Expectations")).toHaveValue(/The first answer/);
  await expect(page.getByRole("button", { name: "Save" })).toBeHidden();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Show the newest version" }).click();
  await expect(rows(page)).toHaveCount(3);
});

test("runs that used the dataset are listed with their version", async ({ page }) => {
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "evaluated", [question(1, "a")]);
  const { digest } = await call<{ digest: string }>(SERVER(), `/api/3.0/kansoku/datasets/${id}`);
  const { run } = await call<{ run: { info: { run_id: string } } }>(SERVER(), "/api/2.0/mlflow/runs/create", { experiment_id: e, run_name: "nightly", start_time: Date.now() });
  const dataset = { name: "evaluated", digest, source_type: "mlflow_evaluation_dataset", source: JSON.stringify({ dataset_id: id }) };
  await call(SERVER(), "/api/2.0/mlflow/runs/log-inputs", { run_id: run.info.run_id, datasets: [{ dataset, tags: [] }] });
  await call(SERVER(), "/api/2.0/mlflow/runs/log-metric", { run_id: run.info.run_id, key: "correct/mean", value: 0.75, timestamp: 1 });
  await upsert(id, [question(2)]);
  await page.goto(`/e/${e}/datasets/${id}?tab=evaluations`);
  const row = page.getByRole("region", { name: "Evaluations" }).getByRole("row", { name: /nightly/ });
  await expect(row).toContainText("0.75");
  await expect(row.getByRole("link", { name: "1", exact: true })).toBeVisible();
  await checkA11y(page);
  await row.getByRole("link", { name: "nightly" }).click();
  await expect(page).toHaveURL(new RegExp(run.info.run_id));
});

test("twenty bad traces become a golden dataset by keys alone", async ({ page }) => {
  test.slow();
  const e = await newExperiment("golden");
  const ids: string[] = [];
  for (let n = 0; n < 26; n++) {
    const inputs = { question: `How do I reset step ${n}?` };
    ids.push(await sendTrace(e, [{ name: "agent", type: "AGENT", startMs: 0, durationMs: 20, inputs, outputs: { answer: `Answer ${n}` } }], { beginMs: Date.now() - 60_000 - n * 1000 }));
  }
  for (const [n, trace_id] of ids.entries()) {
    await call(SERVER(), `/api/3.0/mlflow/traces/${trace_id}/assessments`, { assessment: { assessment_name: "helpful", trace_id, source: { source_type: "HUMAN", source_id: "ann" }, feedback: { value: 20 <= n } } });
  }
  const assessment = { assessment_name: "expected_response", trace_id: ids[0], source: { source_type: "HUMAN", source_id: "ann" }, expectation: { value: "What a person expects" } };
  await call(SERVER(), `/api/3.0/mlflow/traces/${ids[0]}/assessments`, { assessment });

  await page.goto(`/e/${e}/traces`);
  await expect(page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(20)).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("feedback.helpful IS BAD");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("grid", { name: "Traces" })).toHaveAttribute("aria-rowcount", "21");
  await page.keyboard.press("Escape");
  await page.getByRole("grid", { name: "Traces" }).focus();
  await page.keyboard.press("Control+a");
  await expect(page.getByText("20 traces selected")).toBeVisible();
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog", { name: "Add 20 traces to a dataset" });
  await expect(dialog.getByLabel("Dataset", { exact: true })).toBeFocused();
  await page.keyboard.type("golden");
  await expect(dialog.getByRole("radio", { name: "Create “golden”" })).toBeChecked();
  await expect(dialog).toContainText("How do I reset step 0?");
  await expect(dialog).toContainText("and 17 more records");
  await checkA11y(page);
  await shot(page, "add-to-dataset");
  await dialog.getByLabel("Use the outputs as expectations, named").press("Space");
  await expect(dialog).toContainText("Answer 1");
  await dialog.getByLabel("Dataset", { exact: true }).press("Enter");
  await expect(page.getByText("golden: 20 records added")).toBeVisible();
  await page.getByRole("button", { name: "Open dataset" }).press("Enter");
  await expect(page.getByRole("heading", { name: "golden" })).toBeVisible();
  await expect(page.getByRole("tab", { name: "Records (20)" })).toBeVisible();
  await expect(rows(page).first()).toBeVisible();
  const { datasets } = await call<{ datasets: { dataset_id: string }[] }>(SERVER(), `${API}/search`, { experiment_ids: [e] });
  const made = await records(datasets[0]!.dataset_id);
  const byTrace = new Map(made.map((record) => [record.source_id, record]));
  expect(byTrace.size).toBe(20);
  expect(byTrace.get(ids[0])).toMatchObject({ inputs: { question: "How do I reset step 0?" }, outputs: { answer: "Answer 0" }, expectations: { expected_response: "What a person expects" }, source_type: "TRACE" });
  expect(byTrace.get(ids[7])).toMatchObject({ expectations: { expected_response: "Answer 7" } });

  // Added again, each updates its record.
  await page.goto(`/e/${e}/traces?q=${encodeURIComponent("feedback.helpful IS BAD")}`);
  await page.getByRole("grid", { name: "Traces" }).focus();
  await expect(page.getByRole("grid", { name: "Traces" })).toHaveAttribute("aria-rowcount", "21");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("a");
  await expect(dialog.getByRole("radio", { name: /golden/ })).toBeChecked();
  await expect(dialog).toContainText("The dataset has 20 records with the same inputs: they are updated.");
  await dialog.getByLabel("Dataset", { exact: true }).press("Enter");
  await expect(page.getByText("golden: 0 records added, 20 updated")).toBeVisible();
});

test("a trace is added from its page, and its record leads back to it", async ({ page }) => {
  const e = await newExperiment("one trace");
  const id = await newDataset(e, "from a page");
  const trace = await sendTrace(e, [{ name: "ask", startMs: 0, durationMs: 5, inputs: "only a text", outputs: "said" }]);
  const empty = await sendTrace(e, [{ name: "empty", startMs: 0, durationMs: 5 }]);
  await page.goto(`/t/${trace}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Add to a dataset…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("1 trace with inputs that are no object: they become the field “input”.");
  await dialog.getByRole("button", { name: "Add to the dataset" }).click();
  await page.getByRole("button", { name: "Open dataset" }).click();
  await rows(page).first().getByRole("link", { name: "Trace" }).click();
  await expect(page).toHaveURL(`/t/${trace}`);
  expect(await records(id)).toMatchObject([{ inputs: { input: "only a text" }, outputs: "said" }]);

  await page.goto(`/t/${empty}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Add to a dataset…" }).click();
  await expect(dialog).toContainText("None of these traces has inputs");
  await expect(dialog.getByRole("button", { name: "Add to the dataset" })).toBeDisabled();
});

test("hostile names and contents are shown as text", async ({ page }) => {
  const e = await newExperiment("datasets with odd texts");
  const evil = "<img src=x onerror=document.title='hacked'>\u202eevil";
  const id = await newDataset(e, evil, [{ inputs: { [evil]: evil }, expectations: { constructor: evil }, tags: { "<b>": evil } }, { inputs: { q: "x".repeat(100_000) } }]);
  await page.goto(`/e/${e}/datasets`);
  await page.getByRole("link", { name: /<img src=x/ }).click();
  await expect(page.getByRole("heading", { name: /<img src=x/ })).toContainText("\\u202e");
  await expect(rows(page)).toHaveCount(2);
  await rows(page).first().getByRole("gridcell").nth(1).click();
  await expect(field(page, "Inputs")).toHaveValue(/<img src=x/);
  await page.keyboard.press("Escape");
  await page.goto(`/e/${e}/datasets/${id}?tab=versions&base=0&to=1`);
  await expect(page.getByRole("region", { name: /^Differences/ })).toContainText("<img src=x");
  // The name is a part of the title; a script would have set all of it.
  await expect(page).toHaveTitle(/Dataset – Kansoku$/);
});

test("what is not there is said at once, and an error can be tried again", async ({ page }) => {
  const e = await newExperiment("datasets");
  await page.goto(`/e/${e}/datasets/d-none`);
  await expect(page.getByRole("heading", { name: "Dataset not found" })).toBeVisible();
  const id = await newDataset(e, "there", [question(1)]);
  await page.goto(`/e/${e}/datasets/${id}?record=dr-none`);
  await expect(page.getByRole("heading", { name: "Record not found" })).toBeVisible();
  await page.goto(`/e/${e}/datasets/${id}?version=7`);
  await expect(page.getByRole("alert")).toContainText("Could not load the records");
  let broken = true;
  await page.route("**/mlflow/datasets/search", (route) => (broken ? route.fulfill({ status: 500, json: { error_code: "INTERNAL_ERROR", message: "the disk is on fire" } }) : route.continue()));
  await page.goto(`/e/${e}/datasets`);
  await expect(page.getByRole("alert")).toContainText("the disk is on fire");
  broken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("link", { name: "there" })).toBeVisible();
});

test("fits a narrow screen", async ({ page }) => {
  test.slow();
  const e = await newExperiment("datasets");
  const id = await newDataset(e, "a dataset with quite a long name", Array.from({ length: 30 }, (_, n) => question(n, n % 2 ? `answer ${n}` : undefined)));
  await page.setViewportSize(NARROW);
  for (const [path, name] of [["", "datasets"], [`/${id}`, "dataset"], [`/${id}?tab=versions&base=0&to=1`, "dataset-versions"]] as const) {
    await page.goto(`/e/${e}/datasets${path}`);
    await expect(page.getByText(/long name/).first()).toBeVisible();
    await expect(page.getByText(/Question 1\?|30/).first()).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
    await checkA11y(page);
    await shot(page, name);
  }
});
