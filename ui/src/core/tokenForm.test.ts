import { expect, test } from "vitest";
import { expiry, experimentsText, parseExperiments, PRESETS, switchScope } from "./tokenForm";

test("each line is an experiment, or a prefix if it ends with a star", () => {
  expect(parseExperiments(" /Shared/a \n\n/Shared/team/*\n/Shared/a")).toEqual({ experiments: ["/Shared/a"], experiment_prefixes: ["/Shared/team/*"] });
  expect(parseExperiments(" \n")).toEqual({ experiments: [], experiment_prefixes: [] });
});

test("the experiments of a token are written as a list", () => {
  const none = { experiments: [], experiment_prefixes: [], experiment_ids: [] };
  expect(experimentsText({ ...none, all_experiments: true })).toBe("all");
  expect(experimentsText({ all_experiments: false, experiments: ["/Shared/a"], experiment_prefixes: ["/Shared/team/"], experiment_ids: ["7"] })).toBe("/Shared/a, /Shared/team/*, id 7");
});

test("`admin` replaces all other scopes, and another scope replaces `admin`", () => {
  expect(switchScope(["ingest", "read"], "admin")).toEqual(["admin"]);
  expect(switchScope(["admin"], "read")).toEqual(["read"]);
  expect(switchScope(["read"], "ingest")).toEqual(["ingest", "read"]);
  expect(switchScope(["ingest", "read"], "read")).toEqual(["ingest"]);
  expect(PRESETS.map(({ scopes }) => scopes.join())).toEqual(["ingest", "ingest,feedback", "read", "admin"]);
});

test("a token expires after a number of days, or never", () => {
  expect(expiry(30, 1000)).toBe(1000 + 30 * 86_400_000);
  expect(expiry(null, 1000)).toBeUndefined();
});
