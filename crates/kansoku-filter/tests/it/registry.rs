use kansoku_filter::sql::sqlite::{
    model_version_condition, model_version_order_by, registered_model_condition,
    registered_model_order_by,
};
use kansoku_filter::{
    ModelVersionFilter, ModelVersionOrderBy, RegisteredModelFilter, RegisteredModelOrderBy, Sql,
};

use crate::fixture::{empty, texts};

const SCHEMA: &str = include_str!("../../../kansoku-sqlite/sql/0014_prompts_and_scorers.sql");

fn registry() -> rusqlite::Connection {
    let db = empty();
    db.execute_batch(SCHEMA).unwrap();
    db.execute_batch(
        "insert into registered_models values
           (1, 'qa', '', 10, 30, 2), (2, 'QA-2', '', 20, 20, 1), (3, 'classifier', '', 5, 5, 1);
         insert into registered_model_tags values
           (1, 'mlflow.prompt.is_prompt', 'true'), (2, 'mlflow.prompt.is_prompt', 'TRUE'),
           (1, 'team', 'x'), (2, 'team', 'y'), (3, 'team', 'x');
         insert into model_versions values
           (1, 1, '', 'dummy-source', 'r1', '', 10, 40), (1, 2, '', 'dummy-source', '', '', 30, 30),
           (2, 1, '', 'dummy-source', 'r2', '', 20, 20), (3, 1, '', 'runs:/a/m', 'r1', '', 5, 5);
         insert into model_version_tags values
           (1, 1, 'mlflow.prompt.is_prompt', 'true'), (1, 2, 'mlflow.prompt.is_prompt', 'true'),
           (2, 1, 'mlflow.prompt.is_prompt', 'true'), (1, 2, 'lang', 'en');",
    )
    .unwrap();
    db
}

fn models(filter: &str) -> String {
    let filter = RegisteredModelFilter::parse(filter).unwrap_or_else(|e| panic!("{e}"));
    let sql = registered_model_condition(&filter);
    let select = "select m.name from registered_models m where";
    texts(&registry(), select, &sql, "order by m.id").join(" ")
}

const VERSIONS: &str = "select m.name || '/' || v.version
    from model_versions v join registered_models m on m.id = v.model where";

fn versions(filter: &str) -> String {
    let filter = ModelVersionFilter::parse(filter).unwrap_or_else(|e| panic!("{e}"));
    let sql = model_version_condition(&filter);
    texts(&registry(), VERSIONS, &sql, "order by m.id, v.version").join(" ")
}

const PROMPTS: &str = "tags.`mlflow.prompt.is_prompt` = 'true'";

#[test]
fn filters_of_registered_models() {
    for (filter, expected) in [
        ("", "classifier"),
        (PROMPTS, "qa QA-2"),
        ("tag.\"mlflow.prompt.is_prompt\" != 'false'", "qa QA-2"),
        ("tags.`mlflow.prompt.is_prompt` != 'true'", "classifier"),
        ("tags.`mlflow.prompt.is_prompt` LIKE 'tr%'", "classifier"),
        ("tags.team = 'x'", "classifier"),
        (&format!("{PROMPTS} AND tags.team != 'x'"), "QA-2"),
        (&format!("{PROMPTS} AND name ILIKE 'qa%'"), "qa QA-2"),
        (&format!("{PROMPTS} AND attribute.name LIKE 'qa%'"), "qa"),
        (&format!("{PROMPTS} AND name IN ('qa', 'classifier')"), "qa"),
        (&format!("{PROMPTS} AND name NOT IN ('qa')"), "QA-2"),
        (&format!("{PROMPTS} AND NOT tags.team = 'x'"), "QA-2"),
        (&format!("name = 'classifier' OR {PROMPTS}"), "qa QA-2 classifier"),
    ] {
        assert_eq!(models(filter), expected, "{filter}");
    }
}

