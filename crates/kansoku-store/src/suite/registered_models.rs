//! Registered models, prompts among them, and their versions.
use std::collections::BTreeMap;

use kansoku_filter::{
    ModelVersionFilter, ModelVersionOrderBy, RegisteredModelFilter, RegisteredModelOrderBy,
};
use kansoku_model::{IS_PROMPT_TAG, ModelVersion, RegisteredModel};

use super::Stores;
use crate::{
    ModelVersionEdit, ModelVersionSearch, NewModelVersion, NewRegisteredModel, RegisteredModelEdit,
    RegisteredModelSearch, StoreError,
};

type Tags<'a> = &'a [(&'a str, &'a str)];

const PROMPT: Tags<'static> = &[(IS_PROMPT_TAG, "true")];

fn tags(tags: Tags<'_>) -> BTreeMap<String, String> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

async fn create(stores: &Stores, name: &str, of: Tags<'_>) -> RegisteredModel {
    let new = NewRegisteredModel {
        name: name.to_owned(),
        description: "first".to_owned(),
        tags: tags(of),
    };
    stores.meta.create_registered_model(new).await.unwrap()
}

async fn add_version(stores: &Stores, name: &str, of: Tags<'_>) -> ModelVersion {
    let new = NewModelVersion {
        name: name.to_owned(),
        description: Some(String::new()),
        source: "dummy-source".to_owned(),
        run_id: "r".to_owned(),
        run_link: String::new(),
        tags: tags(of),
    };
    stores.meta.create_model_version(new).await.unwrap()
}

async fn edit(stores: &Stores, name: &str, edit: RegisteredModelEdit) {
    stores.meta.edit_registered_model(name, edit).await.unwrap();
}

fn set_alias(alias: &str, version: i64) -> RegisteredModelEdit {
    RegisteredModelEdit::SetAlias { alias: alias.to_owned(), version }
}

async fn found_models(stores: &Stores, filter: &str, order_by: &[&str]) -> Vec<String> {
    let order_by: Vec<_> = order_by.iter().map(|key| (*key).to_owned()).collect();
    let search = RegisteredModelSearch {
        filter: RegisteredModelFilter::parse(filter).unwrap(),
        order_by: RegisteredModelOrderBy::parse_list(&order_by).unwrap(),
        offset: 0,
        max_results: 100,
    };
    let (found, more) = stores.meta.search_registered_models(search).await.unwrap();
    assert!(!more);
    found.into_iter().map(|model| model.name).collect()
}

async fn found_versions(stores: &Stores, filter: &str, order_by: &[&str]) -> Vec<String> {
    let order_by: Vec<_> = order_by.iter().map(|key| (*key).to_owned()).collect();
    let search = ModelVersionSearch {
        filter: ModelVersionFilter::parse(filter).unwrap(),
        order_by: ModelVersionOrderBy::parse_list(&order_by).unwrap(),
        offset: 0,
        max_results: 100,
    };
    let (found, more) = stores.meta.search_model_versions(search).await.unwrap();
    assert!(!more);
    found.into_iter().map(|it| format!("{}/{}", it.name, it.version)).collect()
}

pub async fn a_prompt_has_numbered_versions(stores: &Stores) {
    let created = create(stores, "qa", PROMPT).await;
    assert!(created.is_prompt() && created.latest_version.is_none());
    let again = NewRegisteredModel {
        name: "qa".to_owned(),
        description: String::new(),
        tags: BTreeMap::new(),
    };
    let taken = stores.meta.create_registered_model(again).await;
    assert!(matches!(taken, Err(StoreError::RegisteredModelExists(_))));
    for number in 1..=3 {
        let version = add_version(stores, "qa", &[(IS_PROMPT_TAG, "true"), ("k", "v")]).await;
        assert_eq!((version.version, version.tags["k"].as_str()), (number, "v"));
        assert_eq!(stores.meta.model_version("qa", number).await.unwrap(), version);
    }
    let read = stores.meta.registered_model("qa").await.unwrap();
    assert_eq!(read.latest_version.map(|latest| latest.version), Some(3));
    assert!(created.last_update_time <= read.last_update_time);
    stores.meta.edit_model_version("qa", 3, ModelVersionEdit::Delete).await.unwrap();
    let gone = stores.meta.model_version("qa", 3).await;
    assert!(matches!(gone, Err(StoreError::ModelVersionNotFound { version: 3, .. })));
    let read = stores.meta.registered_model("qa").await.unwrap();
    assert_eq!(read.latest_version.map(|latest| latest.version), Some(2));
    assert_eq!(add_version(stores, "qa", PROMPT).await.version, 4, "3 is not given again");
    let nowhere = NewModelVersion {
        name: "other".to_owned(),
        description: None,
        source: String::new(),
        run_id: String::new(),
        run_link: String::new(),
        tags: BTreeMap::new(),
    };
    let refused = stores.meta.create_model_version(nowhere).await;
    assert!(matches!(refused, Err(StoreError::RegisteredModelNotFound(_))));
}

pub async fn an_alias_points_to_one_version_until_it_is_gone(stores: &Stores) {
    create(stores, "qa", PROMPT).await;
    let none = stores.meta.model_version_by_alias("qa", "latest").await;
    assert!(matches!(none, Err(StoreError::NoModelVersion(_))));
    for _ in 0..2 {
        add_version(stores, "qa", PROMPT).await;
    }
    edit(stores, "qa", set_alias("prod", 1)).await;
    edit(stores, "qa", set_alias("beta", 1)).await;
    assert_eq!(stores.meta.model_version("qa", 1).await.unwrap().aliases, ["beta", "prod"]);
    edit(stores, "qa", set_alias("prod", 2)).await;
    let by_alias = async |alias: &'static str| {
        stores.meta.model_version_by_alias("qa", alias).await.map(|it| it.version)
    };
    assert_eq!(by_alias("prod").await.unwrap(), 2);
    assert_eq!(by_alias("beta").await.unwrap(), 1);
    assert_eq!(by_alias("Latest").await.unwrap(), 2);
    assert!(matches!(by_alias("nope").await, Err(StoreError::ModelAliasNotFound(_))));
    let refused = stores.meta.edit_registered_model("qa", set_alias("x", 9)).await;
    assert!(matches!(refused, Err(StoreError::ModelVersionNotFound { version: 9, .. })));
    let model = stores.meta.registered_model("qa").await.unwrap();
    assert_eq!(model.aliases, BTreeMap::from([("beta".into(), 1), ("prod".into(), 2)]));
    assert_eq!(model.latest_version.unwrap().aliases, ["prod"]);
    // An alias goes with its version, and by name; one that is not there is no error.
    stores.meta.edit_model_version("qa", 2, ModelVersionEdit::Delete).await.unwrap();
    assert!(matches!(by_alias("prod").await, Err(StoreError::ModelAliasNotFound(_))));
    for _ in 0..2 {
        edit(stores, "qa", RegisteredModelEdit::DeleteAlias { alias: "beta".to_owned() }).await;
    }
    assert!(stores.meta.registered_model("qa").await.unwrap().aliases.is_empty());
}

