//! Usage objects as APIs return them, with costs computed by hand from the published prices, in
//! dollars per million tokens.
use serde_json::{Value, json};

use super::*;
use crate::usage_of;

struct Call<'a> {
    provider: &'a str,
    model: &'a str,
    usage: Value,
    tier: Option<&'a str>,
    at_ns: i64,
}

fn call<'a>(provider: &'a str, model: &'a str, usage: Value) -> Call<'a> {
    Call { provider, model, usage, tier: None, at_ns: WINTER }
}

impl Call<'_> {
    fn cost(&self) -> Cost {
        let usage = usage_of(self.provider, &self.usage).expect("a usage object");
        let tokens = Tokens {
            usage,
            model: self.model,
            provider: Some(self.provider),
            service_tier: self.tier,
            at_ns: self.at_ns,
        };
        PriceList::bundled().cost(&tokens).expect("a price")
    }

    fn total(&self) -> String {
        self.cost().total.to_string()
    }
}

#[test]
fn openai_chat() {
    let usage = json!({
        "prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
        "prompt_tokens_details": { "cached_tokens": 1920, "audio_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 0, "accepted_prediction_tokens": 0 },
    });
    // gpt-4o: input 2.50, cached 1.25, output 10 (openai.com/api/pricing).
    // (2006 − 1920) × 2.50 + 1920 × 1.25 = 215 + 2400 = 2615; 300 × 10 = 3000; millionths.
    let cost = call("openai", "gpt-4o-2024-08-06", usage).cost();
    assert_eq!(cost.input.to_string(), "0.002615");
    assert_eq!(cost.output.to_string(), "0.003");
    assert_eq!(cost.total.to_string(), "0.005615");
}

#[test]
fn openai_responses_and_its_tiers() {
    let usage = || {
        json!({
            "input_tokens": 10_000, "input_tokens_details": { "cached_tokens": 8_000 },
            "output_tokens": 1_200, "output_tokens_details": { "reasoning_tokens": 1_024 },
            "total_tokens": 11_200,
        })
    };
    let at = |tier| Call { tier, ..call("openai", "gpt-5-2025-08-07", usage()) }.total();
    // gpt-5: input 1.25, cached 0.125, output 10; reasoning is output.
    // 2000 × 1.25 + 8000 × 0.125 + 1200 × 10 = 2500 + 1000 + 12000 = 15500 millionths.
    assert_eq!(at(Some("default")), "0.0155");
    // Batch and flex are half: 2000 × 0.625 + 8000 × 0.0625 + 1200 × 5 = 1250 + 500 + 6000.
    assert_eq!(at(Some("flex")), "0.00775");
    assert_eq!(at(Some("batch")), "0.00775");
    // Priority: input 2.50, cached 0.25, output 20: 5000 + 2000 + 24000.
    assert_eq!(at(Some("priority")), "0.031");
}

#[test]
fn a_tier_without_a_price_has_no_cost() {
    let tokens = tokens(usage(1, 1), Some("openai"), "gpt-5-nano");
    let cost = |tier| PriceList::bundled().cost(&Tokens { service_tier: Some(tier), ..tokens });
    assert!(cost("Standard").is_some());
    assert_eq!(cost("scale"), None);
    assert_eq!(cost("priority"), None);
}

#[test]
fn anthropic_with_both_caches() {
    let usage = || {
        json!({
            "input_tokens": 50, "output_tokens": 400, "service_tier": "standard",
            "cache_read_input_tokens": 100_000, "cache_creation_input_tokens": 3_000,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 1_000, "ephemeral_1h_input_tokens": 2_000,
            },
        })
    };
    let call = |tier| Call { tier, ..call("anthropic", "claude-sonnet-4-5-20250929", usage()) };
    // Sonnet 4.5: input 3, 5-minute write 3.75, 1-hour write 6, read 0.30, output 15
    // (platform.claude.com/docs/en/about-claude/pricing).
    // 50 × 3 + 1000 × 3.75 + 2000 × 6 + 100000 × 0.30 = 150 + 3750 + 12000 + 30000 = 45900;
    // 400 × 15 = 6000; millionths.
    assert_eq!(call(None).cost().input.to_string(), "0.0459");
    assert_eq!(call(None).total(), "0.0519");
    // The Batch API halves all prices.
    assert_eq!(call(Some("batch")).total(), "0.02595");
}

