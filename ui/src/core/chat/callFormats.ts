/** The forms in which a model call can be copied. */
export const CALL_FORMATS = [
  { id: "curl", label: "curl" },
  { id: "openai", label: "OpenAI (Python)" },
  { id: "anthropic", label: "Anthropic (Python)" },
  { id: "litellm", label: "LiteLLM (Python)" },
] as const;
export type CallFormat = (typeof CALL_FORMATS)[number]["id"];