pub async fn a_renamed_model_keeps_what_it_has(stores: &Stores) {
    create(stores, "qa", PROMPT).await;
    create(stores, "other", PROMPT).await;
    add_version(stores, "qa", PROMPT).await;
    edit(stores, "qa", set_alias("prod", 1)).await;
    let rename = |to: &str| RegisteredModelEdit::Rename(to.to_owned());
    let taken = stores.meta.edit_registered_model("qa", rename("other")).await;
    assert!(matches!(taken, Err(StoreError::RegisteredModelExists(_))));
    edit(stores, "qa", rename("qa")).await;
    edit(stores, "qa", rename("answers")).await;
    let gone = stores.meta.registered_model("qa").await;
    assert!(matches!(gone, Err(StoreError::RegisteredModelNotFound(_))));
    let version = stores.meta.model_version_by_alias("answers", "prod").await.unwrap();
    assert_eq!((version.name.as_str(), version.version), ("answers", 1));
    assert_eq!(found_versions(stores, &asks_for("name = 'answers'"), &[]).await, ["answers/1"]);
    edit(stores, "answers", RegisteredModelEdit::Delete).await;
    for missing in [
        stores.meta.registered_model("answers").await.map(|_| ()),
        stores.meta.model_version("answers", 1).await.map(|_| ()),
        stores.meta.edit_registered_model("answers", RegisteredModelEdit::Delete).await,
        stores.meta.edit_model_version("answers", 1, ModelVersionEdit::Delete).await,
    ] {
        let error = missing.unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::RegisteredModelNotFound(_) | StoreError::ModelVersionNotFound { .. }
            ),
            "{error}"
        );
    }
    create(stores, "answers", PROMPT).await;
    assert_eq!(add_version(stores, "answers", PROMPT).await.version, 1);
}