#[test]
fn anthropic_long_context() {
    let long = |input: u64| {
        let usage = json!({ "input_tokens": input, "cache_read_input_tokens": 100_000,
                            "cache_creation_input_tokens": 0, "output_tokens": 1_000 });
        call("anthropic", "claude-sonnet-4-5", usage).total()
    };
    // 200000 tokens in all, cache reads counted: 100000 × 3 + 100000 × 0.30 + 1000 × 15 = 345000.
    assert_eq!(long(100_000), "0.345");
    // One more, and the whole request is at 6, 0.60 and 22.50:
    // 100001 × 6 + 100000 × 0.60 + 1000 × 22.50 = 600006 + 60000 + 22500 = 682506.
    assert_eq!(long(100_001), "0.682506");
}

#[test]
fn the_day_decides_which_price_holds() {
    // The prices of o3 changed from 10 and 40 to 2 and 8 on 2025-06-10.
    let change = 1_749_513_600_000_000_000;
    let usage = || json!({ "prompt_tokens": 1_000, "completion_tokens": 1_000 });
    let at = |at_ns| Call { at_ns, ..call("openai", "o3", usage()) }.total();
    assert_eq!(at(change - 1), "0.05");
    assert_eq!(at(change), "0.01");
    // Before its first price it has none.
    let asked = Tokens { at_ns: 0, ..tokens(super::usage(1, 1), None, "o3") };
    assert_eq!(PriceList::bundled().cost(&asked), None);
}

#[test]
fn gemini_with_thoughts_and_a_long_prompt() {
    let response = |prompt: u64| {
        json!({ "usageMetadata": {
            "promptTokenCount": prompt, "cachedContentTokenCount": 4_000,
            "candidatesTokenCount": 500, "thoughtsTokenCount": 1_500,
            "totalTokenCount": prompt + 2_000,
        }})
    };
    // Gemini 2.5 Pro up to 200000 tokens: input 1.25, cached 0.125, output with thoughts 10
    // (ai.google.dev/gemini-api/docs/pricing).
    // 6000 × 1.25 + 4000 × 0.125 + 2000 × 10 = 7500 + 500 + 20000.
    let short = call("gemini", "gemini-2.5-pro", response(10_000));
    assert_eq!(short.total(), "0.028");
    // Beyond: 2.50, 0.25, 15. 246000 × 2.50 + 4000 × 0.25 + 2000 × 15 = 615000 + 1000 + 30000.
    let long = call("gemini", "models/gemini-2.5-pro", response(250_000));
    assert_eq!(long.total(), "0.646");
    // Batch, long: 1.25, 0.25, 7.50. 307500 + 1000 + 15000.
    assert_eq!(Call { tier: Some("batch"), ..long }.total(), "0.3235");
}

#[test]
fn bedrock_converse() {
    let usage = || {
        json!({
            "inputTokens": 120, "outputTokens": 80, "totalTokens": 2_200,
            "cacheReadInputTokens": 1_500, "cacheWriteInputTokens": 500,
        })
    };
    // Claude 3.7 Sonnet: input 3, write 3.75, read 0.30, output 15 (aws.amazon.com/bedrock/pricing).
    // 120 × 3 + 500 × 3.75 + 1500 × 0.30 + 80 × 15 = 360 + 1875 + 450 + 1200 = 3885.
    let claude = "us.anthropic.claude-3-7-sonnet-20250219-v1:0";
    assert_eq!(call("aws.bedrock", claude, usage()).total(), "0.003885");
    // Nova Pro: input 0.80, read 0.20, output 3.20; its writes cost as input.
    // 620 × 0.80 + 1500 × 0.20 + 80 × 3.20 = 496 + 300 + 256 = 1052.
    assert_eq!(call("aws.bedrock", "amazon.nova-pro-v1:0", usage()).total(), "0.001052");
}

