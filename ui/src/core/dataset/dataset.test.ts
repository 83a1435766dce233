import { expect, test } from "vitest";
import { type EvaluationDataset, nameFilter, ownTags, recordCountOf, tagsOfDataset } from "./dataset";

const dataset = (changes: Partial<EvaluationDataset>): EvaluationDataset => ({ dataset_id: "d-1", name: "golden", digest: "d", created_time: 1, last_update_time: 2, ...changes });

test("the number of records is in the profile", () => {
  expect([recordCountOf(dataset({ profile: '{"num_records": 7}' })), recordCountOf(dataset({ profile: "null" })), recordCountOf(dataset({}))]).toEqual([7, 0, 0]);
});

test("tags of people are shown as texts, MLflow's own are not", () => {
  expect(tagsOfDataset(dataset({ tags: '{"mlflow.user": "ann", "team": "x"}' }))).toEqual([["team", "x"]]);
  expect(tagsOfDataset(dataset({}))).toEqual([]);
  expect(ownTags({ n: 1, list: ["a"] })).toEqual([["n", "1"], ["list", '["a"]']]);
});

test("a part of a name becomes a filter, if it can be quoted", () => {
  expect([nameFilter(" gold "), nameFilter("it's"), nameFilter(`it's "it"`), nameFilter("")]).toEqual(["name ILIKE '%gold%'", 'name ILIKE "%it\'s%"', `name ILIKE '%it''s "it"%'`, ""]);
});
