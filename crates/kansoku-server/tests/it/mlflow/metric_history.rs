use insta::assert_snapshot;
use serde_json::json;

use super::runs::{post, run};
use crate::test_server::TestServer;

#[tokio::test]
async fn histories_of_several_runs_are_read_at_once() {
    let server = TestServer::start();
    let (mut first, mut second) = (run(&server, "a").await, run(&server, "b").await);
    if second < first {
        std::mem::swap(&mut first, &mut second);
    }
    for (id, value, step) in [
        (&second, json!(3), 0),
        (&first, json!("NaN"), 1),
        (&first, json!(1), 0),
        (&first, json!(2), 2),
    ] {
        let metric =
            json!({ "run_id": id, "key": "m", "value": value, "timestamp": 7, "step": step });
        post(&server, "log-metric", metric).await;
    }
    let shown = async |path: String| {
        let reply = server.get(&format!("/ajax-api/2.0/mlflow/metrics/{path}")).await.to_string();
        reply.replace(&first, "FIRST").replace(&second, "SECOND")
    };
    let ids = format!("run_id={second}&run_id={first}&run_id=nope");
    assert_snapshot!(shown(format!("get-history-bulk?{ids}&metric_key=m")).await, @r#"
    200 OK
    {"metrics":[{"key":"m","value":1.0,"timestamp":7,"step":0,"run_id":"FIRST"},{"key":"m","value":"NaN","timestamp":7,"step":1,"run_id":"FIRST"},{"key":"m","value":2.0,"timestamp":7,"step":2,"run_id":"FIRST"},{"key":"m","value":3.0,"timestamp":7,"step":0,"run_id":"SECOND"}]}
    "#);
    assert_snapshot!(shown(format!("get-history-bulk?{ids}&metric_key=m&max_results=2")).await, @r#"
    200 OK
    {"metrics":[{"key":"m","value":1.0,"timestamp":7,"step":0,"run_id":"FIRST"},{"key":"m","value":"NaN","timestamp":7,"step":1,"run_id":"FIRST"}]}
    "#);
    assert_snapshot!(shown("get-history-bulk?run_id=nope&metric_key=m".to_owned()).await, @r#"
    200 OK
    {"metrics":[]}
    "#);
    assert_snapshot!(shown("get-history-bulk?metric_key=m".to_owned()).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'run_id'. See the API docs for more information about request parameters."}
    "#);

    let ids = format!("run_ids={first}&run_ids={second}");
    let interval = format!("get-history-bulk-interval?{ids}&metric_key=m");
    assert_snapshot!(shown(interval.clone()).await, @r#"
    200 OK
    {"metrics":[{"key":"m","value":1.0,"timestamp":7,"step":0,"run_id":"FIRST"},{"key":"m","value":"NaN","timestamp":7,"step":1,"run_id":"FIRST"},{"key":"m","value":2.0,"timestamp":7,"step":2,"run_id":"FIRST"},{"key":"m","value":3.0,"timestamp":7,"step":0,"run_id":"SECOND"}]}
    "#);
    assert_snapshot!(shown(format!("{interval}&max_results=2&start_step=0&end_step=1")).await, @r#"
    200 OK
    {"metrics":[{"key":"m","value":1.0,"timestamp":7,"step":0,"run_id":"FIRST"},{"key":"m","value":"NaN","timestamp":7,"step":1,"run_id":"FIRST"},{"key":"m","value":3.0,"timestamp":7,"step":0,"run_id":"SECOND"}]}
    "#);
    assert_snapshot!(shown(format!("{interval}&max_results=1")).await, @r#"
    200 OK
    {"metrics":[{"key":"m","value":2.0,"timestamp":7,"step":2,"run_id":"FIRST"},{"key":"m","value":3.0,"timestamp":7,"step":0,"run_id":"SECOND"}]}
    "#);
    assert_snapshot!(shown(format!("{interval}&start_step=5&end_step=1")).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"`start_step` is 5 and must not be greater than `end_step`, which is 1"}
    "#);
    assert_snapshot!(shown(format!("{interval}&start_step=5")).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"send both `start_step` and `end_step`, or neither"}
    "#);
    assert!(shown(format!("{interval}&max_results=2501")).await.starts_with("400"));
    assert!(shown(format!("{interval}&max_results=2500")).await.starts_with("200"));
    let many = |count: usize| format!("metric_key=m{}", "&run_ids=x".repeat(count));
    assert!(shown(format!("get-history-bulk-interval?{}", many(101))).await.starts_with("400"));
    assert_eq!(shown(format!("get-history-bulk-interval?{}", many(100))).await, "200 OK\n{}");
}
