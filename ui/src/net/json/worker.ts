/// <reference lib="webworker" />
// Parses large JSON in a worker, so that the page stays responsive.
import { truncateSpan } from "../../core/json/truncateSpan";
import { JsonView } from "../../core/json/view";
import type { WorkerMessage, WorkerReply, WorkerRequest } from "../../core/json/workerProtocol";

let view: JsonView | null = null;

function answer(request: WorkerRequest): unknown {
  if (request.op === "parseSpan") return truncateSpan(JSON.parse(request.text));
  if (request.op === "open") {
    view = new JsonView(request.text);
    return { count: view.count };
  }
  if (!view) throw new Error("nothing is open");
  switch (request.op) {
    case "rows":
      return view.rows(request.from, request.to);
    case "setOpen":
      view.setOpen(request.node, request.open);
      return { count: view.count };
    case "setAllOpen":
      view.setAllOpen(request.open);
      return { count: view.count };
    case "find":
      return view.find(request.text);
    case "reveal": {
      const row = view.reveal(request.node);
      return { count: view.count, row };
    }
    case "path":
      return view.path(request.node);
    case "value":
      return view.value(request.node);
  }
}

addEventListener("message", (event: MessageEvent<WorkerMessage>) => {
  const { id } = event.data;
  let reply: WorkerReply;
  try {
    reply = { id, result: answer(event.data) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  postMessage(reply);
});
