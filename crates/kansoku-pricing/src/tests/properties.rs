use proptest::prelude::*;

use super::*;

/// A usage object with disjoint counts of all kinds that have their own rates.
fn any_usage(most: u64) -> impl Strategy<Value = TokenUsage> {
    proptest::array::uniform6(0..=most).prop_map(|[plain, read, five, hour, spoken, thought]| {
        let input = [plain, read, five, hour].into_iter().fold(0, u64::saturating_add);
        TokenUsage {
            cache_read_input_tokens: Some(read),
            cache_creation_input_tokens: Some(five.saturating_add(hour)),
            cache_creation_input_tokens_above_1hr: Some(hour),
            reasoning_output_tokens: Some(thought),
            ..usage(input, spoken.saturating_add(thought))
        }
    })
}

fn sonnet(usage: TokenUsage) -> Cost {
    let asked = tokens(usage, None, "claude-3-7-sonnet");
    PriceList::bundled().cost(&asked).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Without a price for long requests, two requests cost as much as one with all their tokens.
    #[test]
    fn costs_add_up_as_tokens_do(a in any_usage(1_000_000), b in any_usage(1_000_000)) {
        use kansoku_model::Additive as _;
        prop_assert_eq!(sonnet(a).plus(sonnet(b)), sonnet(a.plus(b)));
    }

    #[test]
    fn more_tokens_never_cost_less(a in any_usage(400_000), b in any_usage(400_000)) {
        use kansoku_model::Additive as _;
        let list = PriceList::bundled();
        let cost = |usage| {
            list.cost(&tokens(usage, None, "claude-sonnet-4-5")).unwrap_or_default()
        };
        prop_assert!(cost(a).total <= cost(a.plus(b)).total);
    }

    #[test]
    fn no_count_is_too_large(usage in any_usage(u64::MAX), input in any::<u64>()) {
        let usage = TokenUsage { input_tokens: input, ..usage };
        let cost = sonnet(usage);
        prop_assert!(Money(0) <= cost.input && cost.input <= cost.total);
    }

    #[test]
    fn no_name_is_too_strange(
        provider in proptest::option::of("[a-z./:_-]{0,12}|\\PC{0,8}"),
        model in "[a-z0-9./:@_\\[\\]-]{0,30}|\\PC{0,20}|(us|eu)\\.[a-z]{1,5}\\.[a-z0-9-]{1,9}-v[0-9]:[0-9]",
        tier in proptest::option::of("\\PC{0,8}"),
        at_ns in any::<i64>(),
    ) {
        let asked = Tokens {
            service_tier: tier.as_deref(),
            at_ns,
            ..tokens(usage(1, 1), provider.as_deref(), &model)
        };
        PriceList::bundled().cost(&asked);
    }

    #[test]
    fn no_price_file_makes_the_reader_panic(text in "(\\[\\[(model|provider)\\]\\]|[a-z]+ = |\"[a-z0-9.*]{0,5}\"|[0-9.]{1,9}|\\n|[{}\\[\\],]| ){0,40}") {
        let _ = PriceList::with_file(&text);
    }
}
