// The AI SDK's own telemetry (npm `ai`): text with a tool, a stream, an object, embeddings.

import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embed, embedMany, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
const openai = createOpenAI();
const telemetry = (functionId) => ({
  isEnabled: true,
  functionId,
  metadata: { sessionId: "session-42", userId: "user-7" },
});
const weather = tool({
  description: "The weather of a city",
  inputSchema: z.object({ city: z.string().describe("A city's name") }),
  execute: async ({ city }) => ({ city, sky: "clear", celsius: 21 }),
});

await generateText({
  model: openai.chat("gpt-4o-mini"),
  system: "You are a weather agent. Answer briefly.",
  prompt: "What is the weather? Please use get_weather with Kyoto",
  tools: { get_weather: weather },
  stopWhen: stepCountIs(3),
  temperature: 0.2,
  experimental_telemetry: telemetry("weather"),
});
const stream = streamText({
  model: openai("gpt-5-mini"),
  messages: [{ role: "user", content: "Say good night" }],
  experimental_telemetry: telemetry("good-night"),
});
for await (const _ of stream.textStream);
await generateText({
  model: openai.chat("gpt-4o-mini"),
  prompt: "A city, please",
  output: Output.text(),
  experimental_telemetry: telemetry("city"),
});
await embed({
  model: openai.embedding("text-embedding-3-small"),
  value: "Kyoto is dry in November.",
  experimental_telemetry: telemetry("embed"),
});
await embedMany({
  model: openai.embedding("text-embedding-3-small"),
  values: ["Kyoto is dry in November.", "Osaka lies by the sea."],
  experimental_telemetry: telemetry("embed-many"),
});
await generateText({
  model: openai.chat("gpt-4o-mini"),
  prompt: "please fail",
  maxRetries: 0,
  experimental_telemetry: telemetry("failing"),
}).catch(() => {});
await provider.shutdown();
