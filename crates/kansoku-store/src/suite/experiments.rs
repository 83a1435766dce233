//! Experiments and their tags.
use kansoku_filter::{ExperimentFilter, ExperimentOrderBy};
use kansoku_model::{ExperimentId, KeyValue, ViewType};

use super::Stores;
use super::build::{experiment, small_trace};
use crate::{ExperimentSearch, NewExperiment, StoreError};

pub async fn a_name_is_taken_even_by_a_deleted_experiment(stores: &Stores) {
    let id = experiment(stores, "mine").await;
    let again =
        || NewExperiment { name: "mine".to_owned(), artifact_location: None, tags: Vec::new() };
    let refused = stores.meta.create_experiment(again()).await;
    assert!(matches!(refused, Err(StoreError::ExperimentExists(_))));
    stores.meta.delete_experiment(id).await.unwrap();
    let refused = stores.meta.create_experiment(again()).await;
    assert!(matches!(refused, Err(StoreError::ExperimentExists(_))));
    let other = experiment(stores, "other").await;
    let refused = stores.meta.rename_experiment(other, "mine").await;
    assert!(matches!(refused, Err(StoreError::ExperimentExists(_))));
    let found = stores.meta.experiment_by_name("mine").await.unwrap();
    assert_eq!(found.lifecycle_stage.as_str(), "deleted");
    let missing = stores.meta.experiment_by_name("nobody's").await;
    assert!(matches!(missing, Err(StoreError::ExperimentNameNotFound(_))));
}

pub async fn an_experiment_is_found_or_created_by_its_name(stores: &Stores) {
    let id = stores.meta.find_or_create_experiment("mine").await.unwrap();
    assert_eq!(stores.meta.find_or_create_experiment("mine").await.unwrap(), id);
    stores.meta.delete_experiment(id).await.unwrap();
    let refused = stores.meta.find_or_create_experiment("mine").await;
    assert!(matches!(refused, Err(StoreError::ExperimentDeleted(gone)) if gone == id));
}

pub async fn a_deleted_experiment_refuses_writes_until_restored(stores: &Stores) {
    let id = experiment(stores, "e").await;
    stores.meta.delete_experiment(id).await.unwrap();
    let refused = stores.traces.append(id, small_trace(1, 0)).await;
    assert!(matches!(refused, Err(StoreError::ExperimentDeleted(_))));
    let refused = stores.meta.rename_experiment(id, "f").await;
    assert!(matches!(refused, Err(StoreError::RenameDeletedExperiment)));
    let twice = stores.meta.delete_experiment(id).await;
    assert!(matches!(twice, Err(StoreError::ExperimentNotFound(_))));
    stores.meta.restore_experiment(id).await.unwrap();
    stores.traces.append(id, small_trace(1, 0)).await.unwrap();
}

pub async fn a_search_pages_and_filters(stores: &Stores) {
    for i in 0..5 {
        experiment(stores, &format!("team-{i}")).await;
    }
    let gone = experiment(stores, "team-gone").await;
    stores.meta.delete_experiment(gone).await.unwrap();
    let search = |offset| ExperimentSearch {
        filter: ExperimentFilter::parse("name LIKE 'team-%'").unwrap(),
        order_by: ExperimentOrderBy::parse_list(&["name DESC".to_owned()]).unwrap(),
        view: ViewType::ActiveOnly,
        offset,
        max_results: 3,
    };
    let (page, more) = stores.meta.search_experiments(search(0)).await.unwrap();
    let names =
        |page: Vec<kansoku_model::Experiment>| page.into_iter().map(|e| e.name).collect::<Vec<_>>();
    assert_eq!(
        (names(page), more),
        (vec!["team-4".into(), "team-3".into(), "team-2".into()], true)
    );
    let (page, more) = stores.meta.search_experiments(search(3)).await.unwrap();
    assert_eq!((names(page), more), (vec!["team-1".into(), "team-0".into()], false));
    let deleted = ExperimentSearch { view: ViewType::DeletedOnly, ..search(0) };
    let (page, _) = stores.meta.search_experiments(deleted).await.unwrap();
    assert_eq!(names(page), ["team-gone"]);
    let default = stores.meta.experiment(ExperimentId::DEFAULT).await.unwrap();
    assert_eq!(default.name, "Default");
}

pub async fn tags_are_set_and_deleted(stores: &Stores) {
    let id = experiment(stores, "e").await;
    stores.meta.set_experiment_tag(id, "k", "1").await.unwrap();
    stores.meta.set_experiment_tag(id, "k", "2").await.unwrap();
    let tags = stores.meta.experiment(id).await.unwrap().tags;
    assert_eq!(tags, [KeyValue { key: "k".to_owned(), value: "2".to_owned() }]);
    stores.meta.delete_experiment_tag(id, "k").await.unwrap();
    let again = stores.meta.delete_experiment_tag(id, "k").await;
    assert!(matches!(again, Err(StoreError::ExperimentTagNotFound { .. })));
}
