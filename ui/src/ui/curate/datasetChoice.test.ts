import { expect, test } from "vitest";
import { choiceKey, choiceName, offeredChoices } from "./datasetChoice";

const datasets = ["golden", "golden 2", "Silver", ...Array.from({ length: 20 }, (_, at) => `other ${at}`)].map((name) => ({ dataset_id: `d-${name}`, name, digest: "", created_time: 0, last_update_time: 0 }));
const names = (typed: string) => offeredChoices(datasets, typed).map((choice) => `${choice.kind} ${choiceName(choice)}`);

test("datasets of the name are offered, and a new one unless the name exists", () => {
  expect(names("silver")).toEqual(["existing Silver", "new silver"]);
  expect(names("golden 2")).toEqual(["existing golden 2"]);
  expect(names("gold")).toEqual(["existing golden", "existing golden 2", "new gold"]);
  expect(names("none")).toEqual(["new none"]);
  expect(names("  ")).toHaveLength(8);
});

test("a dataset of exactly the name comes first", () => {
  const [first] = offeredChoices([...datasets].reverse(), "golden");
  expect([choiceKey(first!), first?.kind]).toEqual(["d-golden", "existing"]);
});