#[test]
fn bedrock_with_an_hours_cache_and_in_a_region() {
    let usage = || {
        json!({
            "inputTokens": 1_000, "outputTokens": 200, "totalTokens": 14_200,
            "cacheReadInputTokens": 10_000, "cacheWriteInputTokens": 3_000,
            "cacheDetails": [
                { "ttl": "5m", "inputTokens": 1_000 }, { "ttl": "1h", "inputTokens": 2_000 },
            ],
        })
    };
    // Claude Sonnet 4.5 for the world: input 3, write 3.75, hour 6, read 0.30, output 15.
    // 3000 + 1000 × 3.75 + 2000 × 6 + 10000 × 0.30 + 200 × 15 = 3000 + 3750 + 12000 + 3000 + 3000.
    let model = |region: &str| format!("{region}anthropic.claude-sonnet-4-5-20250929-v1:0");
    assert_eq!(call("aws.bedrock", &model("global."), usage()).total(), "0.02475");
    // A region costs a tenth more, whether the model's id or its ARN names it.
    assert_eq!(call("aws.bedrock", &model("eu."), usage()).total(), "0.027225");
    let arn = format!("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/{}", model("eu."));
    assert_eq!(call("anthropic", &arn, usage()).total(), "0.027225");
}

#[test]
fn openai_chat_with_reasoning_and_on_azure() {
    let usage = || {
        json!({
            "prompt_tokens": 5_000, "completion_tokens": 2_000, "total_tokens": 7_000,
            "prompt_tokens_details": { "cached_tokens": 4_096, "audio_tokens": 0 },
            "completion_tokens_details": {
                "reasoning_tokens": 1_536, "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0, "audio_tokens": 0,
            },
        })
    };
    // o4-mini: input 1.10, cached 0.275, output with reasoning 4.40.
    // 904 × 1.10 + 4096 × 0.275 + 2000 × 4.40 = 994.4 + 1126.4 + 8800 = 10920.8.
    assert_eq!(call("openai", "o4-mini-2025-04-16", usage()).total(), "0.0109208");
    assert_eq!(call("azure.ai.openai", "o4-mini-2025-04-16", usage()).total(), "0.0109208");
}

#[test]
fn claude_on_vertex_with_a_cache() {
    let usage = json!({
        "input_tokens": 12, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 20_000,
        "output_tokens": 500,
    });
    // Haiku 4.5: input 1, read 0.10, output 5. 12 + 20000 × 0.10 + 500 × 5 = 12 + 2000 + 2500.
    let call = call("gcp.vertex_ai", "claude-haiku-4-5@20251001", usage);
    assert_eq!(call.total(), "0.004512");
}

#[test]
fn gemini_flash_with_thoughts_and_tools() {
    // The form of `usage_metadata` in Google's Python SDK; thoughts are not part of the candidates.
    let usage = json!({ "usage_metadata": {
        "prompt_token_count": 1_000, "candidates_token_count": 100, "thoughts_token_count": 400,
        "tool_use_prompt_token_count": 50, "total_token_count": 1_550,
    }});
    // Gemini 2.5 Flash: input 0.30, output 2.50. 1050 × 0.30 + 500 × 2.50 = 315 + 1250 = 1565.
    assert_eq!(call("gcp.gemini", "gemini-2.5-flash", usage).total(), "0.001565");
}

