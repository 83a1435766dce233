use std::path::Path;

use super::banner;

#[test]
fn an_open_server_says_what_to_paste() {
    let text = banner("127.0.0.1:5000".parse().unwrap(), Path::new("./kansoku-data"), false);
    insta::assert_snapshot!(text);
}

#[test]
fn a_server_for_all_machines_with_tokens_says_where_they_come_from() {
    let text = banner("0.0.0.0:80".parse().unwrap(), Path::new("/srv/kansoku"), true);
    insta::assert_snapshot!(text);
}
