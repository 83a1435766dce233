// The list of prompts, the page of one prompt, and links from traces to prompts.
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";
import { python, run } from "./server";

const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

interface NewVersion {
  /** A text, or the messages of a chat. */
  template: string | { role: string; content: unknown }[];
  message?: string;
  tags?: Record<string, string>;
}

/** Registers a prompt with these versions, as MLflow's client does. */
async function register(name: string, experiment: string, versions: NewVersion[], tags: Record<string, string> = {}): Promise<string> {
  const list = (values: Record<string, string>) => Object.entries(values).map(([key, value]) => ({ key, value }));
  await call(SERVER(), "/api/2.0/mlflow/registered-models/create", {
    name, description: versions[0]?.message, tags: list({ "mlflow.prompt.is_prompt": "true", _mlflow_experiment_ids: `,${experiment},`, ...tags }),
  });
  for (const { template, message, tags = {} } of versions) {
    const isText = typeof template === "string";
    await call(SERVER(), "/api/2.0/mlflow/model-versions/create", {
      name, source: "dummy-source", description: message,
      tags: list({ "mlflow.prompt.is_prompt": "true", _mlflow_prompt_type: isText ? "text" : "chat", "mlflow.prompt.text": isText ? template : JSON.stringify(template), ...tags }),
    });
  }
  return name;
}

const setAlias = (name: string, alias: string, version: number) => call(SERVER(), "/api/2.0/mlflow/registered-models/alias", { name, alias, version: String(version) });

const QA: NewVersion[] = [
  { template: "Answer the question: {{question}}", message: "First version", tags: { author: "ana" } },
  { template: "Answer the question in {{words}} words: {{question}}", message: "Limit the length, since answers were too long for the widget", tags: { author: "ben" } },
  {
    template: "You are a friendly support agent.\n\nAnswer the question in at most {{ words }} words:\n\n{{question}}\n\nDo not guess: say {{user name}} if you do not know.",
    message: "Be friendly, and do not guess",
    tags: {
      author: "ana", reviewed: "yes", _mlflow_prompt_response_format: '{"type": "object", "properties": {"answer": {"type": "string"}, "sources": {"type": "array", "items": {"type": "string"}}}, "required": ["answer"]}',
      _mlflow_prompt_model_config: '{"model_name": "gpt-4o-mini", "temperature": 0.2, "max_tokens": 400}',
    },
  },
];

const CHAT: NewVersion[] = [
  { template: [{ role: "system", content: "Be brief." }, { role: "user", content: "{{question}}" }] },
  { template: [{ role: "system", content: "Be brief and {{tone}}." }, { role: "assistant", content: "How can I help?" }, { role: "user", content: "{{question}}" }] },
];

async function qa(): Promise<{ experiment: string; name: string }> {
  const experiment = await makeExperiment(SERVER(), unique("prompts"));
  const name = await register(unique("qa"), experiment, QA, { team: "support" });
  await setAlias(name, "production", 2);
  await setAlias(name, "staging", 3);
  return { experiment, name };
}

/** What MLflow's client prints about a prompt. */
const client = (code: string) => run(python(), ["-c", `import json, mlflow\n${code}`], { MLFLOW_TRACKING_URI: SERVER() });