#[test]
fn mistral_cohere_and_the_others_who_speak_chat() {
    let chat = |prompt: u64, completion: u64| {
        json!({ "prompt_tokens": prompt, "completion_tokens": completion,
                "total_tokens": prompt + completion })
    };
    // Mistral Large 2.1: 2 and 6 (mistral.ai/pricing). 1500 × 2 + 500 × 6 = 6000.
    assert_eq!(call("mistral", "mistral-large-2411", chat(1_500, 500)).total(), "0.006");
    // Llama 3.3 70B on Groq: 0.59 and 0.79 (groq.com/pricing). 590 + 790 = 1380.
    let groq = call("groq", "llama-3.3-70b-versatile", chat(1_000, 1_000));
    assert_eq!(groq.total(), "0.00138");

    // Command R+ 08-2024: 2.50 and 10 (cohere.com/pricing), for the billed units, not the tokens.
    // 30 × 2.50 + 20 × 10 = 75 + 200 = 275.
    let cohere = json!({ "meta": {
        "billed_units": { "input_tokens": 30, "output_tokens": 20 },
        "tokens": { "input_tokens": 230, "output_tokens": 22 },
    }});
    assert_eq!(call("cohere", "command-r-plus-08-2024", cohere).total(), "0.000275");

    // DeepSeek V3.2: a hit 0.028, a miss 0.28, output 0.42 (api-docs.deepseek.com).
    // 800 × 0.028 + 200 × 0.28 + 100 × 0.42 = 22.4 + 56 + 42 = 120.4.
    let deepseek = json!({
        "prompt_tokens": 1_000, "prompt_cache_hit_tokens": 800, "prompt_cache_miss_tokens": 200,
        "completion_tokens": 100, "total_tokens": 1_100,
    });
    assert_eq!(call("deepseek", "deepseek-chat", deepseek).total(), "0.0001204");

    // Grok 3 mini: 0.30 and 0.50 (docs.x.ai); reasoning is billed in addition to the completion.
    // 32 × 0.30 + (9 + 94) × 0.50 = 9.6 + 51.5 = 61.1.
    let xai = json!({
        "prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135,
        "completion_tokens_details": { "reasoning_tokens": 94 },
    });
    assert_eq!(call("xai", "grok-3-mini", xai).total(), "0.0000611");

    // voyage-3.5: 0.06 (docs.voyageai.com/docs/pricing).
    assert_eq!(call("voyage", "voyage-3.5", json!({ "total_tokens": 500 })).total(), "0.00003");
    // text-embedding-3-small: 0.02.
    let embedding = json!({ "prompt_tokens": 8, "total_tokens": 8 });
    assert_eq!(call("openai", "text-embedding-3-small", embedding).total(), "0.00000016");
}

#[test]
fn azure_bills_the_model_that_answered() {
    let usage = json!({ "prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110 });
    // gpt-4.1-mini: 0.40 and 1.60. 40 + 16 = 56.
    assert_eq!(call("azure", "gpt-4.1-mini-2025-04-14", usage).total(), "0.000056");
}

#[test]
fn what_is_no_usage_object_counts_nothing() {
    for none in [json!(null), json!([]), json!({}), json!({ "input_tokens": "many" }), json!(7)] {
        assert_eq!(usage_of("openai", &none), None, "{none}");
    }
    assert_eq!(usage_of("openai", &json!({ "prompt_tokens": -1 })), None);
    let no_tokens = tokens(TokenUsage::default(), None, "gpt-4o");
    assert_eq!(PriceList::bundled().cost(&no_tokens), None);
}

#[test]
fn parts_larger_than_their_whole_are_billed_as_counted() {
    // An old instrumentation whose input excludes cached tokens: 10 × 0 + 90 × 0.30.
    let odd = TokenUsage { cache_read_input_tokens: Some(90), ..usage(10, 0) };
    let cost = PriceList::bundled().cost(&tokens(odd, None, "claude-3-7-sonnet"));
    assert_eq!(cost.unwrap().total.to_string(), "0.000027");
}
