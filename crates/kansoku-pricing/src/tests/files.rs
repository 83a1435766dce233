use super::*;

fn refusal(file: &str) -> String {
    PriceList::with_file(file).unwrap_err().to_string()
}

fn with_price(price: &str) -> String {
    format!("[[model]]\nprovider = \"openai\"\nnames = [\"m\"]\nprices = [\n  {price},\n]\n")
}

#[test]
fn the_persons_file_is_asked_first_and_the_bundled_list_after_it() {
    let file = r#"
        [[provider]]
        name = "acme"
        also = ["acme-gateway"]
        sells = ["openai"]

        [[provider]]
        name = "azure"
        also = ["our-azure"]

        [[model]]
        provider = "openai"
        names = ["gpt-4o"]
        prices = [{ from = 2026-01-01, input = "2", output = "8" }]

        [[model]]
        provider = "azure"
        names = ["prod-*-mini", "prod-*"]
        prices = [{ input = 3, output = 9 }]

        [[model]]
        names = ["acme/our-llama"]
        prices = [{ input = "0.10" }]
    "#;
    let list = PriceList::with_file(file).unwrap();
    let price = |provider, model| price_in(&list, provider, model);
    assert_eq!(price("openai", "gpt-4o-2024-05-13"), "2 8");
    assert_eq!(price("acme-gateway", "gpt-4o"), "2 8");
    assert_eq!(price("our-azure", "prod-eu"), "3 9");
    assert_eq!(price("azure", "gpt-4.1"), "2 8");
    assert_eq!(price("", "acme/our-llama"), "0.1 0");
    assert_eq!(price("openai", "gpt-4o-mini"), "0.15 0.6");

    // Before the price in the file began, the bundled one applies.
    let asked = tokens(usage(1000, 1000), Some("openai"), "gpt-4o");
    let before = list.cost(&Tokens { at_ns: WINTER - 30 * DAY_NS, ..asked }).unwrap();
    assert_eq!(before.total.to_string(), "0.0125");
}

#[test]
fn a_bad_file_is_refused_with_its_line() {
    for (price, complaint) in [
        (
            r#"{ input = "2,5" }"#,
            "line 5: `2,5` is not a price: write dollars per million tokens, such as \"2.50\", with at most 6 digits after the point",
        ),
        ("{ input = 2.5 }", "line 5: write the price in quotes, as \"2.5\": then it is exact"),
        ("{ input = -1 }", "line 5: `-1` is not a price from 0 to 1000000"),
        (r#"{ output = "1" }"#, "line 5: `input` is missing"),
        (
            r#"{ from = 2026-01-01T10:00:00Z, input = "1" }"#,
            "line 5: `2026-01-01T10:00:00Z` is not a day such as 2026-08-01",
        ),
        (
            r#"{ input = "1" }, { input = "2" }"#,
            "line 5: each price needs a `from` later than the one before it",
        ),
        (
            r#"{ from = 2026-01-02, until = 2026-01-02, input = "1" }"#,
            "line 5: `until` is not later than `from`",
        ),
        (r#"{ input = "1", long = [{ input = "2" }] }"#, "line 5: `over` is missing"),
        (
            r#"{ input = "1", output = "1", long = [{ over = 9, input = "2" }] }"#,
            "line 5: `output` must stand both here and in the rates around, or in neither",
        ),
        (
            r#"{ input = "0.000001", tiers = { batch = { percent = 50 } } }"#,
            "line 5: that part of a rate is not exact; write the tier's rates",
        ),
        (
            r#"{ input = "1", tiers = { batch = { percent = 50, input = "1" } } }"#,
            "line 5: a tier has either `percent` or rates of its own",
        ),
        (
            r#"{ over = 5, input = "1" }"#,
            "line 5: `over` belongs into `long`, and `percent` into `tiers`",
        ),
    ] {
        assert_eq!(refusal(&with_price(price)), complaint);
    }
    assert_eq!(refusal("[[model]]\nnames = [\"m\"]\nprices = []\n"), "line 3: `prices` is empty");
    assert_eq!(
        refusal("\n[[model]]\nprovider = \"acme\"\nnames = [\"m\"]\nprices = [{ input = 1 }]\n"),
        "line 3: there is no provider `acme`; add a [[provider]] for it"
    );
    let twice = format!("{}{}", with_price("{ input = 1 }"), with_price("{ input = 2 }"));
    assert_eq!(refusal(&twice), "line 9: `m` has prices above already");
    assert_eq!(
        refusal("[[provider]]\nname = \"acme\"\nalso = [\"gemini\"]\n"),
        "line 3: `gemini` is another provider's name"
    );
    let unknown = refusal(&with_price(r#"{ input = "1", outputs = "2" }"#));
    assert!(unknown.starts_with("line 5: unknown field `outputs`"), "{unknown}");
    assert!(refusal("x = [").starts_with("line 1: "), "{}", refusal("x = ["));
}

#[test]
fn the_file_in_the_docs_is_one() {
    let docs = include_str!("../../../../docs/cost.md");
    let example = docs.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let list = PriceList::with_file(example).unwrap();
    assert_eq!(price_in(&list, "", "llama-ft-7"), "0.2 0.6");
    assert_eq!(price_in(&list, "azure", "our-deployment"), "2.5 10");
    assert_eq!(price_in(&list, "our-gateway", "gpt-4o"), "2.5 10");
}
