// Tokens: creating the first one, signing in and out, rotating and deleting.
import { checkA11y, expect, shot, test } from "./kit";
import { call, makeExperiment } from "./rest";
import { startServer } from "./server";

test("a wrong token is an error, Esc does not close the dialog, a valid token shows the page, and signing out ends the session", async ({ page }) => {
  const server = await startServer();
  try {
    await makeExperiment(server.url, "secret plans");
    const { token } = await call<{ token: string }>(server.url, "/api/3.0/kansoku/tokens", { name: "ana" });
    await page.goto(`${server.url}/?q=plans`);
    const dialog = page.getByRole("dialog", { name: "Sign in to Kansoku" });
    await expect(dialog.getByLabel("Token")).toBeFocused();
    await expect(page.getByText("secret plans")).toBeHidden();
    await checkA11y(page);
    await shot(page, "sign-in");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await expect(dialog).toBeVisible();
    await page.keyboard.type("kan_wrong");
    await page.keyboard.press("Enter");
    await expect(dialog.getByRole("alert")).toContainText("Unknown token");
    await dialog.getByLabel("Token").fill(`  ${token} `);
    await page.keyboard.press("Enter");
    await expect(dialog).toBeHidden();
    await expect(page).toHaveURL(/q=plans/);
    await expect(page.getByText("secret plans")).toBeVisible();
    await page.reload();
    await expect(page.getByText("secret plans")).toBeVisible();
    expect(await page.evaluate(() => document.cookie)).toBe("");
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(dialog).toBeVisible();
    await expect(page.getByText("secret plans")).toBeHidden();
  } finally {
    // Leaves the page before the server stops: pending requests would fail.
    await page.goto("about:blank");
    await server.stop();
  }
});

test("the first token is created in the settings, shown once, and signs the browser in", async ({ page }) => {
  const server = await startServer();
  try {
    await page.goto(`${server.url}/settings?tab=tokens`);
    await expect(page.getByText("There are no tokens")).toBeVisible();
    await page.getByRole("button", { name: "New token" }).click();
    await page.getByLabel("Name", { exact: true }).fill("laptop");
    await page.keyboard.press("Enter");
    const shown = page.getByRole("dialog", { name: "Token laptop" });
    const token = await shown.getByLabel("Token", { exact: true }).innerText();
    expect(token).toMatch(/^kan_/);
    await shot(page, "settings-new-token");
    await shown.getByRole("button", { name: "I have saved it" }).click();
    await expect(page.getByRole("row", { name: /laptop/ })).toBeVisible();
    await expect(page.getByText(token)).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
    const answer = await fetch(`${server.url}/api/3.0/kansoku/tokens`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect((await fetch(`${server.url}/api/3.0/kansoku/tokens`)).status).toBe(401);
    // The last admin token cannot be deleted: without it nobody could create another.
    await page.getByRole("button", { name: "Delete the token laptop" }).click();
    const asked = page.getByRole("dialog", { name: "Delete the token" });
    await asked.getByRole("button", { name: "Delete" }).click();
    await expect(asked.getByRole("alert")).toContainText("is the last one that can manage tokens");
    await asked.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByRole("row", { name: /laptop/ })).toBeVisible();
  } finally {
    // Leaves the page before the server stops: pending requests would fail.
    await page.goto("about:blank");
    await server.stop();
  }
});

test("a token can be created, rotated and deleted, but not by a read-only token", async ({ page }) => {
  const server = await startServer();
  try {
    const { token } = await call<{ token: string }>(server.url, "/api/3.0/kansoku/tokens", { name: "boss" });
    await page.goto(`${server.url}/settings?tab=tokens`);
    await page.getByRole("dialog", { name: "Sign in to Kansoku" }).getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "New token" }).click();
    const form = page.getByRole("dialog", { name: "New token" });
    await form.getByLabel("Name", { exact: true }).fill("support-agent");
    await form.getByRole("button", { name: "Agent: ingest + feedback" }).click();
    await expect(form.getByRole("checkbox", { name: /^Feedback/ })).toBeChecked();
    await form.getByRole("radio", { name: "Only these" }).check();
    await form.getByLabel(/One name per line/).fill("/Shared/support\n/Shared/team/*");
    await form.getByLabel("Expires").selectOption("90 days");
    await checkA11y(page);
    await shot(page, "settings-token-scopes");
    await form.getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "I have saved it" }).click();
    const row = page.getByRole("row", { name: /support-agent/ });
    await expect(row).toContainText("ingest, feedback");
    await expect(row).toContainText("/Shared/support, /Shared/team/*");
    await checkA11y(page);
    await shot(page, "settings-tokens");
    await row.getByRole("button", { name: "Rotate the token support-agent" }).click();
    await page.getByRole("dialog", { name: "Rotate the token" }).getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("button", { name: "I have saved it" }).click();
    await expect(row).toContainText("old secret ends");
    await row.getByRole("button", { name: "Delete the token support-agent" }).click();
    await page.getByRole("dialog", { name: "Delete the token" }).getByRole("button", { name: "Delete" }).click();
    await expect(row).toBeHidden();

    const made = await fetch(`${server.url}/api/3.0/kansoku/tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "reader", scopes: ["read"] }),
    });
    const reader = (await made.json()) as { token: string };
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("dialog", { name: "Sign in to Kansoku" }).getByLabel("Token").fill(reader.token);
    await page.keyboard.press("Enter");
    await expect(page.getByText("may not manage tokens")).toBeVisible();
    await expect(page.getByRole("button", { name: "New token" })).toBeHidden();
  } finally {
    // Leaves the page before the server stops: pending requests would fail.
    await page.goto("about:blank");
    await server.stop();
  }
});
