//! Converts the usage objects of providers' APIs to one form.
//!
//! APIs differ in whether cached tokens are part of the input and reasoning tokens part of the
//! output. Here they always are.
use kansoku_model::TokenUsage;
use serde_json::Value;

/// The tokens in a usage object of any API; `None` if it has no counts.
///
/// `provider` is used only if the same field names have different meanings.
pub fn usage_of(provider: &str, usage: &Value) -> Option<TokenUsage> {
    for wrapper in ["usage", "usageMetadata", "usage_metadata", "meta"] {
        if let Some(inner) = usage.get(wrapper).filter(|inner| inner.is_object()) {
            return usage_of(provider, inner);
        }
    }
    let found = gemini(usage)
        .or_else(|| bedrock(usage))
        .or_else(|| cohere(usage))
        .or_else(|| chat(usage))
        .or_else(|| anthropic(provider, usage))
        .or_else(|| responses(usage))
        .or_else(|| embeddings(usage))?;
    Some(TokenUsage {
        total_tokens: found.input_tokens.saturating_add(found.output_tokens),
        ..found
    })
}

fn count(from: &Value, path: &[&str]) -> Option<u64> {
    let value = path.iter().try_fold(from, |value, key| value.get(key))?;
    value.as_u64().or_else(|| whole(value.as_f64()?))
}

/// A count that some APIs write as `12.0`.
fn whole(number: f64) -> Option<u64> {
    // The cast would saturate, so larger numbers are rejected.
    (number.fract() == 0.0 && (0.0..9.0e18).contains(&number)).then_some(number as u64)
}

fn sum(parts: &[Option<u64>]) -> u64 {
    parts.iter().flatten().fold(0, |total, part| total.saturating_add(*part))
}

/// Gemini: thoughts are not part of the candidates, cached content is part of the prompt.
fn gemini(usage: &Value) -> Option<TokenUsage> {
    let either = |camel: &str, snake: &str| count(usage, &[camel]).or(count(usage, &[snake]));
    let prompt = either("promptTokenCount", "prompt_token_count");
    let candidates = either("candidatesTokenCount", "candidates_token_count")
        // The name in the Live API.
        .or(either("responseTokenCount", "response_token_count"));
    prompt.or(candidates)?;
    let tools = either("toolUsePromptTokenCount", "tool_use_prompt_token_count");
    let thoughts = either("thoughtsTokenCount", "thoughts_token_count");
    Some(TokenUsage {
        input_tokens: sum(&[prompt, tools]),
        output_tokens: sum(&[candidates, thoughts]),
        cache_read_input_tokens: either("cachedContentTokenCount", "cached_content_token_count"),
        reasoning_output_tokens: thoughts,
        ..TokenUsage::default()
    })
}

/// Bedrock's Converse API: cached tokens are not part of the input.
fn bedrock(usage: &Value) -> Option<TokenUsage> {
    let input = count(usage, &["inputTokens"]);
    let output = count(usage, &["outputTokens"]);
    input.or(output)?;
    let read =
        count(usage, &["cacheReadInputTokens"]).or(count(usage, &["cacheReadInputTokenCount"]));
    let write =
        count(usage, &["cacheWriteInputTokens"]).or(count(usage, &["cacheWriteInputTokenCount"]));
    let details = usage.get("cacheDetails").and_then(Value::as_array);
    let for_an_hour = details.map(|details| {
        let hours = details.iter().filter(|detail| detail["ttl"] == "1h");
        hours.fold(0, |total: u64, detail| {
            total.saturating_add(count(detail, &["inputTokens"]).unwrap_or(0))
        })
    });
    Some(TokenUsage {
        input_tokens: sum(&[input, read, write]),
        output_tokens: output.unwrap_or(0),
        cache_read_input_tokens: read,
        cache_creation_input_tokens: write,
        cache_creation_input_tokens_above_1hr: for_an_hour.filter(|tokens| 0 < *tokens),
        ..TokenUsage::default()
    })
}

