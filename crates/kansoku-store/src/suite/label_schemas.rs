//! Label schemas.
use kansoku_model::{ExperimentId, LabelInput, LabelSchema, LabelSchemaId, LabelType};

use super::Stores;
use super::build::experiment;
use crate::{
    LabelSchemaEdit, LabelSchemaQuery, LabelSchemaUpdate, NewLabelSchema, StoreError,
    WhichLabelSchemas,
};

fn new(experiment: ExperimentId, name: &str, input: LabelInput) -> NewLabelSchema {
    NewLabelSchema {
        experiment,
        name: name.to_owned(),
        label_type: LabelType::Expectation,
        input,
        instruction: None,
        enable_comment: true,
        is_default: false,
    }
}

fn text() -> LabelInput {
    LabelInput::Text { max_length: None }
}

fn options(multi_select: bool, options: &[&str]) -> LabelInput {
    let options = options.iter().map(|option| (*option).to_owned()).collect();
    LabelInput::Categorical { options, multi_select }
}

async fn names(stores: &Stores, experiment: ExperimentId) -> Vec<String> {
    let which = WhichLabelSchemas::All;
    let query = LabelSchemaQuery { experiment, which, offset: 0, max_results: 10 };
    let (found, more) = stores.meta.label_schemas(query).await.unwrap();
    assert!(!more);
    let mut names: Vec<_> = found.into_iter().map(|it| it.name).collect();
    names.sort();
    names
}

pub async fn a_label_schema_lives_from_creation_to_deletion(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let inputs = [
        LabelInput::PassFail { positive_label: "Ja".into(), negative_label: "Nein".into() },
        options(true, &["a", "b"]),
        LabelInput::Numeric { min_value: Some(-1.5), max_value: None },
        LabelInput::Text { max_length: Some(9) },
    ];
    for (n, input) in inputs.into_iter().enumerate() {
        let name = format!("q{n}");
        let made = stores.meta.create_label_schema(new(id, &name, input.clone())).await.unwrap();
        assert_eq!((&made.input, made.enable_comment, made.is_default), (&input, true, false));
        assert_eq!(stores.meta.label_schema(&made.schema_id).await.unwrap(), made);
        assert_eq!(stores.meta.label_schema_by_name(id, &name).await.unwrap(), made);
    }
    let taken = stores.meta.create_label_schema(new(id, "q1", text())).await;
    assert!(matches!(taken, Err(StoreError::LabelSchemaExists { .. })));
    let other = experiment(stores, "other").await;
    stores.meta.create_label_schema(new(other, "q1", text())).await.unwrap();

    let first = stores.meta.label_schema_by_name(id, "q0").await.unwrap().schema_id;
    stores.meta.edit_label_schema(&first, LabelSchemaEdit::Delete).await.unwrap();
    let gone = stores.meta.edit_label_schema(&first, LabelSchemaEdit::Delete).await;
    assert!(matches!(gone, Err(StoreError::LabelSchemaNotFound(_))));
    assert_eq!(names(stores, id).await, ["q1", "q2", "q3"]);
    let missing = stores.meta.label_schema_by_name(id, "q0").await;
    assert!(matches!(missing, Err(StoreError::LabelSchemaNameNotFound { .. })));
    let nowhere = stores.meta.create_label_schema(new(ExperimentId(99), "q", text())).await;
    assert!(matches!(nowhere, Err(StoreError::ExperimentNotFound(_))));
}

pub async fn an_update_of_a_label_schema_keeps_its_kind(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let input = options(false, &["a"]);
    let made = stores.meta.create_label_schema(new(id, "q", input)).await.unwrap().schema_id;
    stores.meta.create_label_schema(new(id, "taken", text())).await.unwrap();
    let update =
        async |update| stores.meta.edit_label_schema(&made, LabelSchemaEdit::Update(update)).await;
    let all = LabelSchemaUpdate {
        name: Some("renamed".to_owned()),
        input: Some(options(false, &["x", "y"])),
        instruction: Some("how".to_owned()),
        enable_comment: Some(false),
    };
    update(all).await.unwrap();
    update(LabelSchemaUpdate::default()).await.unwrap();
    for refused in [
        LabelSchemaUpdate { name: Some("taken".to_owned()), ..LabelSchemaUpdate::default() },
        LabelSchemaUpdate { input: Some(text()), ..LabelSchemaUpdate::default() },
        LabelSchemaUpdate { input: Some(options(true, &["x"])), ..LabelSchemaUpdate::default() },
    ] {
        assert!(update(refused).await.is_err());
    }
    let kept = stores.meta.label_schema(&made).await.unwrap();
    assert_eq!((kept.name.as_str(), kept.instruction.as_deref()), ("renamed", Some("how")));
    assert_eq!((kept.input, kept.enable_comment), (options(false, &["x", "y"]), false));
    assert_eq!(kept.label_type, LabelType::Expectation);
}

pub async fn an_experiment_has_one_default_label_schema(stores: &Stores) {
    let id = experiment(stores, "e").await;
    for _ in 0..2 {
        stores.meta.ensure_default_label_schema(id).await.unwrap();
        assert_eq!(names(stores, id).await, [LabelSchema::DEFAULT_NAME]);
    }
    let default = stores.meta.label_schema_by_name(id, LabelSchema::DEFAULT_NAME).await.unwrap();
    assert!(default.is_default);
    let update =
        LabelSchemaUpdate { instruction: Some("x".to_owned()), ..LabelSchemaUpdate::default() };
    for edit in [LabelSchemaEdit::Delete, LabelSchemaEdit::Update(update)] {
        let refused = stores.meta.edit_label_schema(&default.schema_id, edit).await;
        assert!(matches!(refused, Err(StoreError::DefaultLabelSchema)));
    }
    let unknown = stores.meta.label_schema(&LabelSchemaId("ls-none".to_owned())).await;
    assert!(matches!(unknown, Err(StoreError::LabelSchemaNotFound(_))));
}