pub async fn tags_and_descriptions_change(stores: &Stores) {
    create(stores, "qa", PROMPT).await;
    add_version(stores, "qa", PROMPT).await;
    let set = |value: &str| (String::from("k"), value.to_owned());
    for value in ["1", "2", ""] {
        let (key, value) = set(value);
        edit(stores, "qa", RegisteredModelEdit::SetTag { key, value }).await;
    }
    edit(stores, "qa", RegisteredModelEdit::Describe("now".to_owned())).await;
    let model = stores.meta.registered_model("qa").await.unwrap();
    assert_eq!((model.tags["k"].as_str(), model.description.as_str()), ("", "now"));
    let change = async |edit| stores.meta.edit_model_version("qa", 1, edit).await.unwrap();
    let (key, value) = set("日本 \u{0}");
    change(ModelVersionEdit::SetTag { key, value }).await;
    change(ModelVersionEdit::Describe(None)).await;
    let version = stores.meta.model_version("qa", 1).await.unwrap();
    assert_eq!((version.tags["k"].as_str(), version.description), ("日本 \u{0}", None));
    for _ in 0..2 {
        edit(stores, "qa", RegisteredModelEdit::DeleteTag { key: "k".to_owned() }).await;
        change(ModelVersionEdit::DeleteTag { key: "k".to_owned() }).await;
    }
    assert_eq!(stores.meta.registered_model("qa").await.unwrap().tags, tags(PROMPT));
    assert_eq!(stores.meta.model_version("qa", 1).await.unwrap().tags, tags(PROMPT));
    for n in 1..RegisteredModel::TAGS_MAX {
        let set = RegisteredModelEdit::SetTag { key: format!("k{n}"), value: String::new() };
        edit(stores, "qa", set).await;
    }
    let more = RegisteredModelEdit::SetTag { key: "more".to_owned(), value: String::new() };
    let refused = stores.meta.edit_registered_model("qa", more).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))));
    let again = RegisteredModelEdit::SetTag { key: "k1".to_owned(), value: "x".to_owned() };
    edit(stores, "qa", again).await;
}

fn asks_for(filter: &str) -> String {
    match filter {
        "" => format!("tags.`{IS_PROMPT_TAG}` = 'true'"),
        filter => format!("tags.`{IS_PROMPT_TAG}` = 'true' AND {filter}"),
    }
}

pub async fn a_search_finds_prompts_or_other_models(stores: &Stores) {
    for name in ["qa", "QA-2", "sum"] {
        create(stores, name, &[(IS_PROMPT_TAG, "true"), ("team", name)]).await;
        add_version(stores, name, &[(IS_PROMPT_TAG, "true"), ("lang", "en")]).await;
    }
    add_version(stores, "qa", PROMPT).await;
    create(stores, "classifier", &[("team", "ml")]).await;
    add_version(stores, "classifier", &[("lang", "en")]).await;
    for (filter, expected) in [
        ("", vec!["classifier"]),
        ("tags.`mlflow.prompt.is_prompt` != 'true'", vec!["classifier"]),
        ("tags.`mlflow.prompt.is_prompt` = 'false'", vec!["classifier"]),
        ("tags.`mlflow.prompt.is_prompt` != 'false'", vec!["QA-2", "qa", "sum"]),
        (&asks_for(""), vec!["QA-2", "qa", "sum"]),
        (&asks_for("name ILIKE 'qa%'"), vec!["QA-2", "qa"]),
        (&asks_for("name LIKE 'qa%'"), vec!["qa"]),
        (&asks_for("name IN ('qa', 'sum', 'classifier')"), vec!["qa", "sum"]),
        (&asks_for("name NOT IN ('qa')"), vec!["QA-2", "sum"]),
        (&asks_for("tag.team != 'qa'"), vec!["QA-2", "sum"]),
        (&asks_for("tag.nope != 'x'"), vec![]),
        ("tag.team = 'qa'", vec![]),
        ("tag.team = 'ml' AND attribute.name = 'classifier'", vec!["classifier"]),
    ] {
        assert_eq!(found_models(stores, filter, &[]).await, expected, "{filter}");
    }
    let backwards = found_models(stores, &asks_for(""), &["name DESC"]).await;
    assert_eq!(backwards, ["sum", "qa", "QA-2"]);
    for (filter, expected) in [
        (asks_for("version_number > 1"), vec!["qa/2"]),
        (asks_for("version_number <= '1'"), vec!["QA-2/1", "qa/1", "sum/1"]),
        (asks_for("name = 'qa'"), vec!["qa/2", "qa/1"]),
        (asks_for("tags.lang = 'en' AND run_id IN ('r')"), vec!["QA-2/1", "qa/1", "sum/1"]),
        (asks_for("run_id NOT IN ('r')"), vec![]),
        (asks_for("source_path LIKE 'dummy%' AND name = 'sum'"), vec!["sum/1"]),
        (String::new(), vec!["classifier/1"]),
    ] {
        assert_eq!(found_versions(stores, &filter, &["name"]).await, expected, "{filter}");
    }
    let mut pages = Vec::new();
    for offset in 0..3 {
        let search = RegisteredModelSearch {
            filter: RegisteredModelFilter::parse(&asks_for("")).unwrap(),
            order_by: Vec::new(),
            offset,
            max_results: 1,
        };
        let (found, more) = stores.meta.search_registered_models(search).await.unwrap();
        assert_eq!(more, offset < 2);
        pages.extend(found.into_iter().map(|model| model.name));
    }
    assert_eq!(pages, ["QA-2", "qa", "sum"]);
}
