// A model call copied as code: the code runs, and sends the same request again.
import { execFileSync } from "node:child_process";
import type { Page } from "@playwright/test";
import { checkA11y, expect, shot, test } from "./kit";
import { newExperiment, sendTrace } from "./otlp";
import { python } from "./server";

const HARD = "it's \"quoted\" $HOME `id` \\n\nJSON\n東京 😀";
const LONG = `${"word ".repeat(20_000)}end`;

/** Runs copied Python with clients that print the request instead of sending it. */
const HARNESS = `
import json, os, sys, types
def record(**request):
    print("REQUEST " + json.dumps(request))
    sys.exit(0)
def client(*args, **kwargs):
    assert not args and not kwargs, "no key is given"
    create = types.SimpleNamespace(create=record)
    return types.SimpleNamespace(chat=types.SimpleNamespace(completions=create), messages=create)
sys.modules["openai"] = types.SimpleNamespace(OpenAI=client)
sys.modules["anthropic"] = types.SimpleNamespace(Anthropic=client)
sys.modules["litellm"] = types.SimpleNamespace(completion=record)
exec(compile(sys.stdin.read(), "copied", "exec"))
`;

async function copied(page: Page, format: string): Promise<string> {
  await page.getByRole("button", { name: "Copy call" }).click();
  await page.getByRole("menuitem", { name: format }).click();
  await expect(page.getByText(`The model call was copied as ${format}`).last()).toBeVisible();
  return page.evaluate(() => navigator.clipboard.readText());
}

function runPython(code: string): Record<string, unknown> {
  const printed = execFileSync(python(), ["-c", HARNESS], { input: code, encoding: "utf8" });
  return JSON.parse(printed.slice(printed.indexOf("REQUEST ") + 8)) as Record<string, unknown>;
}

test("a model call is copied as curl, OpenAI, Anthropic and LiteLLM code", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const trace = await sendTrace(await newExperiment("call"), [
    {
      name: "chat", type: "CHAT_MODEL", startMs: 0, durationMs: 10, model: "gpt-4.1",
      inputs: {
        model: "gpt-4.1", temperature: 0.2, max_tokens: 800, api_key: "sk-secret", extra_headers: { Authorization: "Bearer sk-secret" },
        messages: [{ role: "system", content: LONG }, { role: "user", content: HARD }],
        tools: [{ type: "function", function: { name: "search", parameters: { type: "object", properties: {} } } }],
      },
      outputs: { choices: [{ message: { role: "assistant", content: "Yes." } }] },
    },
  ]);
  await page.goto(`/t/${trace}`);
  await page.getByRole("button", { name: "Copy call" }).click();
  await checkA11y(page);
  await shot(page, "copy-call");
  await page.keyboard.press("Escape");
  const messages = [{ role: "system", content: LONG }, { role: "user", content: HARD }];

  const curl = await copied(page, "curl");
  expect(curl).toContain('-H "Authorization: Bearer $OPENAI_API_KEY"');
  const body = JSON.parse(execFileSync("sh", ["-c", `curl() { cat; }\n${curl}`], { encoding: "utf8" })) as Record<string, unknown>;
  expect(body).toMatchObject({ model: "gpt-4.1", temperature: 0.2, max_completion_tokens: 800, messages });

  const openai = await copied(page, "OpenAI (Python)");
  expect(runPython(openai)).toEqual(body);
  const anthropic = await copied(page, "Anthropic (Python)");
  expect(runPython(anthropic)).toMatchObject({ model: "gpt-4.1", max_tokens: 800, system: LONG, messages: [{ role: "user", content: HARD }], tools: [{ name: "search" }] });
  const litellm = await copied(page, "LiteLLM (Python)");
  expect(runPython(litellm)).toMatchObject({ model: "gpt-4.1", max_tokens: 800, messages });
  for (const code of [curl, openai, anthropic, litellm]) expect(code).not.toContain("sk-secret");
  // The whole trace can still be copied as a prompt.
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Text for an LLM" }).click();
  await expect(page.getByText(/Text copied/)).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("CHAT_MODEL chat");
});