test("prompts of the experiment are listed, and those of all on demand", async ({ page }) => {
  const { experiment, name } = await qa();
  const chat = await register(unique("chat"), experiment, CHAT);
  const elsewhere = await register(unique("elsewhere"), await makeExperiment(SERVER(), unique("other")), QA.slice(0, 1));
  await page.goto(`/e/${experiment}/prompts`);
  const row = page.getByRole("row", { name: new RegExp(`^${name}`) });
  await expect(row).toContainText("production → 2");
  await expect(row).toContainText("staging → 3");
  await expect(row).toContainText("First version");
  await expect(row).toContainText("team: support");
  await expect(page.getByRole("row", { name: new RegExp(`^${chat}`) })).toContainText("chat");
  await expect(page.getByRole("row")).toHaveCount(3);
  await checkA11y(page);
  await shot(page, "prompts");
  await page.getByRole("button", { name: "Prompt", exact: true }).click();
  await expect(page.getByRole("row").nth(1)).toContainText(chat);
  await expect(page).toHaveURL(/sort=name/);

  await page.goto(`/e/${experiment}/prompts?all=1&q=${elsewhere.toUpperCase()}`);
  await expect(page.getByRole("link", { name: elsewhere })).toBeVisible();
  await page.getByRole("button", { name: "This experiment" }).click();
  await expect(page.getByText("No prompt has this in its name")).toBeVisible();
  await page.getByRole("button", { name: "Search in all experiments" }).click();
  await expect(page.getByRole("link", { name: elsewhere })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(name);
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("row").nth(1)).toContainText("this experiment");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/prompts/${name}$`));
});

test("the empty list shows how to register a prompt, and the code does it", async ({ page }) => {
  const experiment = unique("no prompts");
  await makeExperiment(SERVER(), experiment);
  await page.goto(`/e/${encodeURIComponent(experiment)}/prompts`);
  await expect(page.getByRole("heading", { name: "No prompts in this experiment yet" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "prompts-empty");
  const code = await page.getByLabel("Register a prompt", { exact: true }).innerText();
  expect(code).toContain(SERVER());
  const name = unique("answer");
  await client(code.replace('"answer"', JSON.stringify(name)));
  await page.goto(`/e/${encodeURIComponent(experiment)}/prompts`);
  await expect(page.getByRole("link", { name })).toBeVisible();
});

test("a prompt is registered by keys alone, and loaded by MLflow's client", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("prompts"));
  const taken = await register(unique("taken"), experiment, QA.slice(0, 1));
  const name = unique("made");
  await page.goto(`/e/${experiment}/prompts`);
  await expect(page.getByRole("link", { name: taken })).toBeVisible();
  await page.keyboard.press("n");
  await expect(page.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("not a name");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("A name has letters from A to Z")).toBeVisible();
  await expect(page.getByText("The template is empty.")).toBeVisible();
  await page.getByLabel("Name").fill(taken);
  await page.getByLabel("Template", { exact: true }).fill("Hello {{name}}, {{user name}}");
  await expect(page.getByText("Variables: name")).toBeVisible();
  await expect(page.getByText("{{user name}} stays as it is")).toBeVisible();
  await page.getByLabel("Description").fill("Greets");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("alert")).toContainText(taken);
  await expect(page.getByLabel("Template", { exact: true })).toHaveValue("Hello {{name}}, {{user name}}");
  await checkA11y(page);
  await shot(page, "prompt-new");
  await page.getByLabel("Name").fill(name);
  await page.getByText("Tags", { exact: true }).click();
  await page.getByLabel("New tag").fill("team");
  await page.getByLabel("Value", { exact: true }).fill("search");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Value of team")).toHaveValue("search");
  await page.keyboard.press("Control+Enter");
  await expect(page).toHaveURL(new RegExp(`/prompts/${name}$`));
  await expect(page.getByText(`Registered the prompt ${name}`)).toBeVisible();
  const loaded = await client(`p = mlflow.genai.load_prompt("prompts:/${name}/1"); print(json.dumps([p.template, p.commit_message, p.tags, p.format(name="Ana")]))`);
  expect(JSON.parse(loaded)).toEqual(["Hello {{name}}, {{user name}}", "Greets", { team: "search" }, "Hello Ana, {{user name}}"]);
});

test("a version is shown with its template, format and configuration, and versions are compared by keys", async ({ page }) => {
  const { experiment, name } = await qa();
  await page.goto(`/e/${experiment}/prompts/${name}`);
  await expect(page.getByRole("heading", { name: "Version 3" })).toBeVisible();
  await expect(page.locator(".template-text .template-variable")).toHaveText(["{{ words }}", "{{question}}"]);
  await expect(page.getByText("{{user name}} stays as it is")).toBeVisible();
  await expect(page.getByRole("region", { name: "Response format" })).toContainText("sources");
  await expect(page.getByRole("region", { name: "Model config" })).toContainText("gpt-4o-mini");
  await expect(page.getByLabel("Value of reviewed")).toHaveValue("yes");
  const versions = page.getByRole("navigation", { name: "Versions" });
  await expect(versions.getByRole("link")).toHaveCount(3);
  await expect(versions.getByRole("link").first()).toContainText("staging");
  await checkA11y(page);
  await shot(page, "prompt");

  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/version=2/);
  await expect(page.getByRole("heading", { name: "Version 2" })).toBeVisible();
  await page.keyboard.press("d");
  await expect(page).toHaveURL(/with=1/);
  await expect(page.locator("ins")).toContainText("in {{words}} words");
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/with=/);
  await page.keyboard.press("k");
  await page.keyboard.press("x");
  await expect(page).toHaveURL(/with=3/);
  await expect(page.getByText("Changes from version 3 to version 2")).toBeVisible();
  await page.goto(`/e/${experiment}/prompts/${name}?version=3&with=2`);
  await expect(page.getByRole("region", { name: "Changes in the template" }).locator("ins").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Changes in the model config" })).toContainText("gpt-4o-mini");
  await checkA11y(page);
  await shot(page, "prompt-changes");
});

test("chats are compared message by message", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("prompts"));
  const name = await register(unique("chat"), experiment, [...CHAT, { template: "Be brief. {{question}}" }]);
  await page.goto(`/e/${experiment}/prompts/${name}?version=2`);
  await expect(page.locator("article.message")).toHaveCount(3);
  await shot(page, "prompt-chat");
  await page.getByLabel("Show the changes since").selectOption("1");
  await expect(page.locator("article.message", { hasText: "system" })).toContainText("changed");
  await expect(page.locator("article.message", { hasText: "system" }).locator("ins")).toHaveText(" and {{tone}}");
  await expect(page.locator("article.message", { hasText: "assistant" })).toContainText("added");
  await expect(page.locator("article.message", { hasText: "{{question}}" })).toContainText("identical");
  await checkA11y(page);
  await page.goto(`/e/${experiment}/prompts/${name}?version=3&with=2`);
  await expect(page.getByText("A chat became a text.")).toBeVisible();
});

test("an alias is set, moved after a warning, deleted, and each can be undone", async ({ page }) => {
  const { experiment, name } = await qa();
  await page.goto(`/e/${experiment}/prompts/${name}?version=3`);
  const versions = page.getByRole("navigation", { name: "Versions" }).getByRole("link");
  await page.getByRole("button", { name: "Alias", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Alias")).toBeFocused();
  await page.keyboard.type("latest");
  await expect(dialog.getByText("is reserved")).toBeVisible();
  await dialog.getByLabel("Alias").fill("production");
  await expect(dialog.getByText("production points to version 2")).toBeVisible();
  await checkA11y(page);
  await dialog.getByRole("button", { name: "Move from version 2" }).click();
  await expect(dialog).toBeHidden();
  await expect(versions.first()).toContainText("production");
  await expect(versions.nth(1)).not.toContainText("production");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(versions.nth(1)).toContainText("production");
  await page.getByRole("button", { name: "Alias staging" }).click();
  await page.getByRole("menuitem", { name: "Delete the alias…" }).click();
  await expect(dialog).toContainText("staging points to version 3");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(versions.first()).not.toContainText("staging");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(versions.first()).toContainText("staging");
});

test("a version is edited into a new one; what is typed survives navigation and a failed save, and leaving asks first", async ({ page }) => {
  const { experiment, name } = await qa();
  await page.goto(`/e/${experiment}/prompts/${name}`);
  await expect(page.getByRole("heading", { name: "Version 3" })).toBeVisible();
  await page.keyboard.press("e");
  await expect(page.getByRole("heading", { name: "New version, from version 3" })).toBeVisible();
  const template = page.getByLabel("Template", { exact: true });
  await expect(template).toHaveValue(/friendly support agent/);
  await template.fill("Reply in {{words}} words: {{question}}");
  await page.getByLabel("Commit message").fill("Shorter");
  const config = page.getByLabel("Model config");
  await config.fill('{"temperature": -1}');
  await expect(page.getByText("“temperature” must be a number from 0.")).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(config).toBeFocused();
  await config.fill('{"model_name": "gpt-4o", "temperature": 0}');
  await page.getByText("Changes since version 3").click();
  await expect(page.getByRole("region", { name: "Changes in the template" }).locator("del").first()).toBeVisible();
  await checkA11y(page);
  await shot(page, "prompt-edit");

  await page.getByRole("navigation", { name: "Versions" }).getByRole("link", { name: "Version 2" }).click();
  await expect(page.getByText("A new version, begun from version 3, is not saved.")).toBeVisible();
  await page.getByRole("link", { name: "← Prompts" }).click();
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
  await dialog.getByRole("button", { name: "Stay" }).click();
  await expect(page).toHaveURL(/version=2/);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(template).toHaveValue("Reply in {{words}} words: {{question}}");

  let broken = true;
  await page.route("**/model-versions/create", (route) => (broken ? route.fulfill({ status: 500, json: { error_code: "INTERNAL_ERROR", message: "the disk is on fire" } }) : route.continue()));
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("Could not save: the disk is on fire")).toBeVisible();
  await expect(template).toHaveValue("Reply in {{words}} words: {{question}}");
  broken = false;
  await page.getByRole("button", { name: "Save as a new version" }).click();
  await expect(page.getByRole("heading", { name: "Version 4", exact: true })).toBeVisible();
  await expect(page).toHaveURL(/version=4/);
  const loaded = await client(`p = mlflow.genai.load_prompt("prompts:/${name}/4"); print(json.dumps([p.template, p.commit_message, p.model_config, p.response_format["required"], p.format(words=3, question="Why?")]))`);
  expect(JSON.parse(loaded)).toEqual(["Reply in {{words}} words: {{question}}", "Shorter", { model_name: "gpt-4o", temperature: 0 }, ["answer"], "Reply in 3 words: Why?"]);
  await page.getByRole("link", { name: "← Prompts" }).click();
  await expect(page.getByRole("heading", { name: "Prompts" })).toBeVisible();
});

test("the messages of a chat are edited, and a removed one comes back", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("prompts"));
  const parts = [{ type: "text", text: "{{question}}" }];
  const name = await register(unique("chat"), experiment, [{ template: [{ role: "system", content: "Be brief." }, { role: "user", content: parts }] }]);
  await page.goto(`/e/${experiment}/prompts/${name}?edit=1`);
  await page.getByLabel("Content of message 1").fill("Be {{tone}}.");
  await page.getByRole("button", { name: "Add message" }).click();
  await expect(page.getByLabel("Role of message 3")).toHaveValue("assistant");
  await page.getByLabel("Content of message 3").fill("Hello");
  await page.getByRole("button", { name: "Move message 3 up" }).click();
  await expect(page.getByLabel("Content of message 2")).toHaveValue("Hello");
  await page.getByRole("button", { name: "Remove message 1" }).click();
  await expect(page.getByLabel("Content of message 1")).toHaveValue("Hello");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByLabel("Content of message 1")).toHaveValue("Be {{tone}}.");
  await shot(page, "prompt-edit-chat");
  await checkA11y(page);
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { name: "Version 2", exact: true })).toBeVisible();
  const loaded = await client(`print(json.dumps(mlflow.genai.load_prompt("prompts:/${name}/2").template))`);
  expect(JSON.parse(loaded)).toEqual([{ role: "system", content: "Be {{tone}}." }, { role: "assistant", content: "Hello" }, { role: "user", content: parts }]);
});

test("variables are filled in without a model, and the copied Python does the same", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { experiment, name } = await qa();
  await page.goto(`/e/${experiment}/prompts/${name}?version=3&tab=try`);
  await expect(page.getByText("2 variables without a value: words, question")).toBeVisible();
  await page.getByLabel("words").fill("three");
  await expect(page.getByText("1 variable without a value: question")).toBeVisible();
  await page.getByLabel("question").fill('Is "\\1" {{words}}\nor $&?');
  await expect(page.getByText("All variables have a value.")).toBeVisible();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result).toContainText('in at most three words');
  await expect(result).toContainText('Is "\\1" {{words}}');
  await checkA11y(page);
  await shot(page, "prompt-try");
  await page.getByRole("button", { name: "Copy the text" }).click();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const text = await copied();
  await page.getByRole("button", { name: "Copy as Python" }).click();
  await expect.poll(copied).toContain("load_prompt");
  expect(await client(`${await copied()}\nprint(json.dumps(text))`).then(JSON.parse)).toBe(text);

  await page.getByRole("tab", { name: "Template" }).click();
  await page.getByRole("navigation", { name: "Versions" }).getByRole("link", { name: "Version 2" }).click();
  await page.getByRole("tab", { name: "Try" }).click();
  await expect(page.getByLabel("words")).toHaveValue("three");
});

test("usage shows the traces of each version with their quality, and the runs", async ({ page }) => {
  const { experiment, name } = await qa();
  const used = async (version: number, correct: string[], failed: number) => {
    for (const [at, value] of correct.entries()) {
      const trace = await sendTrace(SERVER(), experiment, [{ name: "ask", tookMs: 100 * version, failed: at < failed ? "boom" : undefined, attributes: { "mlflow.spanInputs": `"question ${at}"` } }]);
      await call(SERVER(), "/api/2.0/mlflow/traces/link-prompts", { trace_id: trace, prompt_versions: [{ name, version: String(version) }] });
      const source = { source_type: "LLM_JUDGE", source_id: "judge" };
      await call(SERVER(), `/api/3.0/mlflow/traces/${trace}/assessments`, { assessment: { assessment_name: "correct", trace_id: trace, source, feedback: { value } } });
    }
  };
  await used(1, ["no", "no", "yes", "yes"], 2);
  await used(2, ["yes", "yes", "no"], 0);
  const { run: made } = await call<{ run: { info: { run_id: string } } }>(SERVER(), "/api/2.0/mlflow/runs/create", {
    experiment_id: experiment, run_name: "eval-2", start_time: Date.now(), tags: [{ key: "mlflow.linkedPrompts", value: `[{"name": "${name}", "version": "2"}]` }],
  });
  await call(SERVER(), "/api/2.0/mlflow/runs/log-metric", { run_id: made.info.run_id, key: "correct/mean", value: 0.66, timestamp: Date.now() });

  await page.goto(`/e/${experiment}/prompts/${name}?version=2&tab=usage`);
  const row = (version: number) => page.getByRole("row", { name: new RegExp(`Compare version ${version}`) });
  await expect(row(1)).toContainText("50 %");
  await expect(row(1)).toContainText("100 ms");
  await expect(row(1)).toContainText("correct 50 %");
  await expect(row(2)).toContainText("0 %");
  await expect(row(2)).toContainText("correct 67 %");
  await expect(row(3)).toContainText("0");
  const runs = page.getByRole("group", { name: "Runs and evaluations that used a version" });
  await expect(runs.getByRole("row", { name: /eval-2/ })).toContainText("0.66");
  await checkA11y(page);
  await shot(page, "prompt-usage");

  await row(1).getByRole("link", { name: "50 %" }).click();
  await expect(page).toHaveURL(/traces\?q=prompt/);
  await expect(page.getByText("2 traces").first()).toBeVisible();
  await page.goBack();
  await page.getByLabel("Compare version 1").check();
  await page.getByLabel("Compare version 2").check();
  await page.getByRole("link", { name: "Compare the traces of versions 1 and 2" }).click();
  await expect(page.getByRole("heading", { name: "Feedback" })).toBeVisible();
  await page.goto(`/e/${experiment}/prompts/${name}?tab=usage&from=now-2d&to=now-1d`);
  await expect(page.getByText("No trace of this experiment used the prompt in this time range.")).toBeVisible();
});

test("a trace links to the versions that it used", async ({ page }) => {
  const { experiment, name } = await qa();
  const linked = JSON.stringify([{ name, version: "2" }]);
  const trace = await sendTrace(SERVER(), experiment, [{ name: "ask", attributes: { "mlflow.linkedPrompts": linked } }]);
  await call(SERVER(), "/api/2.0/mlflow/traces/link-prompts", { trace_id: trace, prompt_versions: [{ name, version: "2" }] });
  await page.goto(`/t/${trace}`);
  const links = page.getByRole("link", { name: `prompt ${name} 2` });
  await expect(links).toHaveCount(2);
  await expect(page.getByText("mlflow.linkedPrompts:")).toBeHidden();
  await checkA11y(page);
  await links.first().click();
  await expect(page.getByRole("heading", { name: "Version 2" })).toBeVisible();
});

test("versions and prompts are deleted after confirmation", async ({ page }) => {
  const { experiment, name } = await qa();
  await page.goto(`/e/${experiment}/prompts/${name}?version=2`);
  await page.getByRole("button", { name: "Actions for the version" }).click();
  await page.getByRole("menuitem", { name: "Delete the version…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Its aliases are deleted with it: production.");
  await dialog.getByRole("button", { name: "Delete version 2" }).click();
  await expect(page.getByRole("navigation", { name: "Versions" }).getByRole("link")).toHaveCount(2);
  await expect(page.getByRole("heading", { name: "Version 3" })).toBeVisible();
  await page.goto(`/e/${experiment}/prompts/${name}?version=2`);
  await expect(page.getByRole("heading", { name: "Version 2 not found" })).toBeVisible();
  await page.getByRole("button", { name: "Show the latest version" }).click();
  await expect(page.getByRole("heading", { name: "Version 3" })).toBeVisible();
  await page.getByRole("button", { name: "Actions for the prompt" }).click();
  await page.getByRole("menuitem", { name: "Delete the prompt…" }).click();
  await expect(dialog.getByRole("button", { name: "Delete", exact: true })).toBeDisabled();
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await expect(page.getByText(`Deleted the prompt ${name}`)).toBeVisible();
  await expect(page.getByRole("heading", { name: "No prompts in this experiment yet" })).toBeVisible();
  await page.goto(`/e/${experiment}/prompts/${name}`);
  await expect(page.getByRole("heading", { name: "Prompt not found" })).toBeVisible();
  await checkA11y(page);
});

test("description and tags change, and a server error is shown with a retry", async ({ page }) => {
  const { experiment, name } = await qa();
  await page.goto(`/e/${experiment}/prompts/${name}`);
  await page.getByRole("button", { name: "Actions for the prompt" }).click();
  await page.getByRole("menuitem", { name: "Description and tags…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Description").fill("Answers of the widget");
  await dialog.getByLabel("Value of team").fill("search");
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Save the description" }).click();
  await expect(page.getByText("Answers of the widget")).toBeVisible();
  await expect(page.getByText("team: search")).toBeVisible();
  let broken = true;
  await page.route("**/registered-models/get?*", (route) => (broken ? route.fulfill({ status: 500, json: { error_code: "INTERNAL_ERROR", message: "the disk is on fire" } }) : route.continue()));
  await page.reload();
  await expect(page.getByRole("alert")).toContainText("the disk is on fire");
  broken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "Version 3" })).toBeVisible();
});

test("hostile names, templates and messages are shown as text", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("prompts"));
  const evil = `<img src=x onerror=document.title='hacked'>\u202eevil ${"k".repeat(3000)}`;
  const name = await register(unique(`it's <b>"bold" %_`), experiment, [
    { template: evil, message: evil, tags: { author: evil, evil, _mlflow_prompt_response_format: "{not json" } },
    { template: [{ role: evil, content: evil }], message: evil },
  ], { evil });
  await setAlias(name, "production", 1);
  await page.goto(`/e/${experiment}/prompts`);
  await page.getByRole("link", { name: /it's <b>"bold"/ }).click();
  await expect(page.getByRole("heading", { name: "Version 2" })).toBeVisible();
  await expect(page.locator(".template-text")).toContainText("\\u202e");
  await page.getByRole("navigation", { name: "Versions" }).getByRole("link", { name: "Version 1" }).click();
  await expect(page.getByText("{not json")).toBeVisible();
  await page.keyboard.press("x");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1440);
  await checkA11y(page);
  await page.goto(`${page.url()}&with=2`);
  await expect(page.getByText("A chat became a text.")).toBeVisible();
  await expect(page).not.toHaveTitle(/hacked/);
  await page.goto(`/e/${experiment}/prompts/${encodeURIComponent(name)}?tab=usage`);
  await expect(page.getByText("No run of this experiment loaded the prompt.")).toBeVisible();
});