/// Cohere: the billed units, which may differ from the tokens.
fn cohere(usage: &Value) -> Option<TokenUsage> {
    let billed = usage.get("billed_units").or_else(|| usage.get("billedUnits"))?;
    let either = |snake: &str, camel: &str| count(billed, &[snake]).or(count(billed, &[camel]));
    let input = either("input_tokens", "inputTokens");
    let output = either("output_tokens", "outputTokens");
    input.or(output)?;
    Some(TokenUsage {
        input_tokens: input.unwrap_or(0),
        output_tokens: output.unwrap_or(0),
        ..TokenUsage::default()
    })
}

/// OpenAI's chat completions, and all compatible APIs: Mistral, DeepSeek, xAI, Groq, Together, …
fn chat(usage: &Value) -> Option<TokenUsage> {
    let prompt = count(usage, &["prompt_tokens"]);
    let completion = count(usage, &["completion_tokens"]);
    prompt.or(completion)?;
    let reasoning = count(usage, &["completion_tokens_details", "reasoning_tokens"])
        .or(count(usage, &["reasoning_tokens"]));
    let cached = count(usage, &["prompt_tokens_details", "cached_tokens"])
        .or(count(usage, &["prompt_cache_hit_tokens"]))
        .or(count(usage, &["num_cached_tokens"]))
        .or(count(usage, &["cached_tokens"]));
    let together = sum(&[prompt, completion]);
    // xAI does not include reasoning in the completion, which its total shows.
    let beside = reasoning.filter(|reasoning| {
        0 < *reasoning
            && count(usage, &["total_tokens"]) == Some(together.saturating_add(*reasoning))
    });
    Some(TokenUsage {
        input_tokens: prompt.unwrap_or(0),
        output_tokens: sum(&[completion, beside]),
        cache_read_input_tokens: cached,
        cache_creation_input_tokens: count(usage, &["prompt_tokens_details", "cache_write_tokens"]),
        reasoning_output_tokens: reasoning,
        ..TokenUsage::default()
    })
}

/// Anthropic's messages API: cached tokens are not part of the input.
fn anthropic(provider: &str, usage: &Value) -> Option<TokenUsage> {
    let read = count(usage, &["cache_read_input_tokens"]);
    let details = |key: &str| count(usage, &["cache_creation", key]);
    let (five, hour) = (details("ephemeral_5m_input_tokens"), details("ephemeral_1h_input_tokens"));
    let write = count(usage, &["cache_creation_input_tokens"])
        .or_else(|| five.or(hour).map(|_| sum(&[five, hour])));
    let named = provider.to_ascii_lowercase().contains("anthropic");
    if read.is_none() && write.is_none() && !named {
        return None;
    }
    let input = count(usage, &["input_tokens"]);
    let output = count(usage, &["output_tokens"]);
    input.or(output)?;
    Some(TokenUsage {
        input_tokens: sum(&[input, read, write]),
        output_tokens: output.unwrap_or(0),
        cache_read_input_tokens: read,
        cache_creation_input_tokens: write,
        cache_creation_input_tokens_above_1hr: hour,
        reasoning_output_tokens: count(usage, &["output_tokens_details", "thinking_tokens"]),
        ..TokenUsage::default()
    })
}

/// OpenAI's responses API: cached tokens are part of the input.
fn responses(usage: &Value) -> Option<TokenUsage> {
    let input = count(usage, &["input_tokens"]);
    let output = count(usage, &["output_tokens"]);
    input.or(output)?;
    Some(TokenUsage {
        input_tokens: input.unwrap_or(0),
        output_tokens: output.unwrap_or(0),
        cache_read_input_tokens: count(usage, &["input_tokens_details", "cached_tokens"]),
        cache_creation_input_tokens: count(usage, &["input_tokens_details", "cache_write_tokens"]),
        reasoning_output_tokens: count(usage, &["output_tokens_details", "reasoning_tokens"]),
        ..TokenUsage::default()
    })
}

/// Voyage has only a total, all of which is input.
fn embeddings(usage: &Value) -> Option<TokenUsage> {
    let input_tokens = count(usage, &["total_tokens"])?;
    Some(TokenUsage { input_tokens, ..TokenUsage::default() })
}
