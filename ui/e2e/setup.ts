// Starts one server for all tests, with the demo's traces and an experiment `clients` that MLflow's client fills.
import { join } from "node:path";
import { writeContactSheet } from "./contactSheet";
import { binary, python, run, startServer } from "./server";

export default async function setup(): Promise<() => Promise<void>> {
  const server = await startServer();
  process.env.KANSOKU_E2E_URL = server.url;
  await run(binary(), ["demo", "--url", server.url, "--traces", "600", "--days", "7", "--seed", "7"]);
  await run(python(), [join(import.meta.dirname, "fill.py")], { MLFLOW_TRACKING_URI: server.url });
  return async () => {
    await server.stop();
    await writeContactSheet();
  };
}
