//! The filter language in lists, and the support for writing filters.
use insta::assert_snapshot;
use kansoku_filter::Filter;

use crate::{
    api::traces::list::{given, ids, with_values},
    test_server::{TestServer, without_known_keys},
};

pub(crate) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn words_of_our_own_find_traces() {
    let (server, id) = given().await;
    for (filter, expected) in [
        ("error CONTAINS 'TIMED out'", "1"),
        ("error = 'ValueError: no such order'", "2"),
        ("error IS NULL", "3"),
        ("session = 's-1' AND user = 'u-1'", "1"),
        ("version = '1.3'", "2"),
        ("version IN ('1.2', '1.3') AND NOT status = 'ERROR'", "1"),
        ("environment = 'prod'", "1"),
        ("environment IS NULL", "3 2"),
        ("duration >= 1s", "1"),
        ("duration < 60ms", "3"),
        ("tokens > 0.1k AND cost > 0.2", "1"),
        ("span.model = 'gpt-4o-mini' AND span.type = 'LLM'", "1"),
        ("\"where is **MY** order\"", "1"),
        ("\"its way\" AND 'order'", "1"),
        ("name CONTAINS 'OTH' OR error CONTAINS 'such'", "3 2"),
    ] {
        Filter::parse(filter).unwrap();
        let reply = server.list(&format!("{id}/traces?q={}", encoded(filter))).await.json();
        assert_eq!(ids(&reply), expected, "{filter}");
    }
}

#[tokio::test]
async fn values_of_roots_are_filtered_by_and_offered() {
    let (server, id) = with_values().await;
    for (filter, expected) in [
        ("inputs.customer.id = 'c-7'", "1"),
        ("inputs.customer.id LIKE 'c-%' AND inputs.customer.tier < 2", "2"),
        ("outputs.answer.score >= 0.25", "1"),
        ("inputs.customer.id IS NULL", "3"),
        ("inputs.customer.id = 'other'", ""),
        ("inputs.customer.id IN ('c-7', 'c-8') AND NOT outputs.answer CONTAINS 'score'", "2"),
    ] {
        let reply = server.list(&format!("{id}/traces?q={}", encoded(filter))).await.json();
        assert_eq!(ids(&reply), expected, "{filter}");
    }
    let fields = server.list(&format!("{id}/fields")).await.json();
    let offered =
        fields["fields"].as_array().unwrap().iter().filter(|field| field["column"] == true);
    let told: Vec<String> = offered
        .map(|field| {
            let example: String = field["example"].as_str().unwrap().chars().take(4).collect();
            format!("{} {} {} {example}", field["field"], field["kind"], field["traces"])
        })
        .collect();
    assert_snapshot!(told.join("\n"), @r#"
    "inputs.customer.id" "text" 2 c-7
    "inputs.customer.tier" "number" 2 3
    "inputs.text" "text" 2 éééé
    "span.attributes.app.tenant" "text" 2 t-1
    "outputs.answer.score" "number" 1 0.25
    "#);
    let facets =
        server.list(&format!("{id}/facets?field=inputs.customer.id&prefix=C")).await.json();
    let values: Vec<_> =
        facets["values"].as_array().unwrap().iter().map(|value| value["value"].clone()).collect();
    assert_eq!(values, ["c-7", "c-8"]);
}

/// The stored text has a quote, a line break and a non-ASCII letter, and is JSON inside of JSON.
#[tokio::test]
async fn text_is_found_as_a_person_wrote_it() {
    let (server, id) = given().await;
    let said = serde_json::json!({ "q": "he said \"naïve\"\nand left" });
    let span = crate::api::traces::list::with(
        crate::api::traces::list::span(9, 1, 0, "talk", 0, 10),
        &[("mlflow.spanInputs", said)],
    );
    server.export(&id, &[], &[span]).await;
    for text in ["said \"naïve\"", "NAÏVE", "said \"naïve\"\nand"] {
        let reply = server.list(&format!("{id}/traces?q={}", encoded(&format!("'{text}'")))).await;
        assert_eq!(ids(&reply.json()), "9", "{text}");
    }
}

#[tokio::test]
async fn a_filter_is_checked_while_it_is_written() {
    let server = TestServer::start();
    let mut checked = Vec::new();
    for filter in [
        "",
        "status = 'OK' AND tags.env = 'prod'",
        "status = 'OK' OR 'refund'",
        "status = OK",
        "name = 'ü' AND durration > 5s",
        "status = 'OK' AND (",
    ] {
        let path = format!("/ajax-api/3.0/kansoku/filter/check?q={}", encoded(filter));
        let reply = server.get(&path).await;
        assert_eq!(reply.status, 200);
        checked.push(format!("{filter}\n  {}", without_known_keys(&reply.json().to_string())));
    }
    assert_snapshot!(checked.join("\n"), @r#"

      {"ok":true,"message":null,"from":null,"to":null,"hint":null,"mlflow":true}
    status = 'OK' AND tags.env = 'prod'
      {"ok":true,"message":null,"from":null,"to":null,"hint":null,"mlflow":true}
    status = 'OK' OR 'refund'
      {"ok":true,"message":null,"from":null,"to":null,"hint":null,"mlflow":false}
    status = OK
      {"ok":false,"message":"Parameter value is either not quoted or unidentified quote types used for string value OK. Use either single or double quotes.","from":9,"to":11,"hint":"Put it in quotes: 'OK'","mlflow":false}
    name = 'ü' AND durration > 5s
      {"ok":false,"message":"Invalid attribute key 'durration' specified. Valid keys are …","from":16,"to":25,"hint":"Did you mean `duration`?","mlflow":false}
    status = 'OK' AND (
      {"ok":false,"message":"Invalid clause(s) in filter string: it ends where a clause should follow","from":19,"to":19,"hint":null,"mlflow":false}
    "#);
}
