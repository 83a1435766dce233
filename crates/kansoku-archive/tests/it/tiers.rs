//! The cases of the stores' suite about traces, while every trace is only in the archive.
//!
//! Some are left out. Two have rows of spans that come from no payload, and more than the row of a trace
//! has. One compares sizes, which stay those of the store, where the same resource may be in several
//! chunks. One compares with provided methods, which do not know which traces are archived.
use kansoku_model::ExperimentId;
use kansoku_store::suite::Stores;
use kansoku_store::suite::build::{feedback, small_trace, trace_id};

/// The macro of the suite makes stores in a function that is not async.
fn archived() -> Stores {
    let make = async { crate::settling::stores().await };
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(make))
}

kansoku_store::store_suite! { @cases archived;
    arrival::order_and_repeats_do_not_matter,
    arrival::clients_at_the_same_time_do_not_matter,
    arrival::an_info_given_twice_is_merged_by_key,
    arrival::a_root_that_says_nothing_leaves_the_word_to_its_calls,
    spans::spans_alone_make_a_complete_trace,
    spans::a_trace_without_its_root_is_in_progress,
    spans::a_retried_batch_is_stored_once,
    spans::a_span_sent_again_is_replaced,
    spans::tokens_of_a_trace_are_counted_once,
    spans::an_unknown_experiment_is_refused,
    spans::a_known_trace_keeps_its_experiment,
    reads::spans_are_listed_by_start_and_then_by_id,
    reads::roots_are_those_whose_parent_is_not_there,
    reads::pages_are_the_whole_list_while_spans_arrive,
    reads::one_span_is_read_as_it_was_sent_last,
    reads::otlp_comes_back_once_and_as_sent_last,
    reads::log_records_come_back_once,
    reads::changes_are_told_where_a_trace_was_and_is,
    span_tree::a_tree_is_read_in_parts,
    span_tree::a_trace_has_a_place_in_its_session,
    tags::a_tag_is_set_replaced_and_deleted,
    tags::a_deleted_tag_is_not_brought_back_by_late_spans,
    tags::the_name_is_a_tag,
    assessments::an_override_makes_the_old_one_invalid,
    assessments::missing_assessments_of_a_trace_are_created_in_their_order,
    assessments::an_update_changes_what_it_names,
    assessments::assessments_are_created_unless_they_exist,
    assessments::the_same_id_twice_is_refused,
    assessments::assessments_in_an_info_are_stored,
    assessments::assessments_come_in_the_order_they_were_made,
    reviewed::traces_are_found_that_people_gave_feedback_on,
    reviewed::the_newest_reviewed_traces_are_read_if_there_are_too_many,
    search::every_equality_finds_its_trace,
    search::an_equality_that_matches_nothing_finds_nothing,
    search::changes_are_found_and_what_was_is_not,
    search::pages_stay_right_while_traces_arrive,
    search::pages_in_any_order_are_the_whole_list,
    search::several_experiments_are_merged_by_time,
    search::a_session_level_assessment_speaks_for_its_session,
    search::payload_filters_look_into_spans,
    metrics::traces_are_aggregated_by_group_and_time,
    metrics::of_nothing_there_is_a_count_and_no_average,
    metrics::filters_narrow_metrics,
    metrics::spans_are_aggregated_by_their_own_start,
    metrics::judgements_count_as_numbers_where_they_can,
    activity::experiments_are_counted_whole_and_by_window,
    delete::by_ids_only_in_the_experiment,
    delete::by_time_oldest_first,
    delete::nothing_of_a_deleted_trace_is_found,
    logs::records_wait_for_their_spans,
    logs::a_trace_of_records_alone_is_in_progress,
    search::words_are_found_in_many_traces,
    search::every_word_of_a_rendered_span_is_found,
    search::values_of_roots_are_found_however_they_came,
    evaluator::filters_and_orders_are_those_of_the_evaluator,
    span_search::spans_are_found_as_if_each_were_alone_in_its_trace,
    span_search::spans_come_newest_first_page_by_page,
    span_search::values_of_the_root_are_known_to_spans_of_other_chunks,
    span_search::a_span_has_its_content_as_it_was_sent_last,
    span_search::a_page_token_is_of_one_search,
    sessions::sessions_come_by_their_newest_trace_page_by_page,
    sessions::what_is_said_of_a_session_is_found_from_all_its_traces,
    sessions::a_turn_names_its_speakers_its_steps_and_its_failures,
    scan::a_scan_gives_what_was_projected,
    scan::a_scan_is_of_the_traces_asked_for,
    scan::spans_come_as_columns,
    scan::the_newest_are_seen_where_not_all_can_be,
    inputs::equal_inputs_have_equal_hashes,
    inputs::recorded_inputs_are_known_to_a_scan,
    inputs::feedback_tells_its_run_and_whether_the_judge_failed,
    lists::a_summary_tells_where_a_failure_began,
    lists::a_large_trace_has_a_small_span_sample,
    lists::lists_are_ordered_by_tokens_and_cost,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_can_be_stored_again_with_everything_it_had() {
    let stores = crate::settling::stores().await;
    let here = ExperimentId::DEFAULT;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    stores.traces.set_tag(&trace_id(1), "k", "v").await.unwrap();
    stores.traces.create_assessment(feedback(1, "good", true)).await.unwrap();
    let traces = [trace_id(1), trace_id(2)];
    let before = stores.traces.info(&trace_id(1)).await.unwrap();
    let archived = stores.traces.list_items(&traces).await.unwrap();
    assert!(archived[0].is_archived);
    assert!(stores.archive_index.expired_traces(&traces).await.unwrap().contains_key(&trace_id(1)));

    stores.traces.restore(&traces).await.unwrap();
    assert!(stores.archive_index.expired_traces(&traces).await.unwrap().is_empty());
    assert_eq!(stores.maintenance.storage(here).await.unwrap().traces, 1);
    // Archived and expired once more.
    assert_eq!(stores.traces.info(&trace_id(1)).await.unwrap(), before);
    assert_eq!(stores.maintenance.storage(here).await.unwrap().traces, 0);
}
