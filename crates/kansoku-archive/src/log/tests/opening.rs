//! Creating and opening tables.
use std::sync::Arc;

use object_store::memory::InMemory;

use super::world::*;
use crate::log::*;

#[tokio::test]
async fn a_table_is_created_once_and_opened_later() {
    let world = World::new();
    let error = world.open().await.unwrap_err();
    assert!(matches!(error, LogError::NotFound { .. }), "{error}");
    for _ in 0..2 {
        let table = Table::open_or_create(world.store.clone(), root(), &definition(), NOW_MS)
            .await
            .unwrap();
        assert_eq!(table.snapshot().version(), 0);
    }
    let error =
        Table::create(world.store.clone(), root(), &definition(), NOW_MS).await.unwrap_err();
    assert!(matches!(error, LogError::AlreadyExists { .. }), "{error}");
}

#[tokio::test]
async fn a_table_with_another_schema_is_not_opened_for_writing() {
    let world = World::new();
    world.create().await;
    let spaced = TableDefinition { schema: schema("variant").replace(',', " , "), ..definition() };
    Table::open_or_create(world.store.clone(), root(), &spaced, NOW_MS).await.unwrap();
    let other = TableDefinition { schema: schema("string"), ..definition() };
    let opened = Table::open_or_create(world.store.clone(), root(), &other, NOW_MS).await;
    assert!(matches!(opened.unwrap_err(), LogError::SchemaMismatch { .. }));
}

#[tokio::test]
async fn the_protocol_is_the_lowest_that_the_table_needs() {
    let cases = [
        (
            "variant",
            true,
            r#""minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["variantType"],"writerFeatures":["variantType","domainMetadata","clustering"]"#,
        ),
        (
            "string",
            true,
            r#""minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["domainMetadata","clustering"]"#,
        ),
        ("string", false, r#""minReaderVersion":1,"minWriterVersion":7,"writerFeatures":[]"#),
    ];
    for (attributes, is_clustered, protocol) in cases {
        let world = World::new();
        let mut definition = TableDefinition { schema: schema(attributes), ..definition() };
        if !is_clustered {
            definition.clustering_columns.clear();
        }
        Table::create(world.store.clone(), root(), &definition, NOW_MS).await.unwrap();
        let text = world.read("00000000000000000000.json");
        assert!(text.contains(protocol), "{text}");
        world.open().await.unwrap();
    }
}

#[tokio::test]
async fn clustering_columns_are_the_metadata_of_a_domain() {
    let world = World::new();
    world.create().await;
    let expected = r#"{"domainMetadata":{"domain":"delta.clustering","configuration":"{\"clusteringColumns\":[[\"time\"],[\"status\",\"code\"]],\"domainName\":\"delta.clustering\"}","removed":false}}"#;
    assert!(world.read("00000000000000000000.json").contains(expected));
}

#[tokio::test]
async fn a_definition_must_be_valid() {
    let store = Arc::new(InMemory::new());
    for schema in ["", "{}", r#"{"type":"array","fields":[]}"#, r#"{"type":"struct"}"#] {
        let definition = TableDefinition { schema: schema.to_owned(), ..definition() };
        let error = Table::create(store.clone(), root(), &definition, NOW_MS).await.unwrap_err();
        assert!(matches!(error, LogError::InvalidDefinition { .. }), "{schema}: {error}");
    }
    let definition = TableDefinition { schema: schema("timestamp_ntz"), ..definition() };
    let error = Table::create(store, root(), &definition, NOW_MS).await.unwrap_err();
    assert!(matches!(error, LogError::Unsupported { .. }), "{error}");
}

#[tokio::test]
async fn the_place_of_a_data_file_is_below_the_table() {
    let table = World::new().create().await;
    assert_eq!(table.location("a%20b.parquet").unwrap().as_ref(), "p_traces/a b.parquet");
    assert!(table.location("../a").is_err());
}
