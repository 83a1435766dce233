// VoltAgent's own telemetry (npm `@voltagent/core`): an agent with a tool and a memory, and a streamed answer.

import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { Agent, createTool, VoltAgentObservability } from "@voltagent/core";
import { z } from "zod";

const openai = createOpenAI();
const observability = new VoltAgentObservability({
  serviceName: "weather-agent",
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
const weather = createTool({
  name: "get_weather",
  description: "The weather of a city",
  parameters: z.object({ city: z.string().describe("A city's name") }),
  execute: async ({ city }) => ({ city, sky: "clear", celsius: 21 }),
});
const agent = (name, model, tools) =>
  new Agent({ name, instructions: "You are a weather agent. Answer briefly.", model, tools, observability });
const conversation = { userId: "user-7", conversationId: "session-42" };

const asked = agent("weather", openai.chat("gpt-4o-mini"), [weather]);
await asked.generateText("What is the weather? Please use get_weather with Kyoto", conversation);
const told = agent("night", openai("gpt-5-mini"), []);
const stream = await told.streamText("Say good night", conversation);
for await (const _ of stream.textStream);
const failing = agent("failing", openai.chat("gpt-4o-mini"), []);
await failing.generateText("please fail", { ...conversation, maxRetries: 0 }).catch(() => {});
await observability.shutdown();
// Its housekeeping would keep the process alive.
process.exit(0);
