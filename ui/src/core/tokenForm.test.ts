import { expect, test } from "vitest";
import { expiry, experimentsText, parseExperiments, PRESETS, switchScope } from "./tokenForm";

test("experiments are lines, and a star means all that begin so", () => {
  expect(parseExperiments(" /Shared/a \n\n/Shared/team/*\n/Shared/a")).toEqual({ experiments: ["/Shared/a"], experiment_prefixes: ["/Shared/team/*"] });
  expect(parseExperiments(" \n")).toEqual({ experiments: [], experiment_prefixes: [] });
});

test("a list says which experiments a token is for", () => {
  const none = { experiments: [], experiment_prefixes: [], experiment_ids: [] };
  expect(experimentsText({ ...none, all_experiments: true })).toBe("all");
  expect(experimentsText({ all_experiments: false, experiments: ["/Shared/a"], experiment_prefixes: ["/Shared/team/"], experiment_ids: ["7"] })).toBe("/Shared/a, /Shared/team/*, id 7");
});

test("an admin has no other scope, and another scope ends it", () => {
  expect(switchScope(["ingest", "read"], "admin")).toEqual(["admin"]);
  expect(switchScope(["admin"], "read")).toEqual(["read"]);
  expect(switchScope(["read"], "ingest")).toEqual(["ingest", "read"]);
  expect(switchScope(["ingest", "read"], "read")).toEqual(["ingest"]);
  expect(PRESETS.map(({ scopes }) => scopes.join())).toEqual(["ingest", "ingest,feedback", "read", "admin"]);
});

test("a token ends so many days from now, or never", () => {
  expect(expiry(30, 1000)).toBe(1000 + 30 * 86_400_000);
  expect(expiry(null, 1000)).toBeUndefined();
});
