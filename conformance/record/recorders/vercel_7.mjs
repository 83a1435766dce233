// The AI SDK from version 7 on (npm `ai` with `@ai-sdk/otel`): an agent with a tool, a stream, embeddings, a ranking.

import { createOpenAI } from "@ai-sdk/openai";
import { LegacyOpenTelemetry, OpenTelemetry } from "@ai-sdk/otel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embedMany, generateText, isStepCount, registerTelemetry, streamText, tool } from "ai";
import { z } from "zod";

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
const everything = { usage: true, providerMetadata: true, runtimeContext: true, headers: true, toolChoice: true };
registerTelemetry(process.env.RECORD_LEGACY ? new LegacyOpenTelemetry() : new OpenTelemetry(everything));
const openai = createOpenAI();
const runtimeContext = { sessionId: "session-42", userId: "user-7" };
const telemetry = (functionId) => ({ functionId, includeRuntimeContext: { sessionId: true, userId: true } });
const weather = tool({
  description: "The weather of a city",
  inputSchema: z.object({ city: z.string().describe("A city's name") }),
  execute: async ({ city }) => ({ city, sky: "clear", celsius: 21 }),
});

await generateText({
  model: openai.chat("gpt-4o-mini"),
  instructions: "You are a weather agent. Answer briefly.",
  prompt: "What is the weather? Please use get_weather with Kyoto",
  tools: { get_weather: weather },
  stopWhen: isStepCount(3),
  temperature: 0.2,
  runtimeContext,
  telemetry: telemetry("weather"),
});
const stream = streamText({
  model: openai("gpt-5-mini"),
  messages: [{ role: "user", content: "Say good night" }],
  runtimeContext,
  telemetry: telemetry("good-night"),
});
for await (const _ of stream.textStream);
await embedMany({
  model: openai.embedding("text-embedding-3-small"),
  values: ["Kyoto is dry in November.", "Osaka lies by the sea."],
  runtimeContext,
  telemetry: telemetry("embed-many"),
});
await generateText({
  model: openai.chat("gpt-4o-mini"),
  prompt: "please fail",
  maxRetries: 0,
  runtimeContext,
  telemetry: telemetry("failing"),
}).catch(() => {});
await provider.shutdown();
