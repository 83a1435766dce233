use super::{limits::QueryTooLarge, *};

fn checked(query: &str) -> Result<(), QueryTooLarge> {
    limits::check(&Parser::new().parse_ast(query, "query").unwrap())
}

fn nested(depth: usize) -> String {
    format!("query {}{}", "{ a ".repeat(depth), "}".repeat(depth))
}

fn fields(count: usize, field: impl Fn(usize) -> String) -> String {
    (0..count).map(field).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_schema_is_valid() {
    assert!(SCHEMA.get_object("Query").is_some());
}

#[test]
fn a_query_is_refused_beyond_each_of_its_limits() {
    use limits::{ALIASES_MAX, DEPTH_MAX, FIELDS_MAX, ROOT_FIELDS_MAX};
    assert_eq!(checked(&nested(DEPTH_MAX)), Ok(()));
    assert_eq!(checked(&nested(DEPTH_MAX + 1)), Err(QueryTooLarge::Depth));

    let many = |count| format!("{{ a {{ {} }} }}", fields(count - 1, |n| format!("f{n}")));
    assert_eq!(checked(&many(FIELDS_MAX)), Ok(()));
    assert_eq!(checked(&many(FIELDS_MAX + 1)), Err(QueryTooLarge::Fields));

    let roots = |count| format!("{{ {} }}", fields(count, |n| format!("f{n}")));
    assert_eq!(checked(&roots(ROOT_FIELDS_MAX)), Ok(()));
    let over = ROOT_FIELDS_MAX + 1;
    assert_eq!(checked(&roots(over)), Err(QueryTooLarge::RootFields(over)));

    let aliases = |count| format!("{{ a {{ {} }} }}", fields(count, |n| format!("f{n}: f")));
    assert_eq!(checked(&aliases(ALIASES_MAX)), Ok(()));
    let over = ALIASES_MAX + 1;
    assert_eq!(checked(&aliases(over)), Err(QueryTooLarge::Aliases(over)));
}

#[test]
fn fragments_do_not_evade_the_limits() {
    let over = limits::ALIASES_MAX + 1;
    let fragments = fields(over, |n| format!("fragment F{n} on T {{ f{n}: f }}"));
    let spread = format!("{{ a {{ {} }} }}", fields(over, |n| format!("...F{n}")));
    assert_eq!(checked(&format!("{spread} {fragments}")), Err(QueryTooLarge::Aliases(over)));
    let inline = format!("{{ a {{ {} }} }}", fields(over, |n| format!("... {{ f{n}: f }}")));
    assert_eq!(checked(&inline), Err(QueryTooLarge::Aliases(over)));

    let endless = "{ a { ...F } } fragment F on T { a { ...F } }";
    assert_eq!(checked(endless), Err(QueryTooLarge::Depth));
    assert_eq!(checked("{ a { ...F } } fragment F on T { ...F b }"), Ok(()));
    let doubled = "{ a { ...F } } fragment F on T { a { ...G } b { ...G } } \
                   fragment G on T { a { ...F } b { ...F } }";
    assert!(checked(doubled).is_err());
}

#[test]
fn a_query_nested_too_deep_to_parse_is_refused() {
    for query in [
        format!("{{ a(x: {}1{}) }}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("{{ a {}", "... { ".repeat(100_000)),
        nested(100_000),
    ] {
        assert!(!parse(&query).unwrap_err().is_empty());
    }
}
