use super::*;

#[test]
fn lengths_are_counted_in_characters() {
    assert!(check_length("key", &"ä".repeat(250), 250).is_ok());
    let refusal = check_length("key", &"ä".repeat(251), 250).unwrap_err();
    assert_eq!(refusal.to_string(), "'key' exceeds the maximum length of 250 characters");
}

#[test]
fn keys_have_an_alphabet() {
    for key in ["a", "mlflow.user", "a b/c:d-e_f", "käse", "日本語"] {
        assert!(check_key("key", key).is_ok(), "{key}");
    }
    for key in ["bad key!", "a,b", "a=b", "<a>"] {
        assert!(check_key("key", key).is_err(), "{key}");
    }
}

#[test]
fn names_are_normal_paths() {
    for name in ["a", "a/b", ".a", "a..b", "mlflow.prompt.text"] {
        assert!(check_path("key", name).is_ok(), "{name}");
    }
    for name in ["", ".", "..", "..a", "/a", "a/", "a//b", "a/./b", "a/../b"] {
        assert!(check_path("key", name).is_err(), "{name}");
    }
}

#[test]
fn truncation_never_splits_a_character() {
    assert_eq!(truncate("äöü".to_owned(), 2), "äö");
    assert_eq!(truncate("äöü".to_owned(), 3), "äöü");
    assert_eq!(truncate(String::new(), 0), "");
}