test("fits a narrow screen", async ({ page }) => {
  const { experiment, name } = await qa();
  await page.setViewportSize(NARROW);
  const fits = async () => expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await page.goto(`/e/${experiment}/prompts`);
  await expect(page.getByRole("link", { name })).toBeVisible();
  await fits();
  await checkA11y(page);
  await shot(page, "prompts");
  for (const [query, ready, picture] of [["", "Template", "prompt"], ["?tab=try", "Variables", "prompt-try"], ["?tab=usage", "Traces that used a version", "prompt-usage"], ["?edit=1", "New version, from version 3", "prompt-edit"]] as const) {
    await page.goto(`/e/${experiment}/prompts/${name}${query}`);
    await expect(page.getByRole("heading", { name: ready })).toBeVisible();
    await fits();
    await checkA11y(page);
    await shot(page, picture);
  }
});

test("long lists of prompts and versions are read page by page", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("many prompts"));
  const name = await register(unique("long"), experiment, Array.from({ length: 130 }, (_, at) => ({ template: `Version ${at + 1}`, message: `Change ${at + 1}` })));
  const prefix = unique("short");
  await Promise.all(Array.from({ length: 100 }, (_, at) => register(`${prefix}-${at}`, experiment, QA.slice(0, 1))));
  await page.goto(`/e/${experiment}/prompts`);
  const rows = page.getByRole("region", { name: "Prompts" }).locator("tbody tr");
  await expect(rows).toHaveCount(100);
  await page.getByRole("button", { name: "More prompts" }).click();
  await expect(rows).toHaveCount(101);
  await expect(page.getByRole("button", { name: "More prompts" })).toBeHidden();

  await page.goto(`/e/${experiment}/prompts/${name}`);
  const versions = page.getByRole("navigation", { name: "Versions" });
  await expect(versions.getByRole("link")).toHaveCount(50);
  await versions.getByRole("button", { name: "Older versions" }).click();
  await expect(versions.getByRole("link")).toHaveCount(100);
  await versions.getByRole("button", { name: "Older versions" }).click();
  await expect(versions.getByRole("link")).toHaveCount(130);
  await expect(versions.getByRole("button", { name: "Older versions" })).toBeHidden();
  // Versions that are not visible are not laid out, and keys reach them nevertheless.
  const isLaidOut = (version: number) => versions.locator(`[data-version="${version}"]`).evaluate((link) => link.checkVisibility({ contentVisibilityAuto: true }));
  await versions.getByRole("link").first().focus();
  await expect.poll(() => isLaidOut(130)).toBe(true);
  await expect.poll(() => isLaidOut(1)).toBe(false);
  await page.keyboard.press("End");
  await expect(versions.locator('[data-version="1"]')).toBeFocused();
  await expect.poll(() => isLaidOut(1)).toBe(true);
});
