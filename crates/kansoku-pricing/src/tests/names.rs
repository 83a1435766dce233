use super::*;

#[test]
fn names_are_matched_as_providers_write_them() {
    for (provider, model, expected) in [
        ("openai", "gpt-4o", "2.5 10"),
        ("openai", "GPT-4o-2024-08-06", "2.5 10"),
        ("openai", "gpt-4o-2024-05-13", "5 15"),
        ("openai", "gpt-4o-mini-2024-07-18", "0.15 0.6"),
        ("openai", "gpt-5-nano-2025-08-07", "0.05 0.4"),
        ("openai", "gpt-4-turbo-2024-04-09", "10 30"),
        ("openai", "gpt-4-0613", "30 60"),
        ("openai", "text-embedding-3-small", "0.02 0"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme:support:Ab12Cd", "0.3 1.2"),
        ("openai.responses", "gpt-5", "1.25 10"),
        ("", "gpt-5", "1.25 10"),
        ("", "openai/gpt-5", "1.25 10"),
        ("", "openai:gpt-5", "1.25 10"),
        ("OpenAI", "openai/gpt-5", "1.25 10"),
        ("anthropic", "claude-sonnet-4-5-20250929", "3 15"),
        ("anthropic", "claude-sonnet-4-5-20250929[1m]", "3 15"),
        ("anthropic", "claude-3-5-haiku-latest", "0.8 4"),
        ("vertex_ai", "claude-opus-4-1@20250805", "15 75"),
        ("google.vertex.anthropic.messages", "claude-haiku-4-5@20251001", "1 5"),
        ("", "vertex_ai/gemini-2.5-pro", "1.25 10"),
        ("google", "models/gemini-2.5-flash", "0.3 2.5"),
        ("gcp.gemini", "gemini-2.5-flash-lite", "0.1 0.4"),
        ("", "projects/p/locations/us/publishers/google/models/gemini-2.5-pro", "1.25 10"),
        ("aws.bedrock", "us.anthropic.claude-3-7-sonnet-20250219-v1:0", "3 15"),
        ("aws.bedrock", "anthropic.claude-3-sonnet-20240229-v1:0:28k", "3 15"),
        ("", "bedrock/converse/us.amazon.nova-pro-v1:0", "0.8 3.2"),
        ("", "eu.meta.llama3-3-70b-instruct-v1:0", "0.72 0.72"),
        (
            "anthropic",
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
            "0.06 0.24",
        ),
        ("bedrock", "amazon.titan-embed-text-v2:0", "0.02 0"),
        ("azure", "gpt-4o-2024-08-06", "2.5 10"),
        ("az.ai.openai", "gpt-35-turbo", "0.5 1.5"),
        ("", "azure/gpt-4.1-mini", "0.4 1.6"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "3 15"),
        ("", "openrouter/anthropic/claude-3.7-sonnet:thinking", "3 15"),
        ("openrouter", "x-ai/grok-4", "3 15"),
        ("groq", "llama-3.3-70b-versatile", "0.59 0.79"),
        ("groq", "openai/gpt-oss-120b", "0.15 0.6"),
        ("", "groq/openai/gpt-oss-20b", "0.075 0.3"),
        ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "0.88 0.88"),
        ("mistral_ai", "mistral-large-2411", "2 6"),
        ("cohere", "command-r-08-2024", "0.15 0.6"),
        ("xai", "grok-code-fast-1", "0.2 1.5"),
        ("deepseek", "deepseek-chat", "0.28 0.42"),
        ("voyageai", "voyage-3.5", "0.06 0"),
        ("bedrock", "apac.amazon.nova-micro-v1:0", "0.035 0.14"),
        ("", "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", "1.1 5.5"),
        ("aws.bedrock", "us-gov.anthropic.claude-3-haiku-20240307-v1:0", "0.25 1.25"),
        (
            "aws.bedrock",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0",
            "0.8 3.2",
        ),
        ("gcp.vertex_ai", "publishers/anthropic/models/claude-sonnet-4-5@20250929", "3 15"),
        ("vertex_ai", "gemini-2.0-flash-001", "0.1 0.4"),
        ("mistral_ai", "mistral-small-2506", "0.1 0.3"),
        // OpenAI's client with another host.
        ("openai", "deepseek-reasoner", "0.28 0.42"),
        ("openai", "gemini-2.5-flash", "0.3 2.5"),
        ("my-own-gateway", "gpt-4o", "2.5 10"),
    ] {
        assert_eq!(price(provider, model), expected, "{provider} {model}");
    }
}

#[test]
fn a_region_of_bedrock_costs_a_tenth_more_than_the_world() {
    let model = |region: &str| format!("{region}anthropic.claude-sonnet-4-5-20250929-v1:0");
    assert_eq!(price("bedrock", &model("global.")), "3 15");
    assert_eq!(price("bedrock", &model("us.")), "3.3 16.5");
    assert_eq!(price("bedrock", &model("eu.")), "3.3 16.5");
}

#[test]
fn an_unknown_model_never_gets_its_neighbours_price() {
    for (provider, model) in [
        ("openai", "gpt-4o-audio-preview"),
        ("openai", "gpt-4o-mini-tts"),
        ("openai", "gpt-4o-realtime-preview-2024-12-17"),
        ("openai", "gpt-5-nanoscopic"),
        ("openai", "gpt-5-mini-high"),
        ("openai", "gpt"),
        ("openai", "gpt-4o-"),
        ("openai", "gpt-4o-2024-13-45"),
        ("openai", "ft:gpt-9:acme::x"),
        ("openai", "ft:"),
        ("openai", "acme/gpt-4o"),
        ("anthropic", "claude"),
        ("anthropic", "claude-sonnet-9"),
        ("google", "gemini-2.5-pro-preview-tts"),
        ("google", "tunedmodels/gemini-2.5-flash"),
        ("bedrock", "anthropic.claude-instant-v1"),
        ("bedrock", "gpt-4o"),
        ("azure", "deepseek-chat"),
        ("azure", "our-deployment"),
        ("groq", "gpt-4o"),
        ("together", "gpt-4o"),
        ("ollama", "deepseek-chat"),
        ("vllm", "gpt-4o"),
        ("", "llama-3.3-70b-versatile"),
        ("", "openai/gpt-oss-120b"),
        ("openrouter", "anthropic/claude-sonnet-4.5:free"),
        ("openrouter", "deepseek/deepseek-chat"),
        ("", "gateway:/chat"),
        ("openai", "endpoints:/gpt-4o"),
        ("", ""),
        ("", "/"),
        ("", "a/b/c/d/e/f/gpt-4o"),
        ("", "openai/"),
        ("", ":"),
    ] {
        assert_eq!(price(provider, model), "-", "{provider} {model}");
    }
}

#[test]
fn a_price_ends_where_what_follows_is_not_known() {
    let list = PriceList::bundled();
    let asked = tokens(usage(1, 1), Some("deepseek"), "deepseek-chat");
    assert!(list.cost(&asked).is_some());
    assert_eq!(list.cost(&Tokens { at_ns: WINTER + 90 * DAY_NS, ..asked }), None);
}