#[test]
fn filters_of_model_versions() {
    for (filter, expected) in [
        ("", "classifier/1"),
        (PROMPTS, "qa/1 qa/2 QA-2/1"),
        (&format!("name = 'qa' AND {PROMPTS}"), "qa/1 qa/2"),
        (&format!("{PROMPTS} AND version_number >= 2"), "qa/2"),
        (&format!("{PROMPTS} AND version_number != '2'"), "qa/1 QA-2/1"),
        (&format!("{PROMPTS} AND run_id IN ('r1', 'r2')"), "qa/1 QA-2/1"),
        (&format!("{PROMPTS} AND tags.lang = 'en'"), "qa/2"),
        ("source_path LIKE 'runs:/%' AND run_id = 'r1'", "classifier/1"),
    ] {
        assert_eq!(versions(filter), expected, "{filter}");
    }
}

#[test]
fn refused_filters_of_the_registry() {
    for (filter, message) in [
        ("name = 1", "Expected a quoted string value for attributes"),
        ("name > 'a'", "Invalid comparator '>' not one of"),
        ("run_id = 'a'", "Invalid attribute key 'run_id' specified. Valid keys are 'name'"),
        ("params.a = 'b'", "Invalid entity type 'params'"),
        ("tags.a IS NULL", "Invalid comparator 'IS NULL' not one of"),
        ("tags.a IN ('a')", "Invalid comparator 'IN' not one of"),
        ("name = 'a' name = 'b'", "Expected AND, OR or the end"),
    ] {
        let error = RegisteredModelFilter::parse(filter).unwrap_err().to_string();
        assert!(error.contains(message), "{filter}: {error}");
    }
    for (filter, message) in [
        ("version_number = 1.5", "Expected a whole number for version_number. Got value 1.5"),
        ("version_number = 'x'", "Expected a numeric value for version_number"),
        ("version_number LIKE '1'", "Invalid comparator 'LIKE' not one of"),
        ("source_path IN ('a')", "Invalid comparator 'IN' not one of"),
        ("version = 1", "Invalid attribute key 'version' specified"),
        ("creation_timestamp > 1", "Invalid attribute key 'creation_timestamp' specified"),
    ] {
        let error = ModelVersionFilter::parse(filter).unwrap_err().to_string();
        assert!(error.contains(message), "{filter}: {error}");
    }
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

#[test]
fn orders_of_the_registry() {
    let db = registry();
    let everything = Sql { text: "1".to_owned(), params: Vec::new() };
    for (order_by, expected) in [
        (&[][..], "QA-2 classifier qa"),
        (&["name DESC"], "qa classifier QA-2"),
        (&["timestamp"], "classifier QA-2 qa"),
        (&["last_updated_timestamp DESC", "name"], "qa QA-2 classifier"),
    ] {
        let keys = RegisteredModelOrderBy::parse_list(&list(order_by)).unwrap();
        let order = format!("order by {}", registered_model_order_by(&keys).text);
        let select = "select m.name from registered_models m where";
        assert_eq!(texts(&db, select, &everything, &order).join(" "), expected, "{order_by:?}");
    }
    for (order_by, expected) in [
        (&[][..], "qa/1 qa/2 QA-2/1 classifier/1"),
        (&["name"], "QA-2/1 classifier/1 qa/2 qa/1"),
        (&["version_number DESC"], "qa/2 QA-2/1 classifier/1 qa/1"),
        (&["creation_timestamp"], "classifier/1 qa/1 QA-2/1 qa/2"),
    ] {
        let keys = ModelVersionOrderBy::parse_list(&list(order_by)).unwrap();
        let order = format!("order by {}", model_version_order_by(&keys).text);
        assert_eq!(texts(&db, VERSIONS, &everything, &order).join(" "), expected, "{order_by:?}");
    }
    for (order_by, message) in [
        (&["creation_timestamp"][..], "Invalid attribute key 'creation_timestamp'"),
        (&["name", "name DESC"], "`order_by` contains duplicate fields"),
        (&["timestamp", "last_updated_timestamp"], "`order_by` contains duplicate fields"),
        (&["tags.a"], "Invalid attribute key 'a'"),
        (&["name x"], "Could not be parsed"),
    ] {
        let error = RegisteredModelOrderBy::parse_list(&list(order_by)).unwrap_err().to_string();
        assert!(error.contains(message), "{order_by:?}: {error}");
    }
    let error = ModelVersionOrderBy::parse_list(&list(&["tags.a"])).unwrap_err().to_string();
    assert!(error.contains("Invalid order_by entity: tags"), "{error}");
}
