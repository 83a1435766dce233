//! Tests of the traits, which every engine must pass.
//!
//! An engine calls [`store_suite!`](crate::store_suite) with a function that creates empty stores;
//! each case becomes a test of that engine.
pub mod access;
pub mod activity;
pub mod alerts;
pub mod archive;
pub mod arrival;
pub mod assessments;
pub mod backfills;
pub mod build;
pub mod datasets;
pub mod delete;
pub mod evaluator;
pub mod experiments;
pub mod inputs;
pub mod issues;
pub mod jobs;
pub mod label_schemas;
pub mod ledger;
pub mod lists;
pub mod logged_models;
pub mod logs;
pub mod maintenance;
pub mod metrics;
pub mod provided;
pub mod random;
pub mod reads;
pub mod registered_models;
pub mod reprice;
pub mod required_only;
pub mod review_queues;
pub mod reviewed;
pub mod runs;
pub mod scan;
pub mod scorer_usage;
pub mod scorers;
pub mod scoring_failures;
pub mod search;
pub mod sessions;
pub mod span_search;
pub mod span_tree;
pub mod spans;
pub mod tags;
pub mod webhooks;

use std::sync::Arc;

use crate::{
    AccessStore, ArchiveCatalog, ArchiveIndex, IngestLedger, JobQueue, Maintenance, MetaStore,
    TraceStore,
};

/// Empty stores of one engine, and values that must live as long as the stores.
pub struct Stores {
    pub traces: Arc<dyn TraceStore>,
    pub meta: Arc<dyn MetaStore>,
    pub ledger: Arc<dyn IngestLedger>,
    pub maintenance: Arc<dyn Maintenance>,
    pub access: Arc<dyn AccessStore>,
    pub jobs: Arc<dyn JobQueue>,
    pub archive: Arc<dyn ArchiveCatalog>,
    pub archive_index: Arc<dyn ArchiveIndex>,
    pub keep: Box<dyn std::any::Any>,
}

impl Stores {
    /// The stores of an engine that implements all traits.
    pub fn of_engine<E>(engine: Arc<E>, keep: impl std::any::Any) -> Self
    where
        E: TraceStore
            + MetaStore
            + IngestLedger
            + Maintenance
            + AccessStore
            + JobQueue
            + ArchiveCatalog
            + ArchiveIndex
            + 'static,
    {
        Self {
            traces: engine.clone(),
            meta: engine.clone(),
            ledger: engine.clone(),
            maintenance: engine.clone(),
            access: engine.clone(),
            jobs: engine.clone(),
            archive: engine.clone(),
            archive_index: engine,
            keep: Box::new(keep),
        }
    }
}

/// Defines a test for every case of the suite, for the engine that `$make` opens.
#[macro_export]
macro_rules! store_suite {
    ($make:expr) => {
        $crate::store_suite! { @cases $make;
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
            spans::the_size_of_traces_is_known_without_reading_them,
            reads::spans_are_listed_by_start_and_then_by_id,
            reads::roots_are_those_whose_parent_is_not_there,
            reads::pages_are_the_whole_list_while_spans_arrive,
            reads::a_large_trace_is_paged_quickly,
            reads::one_span_is_read_as_it_was_sent_last,
            reads::otlp_comes_back_once_and_as_sent_last,
            reads::log_records_come_back_once,
            reads::changes_are_told_where_a_trace_was_and_is,
            span_tree::a_tree_is_read_in_parts,
            span_tree::a_large_tree_is_read_in_parts,
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
            ledger::every_span_is_counted_once,
            ledger::rejections_are_kept_with_their_reasons,
            ledger::unauthenticated_callers_leave_the_rejections_of_others_alone,
            logs::records_wait_for_their_spans,
            logs::a_trace_of_records_alone_is_in_progress,
            search::words_are_found_in_many_traces,
            search::every_word_of_a_rendered_span_is_found,
            search::values_of_roots_are_found_however_they_came,
            evaluator::filters_and_orders_are_those_of_the_evaluator,
            provided::overrides_answer_what_is_provided,
            span_search::spans_are_found_as_if_each_were_alone_in_its_trace,
            span_search::spans_come_newest_first_page_by_page,
            span_search::values_of_the_root_are_known_to_spans_of_other_chunks,
            span_search::a_span_has_its_content_as_it_was_sent_last,
            span_search::a_page_token_is_of_one_search,
            sessions::sessions_come_by_their_newest_trace_page_by_page,
            sessions::what_is_said_of_a_session_is_found_from_all_its_traces,
            sessions::a_turn_names_its_speakers_its_steps_and_its_failures,
            experiments::a_name_is_taken_even_by_a_deleted_experiment,
            experiments::an_experiment_is_found_or_created_by_its_name,
            experiments::a_deleted_experiment_refuses_writes_until_restored,
            experiments::a_search_pages_and_filters,
            experiments::tags_are_set_and_deleted,
            access::tokens_are_known_by_their_hash,
            access::deleting_tokens_never_lets_everyone_in,
            access::only_one_of_two_first_tokens_is_made_without_one,
            access::a_rotated_token_has_two_secrets_at_most,
            access::a_session_ends_with_its_time_its_token_and_its_secret,
            access::secrets_of_the_store_stay_until_they_are_rotated,
            runs::a_run_lives_from_start_to_finish,
            runs::a_param_keeps_its_first_value,
            runs::a_search_filters_and_pages,
            runs::a_metric_keeps_its_values_and_what_they_rate,
            runs::a_sample_of_a_metric_is_spread_over_its_steps,
            runs::a_dataset_is_what_its_experiment_first_logged,
            runs::models_of_a_run_are_kept_once,
            runs::rare_and_frequent_values_are_found_in_the_same_order,
            logged_models::a_logged_model_lives_until_it_is_deleted,
            logged_models::a_metric_of_a_run_belongs_to_the_model_it_names,
            logged_models::the_newest_metrics_of_a_model_are_shown,
            logged_models::logged_models_are_filtered_ordered_and_paged,
            issues::an_issue_is_read_back_and_updated,
            issues::issues_are_found_the_most_severe_first,
            issues::traces_that_show_an_issue_are_counted,
            registered_models::a_prompt_has_numbered_versions,
            registered_models::an_alias_points_to_one_version_until_it_is_gone,
            registered_models::a_renamed_model_keeps_what_it_has,
            registered_models::tags_and_descriptions_change,
            registered_models::a_search_finds_prompts_or_other_models,
            scorer_usage::usage_adds_up_by_day_and_scorer,
            scorer_usage::usage_is_forgotten_after_a_while,
            scorer_usage::a_scorer_and_an_experiment_have_a_budget_each,
            scorers::a_scorer_has_numbered_versions,
            scorers::scorers_are_listed_by_experiment_and_name,
            scorers::a_scorer_has_one_online_configuration,
            scorers::an_experiment_has_so_many_scorers_at_most,
            scorers::a_trace_that_ends_is_queued_where_scorers_are_active,
            backfills::a_backfill_is_read_back_and_changes_its_state,
            backfills::a_step_of_a_backfill_is_stored_once_with_its_jobs,
            backfills::an_experiment_has_so_many_backfills_at_most,
            scoring_failures::failures_are_kept_until_they_are_deleted,
            scoring_failures::the_oldest_failures_of_an_experiment_go,
            scoring_failures::failures_go_with_their_trace_or_scorer,
            label_schemas::a_label_schema_lives_from_creation_to_deletion,
            label_schemas::an_update_of_a_label_schema_keeps_its_kind,
            label_schemas::an_experiment_has_one_default_label_schema,
            review_queues::a_review_queue_lives_from_creation_to_deletion,
            review_queues::an_update_of_a_review_queue_is_all_or_nothing,
            review_queues::an_item_is_settled_by_the_first_who_does,
            review_queues::progress_counts_items_by_status_and_reviewer,
            datasets::records_are_merged_by_their_inputs,
            datasets::a_batch_may_have_one_record_twice,
            datasets::a_dataset_tells_the_state_of_its_records,
            datasets::outputs_without_fields_have_one_type,
            datasets::every_change_of_records_is_a_version_that_stays,
            datasets::records_come_page_by_page,
            datasets::two_versions_are_compared,
            datasets::datasets_are_searched_by_experiment_filter_and_order,
            datasets::a_deleted_dataset_is_gone_with_all_versions,
            webhooks::a_webhook_lives_from_creation_to_deletion,
            webhooks::a_server_has_so_many_webhooks_at_most,
            webhooks::changes_of_a_prompt_are_told,
            webhooks::a_trace_that_ends_is_told_once,
            webhooks::a_new_assessment_is_told,
            alerts::a_rule_lives_from_creation_to_deletion,
            alerts::an_experiment_has_so_many_rules_at_most,
            alerts::an_evaluation_is_stored_with_its_alert_and_its_deliveries,
            alerts::an_evaluation_of_a_changed_rule_does_nothing,
            alerts::so_many_alerts_of_a_rule_are_kept,
            jobs::jobs_are_settled_with_those_that_follow,
            jobs::jobs_that_a_process_took_are_released_after_its_end,
            jobs::several_jobs_are_taken_at_once_in_the_order_of_the_source,
            jobs::a_job_is_taken_when_it_is_due_and_again_if_it_is_not_settled,
            jobs::a_job_is_added_once,
            jobs::jobs_of_busy_subjects_wait,
            jobs::finished_jobs_are_a_log_of_the_newest,
            jobs::so_many_jobs_of_a_subject_wait_at_most,
            jobs::a_job_that_is_postponed_is_done_once_after_the_last_time,
            reprice::costs_follow_new_prices_as_if_they_had_always_held,
            reprice::costs_that_were_said_stay,
            reprice::a_price_that_is_gone_takes_the_cost_along,
            reprice::only_traces_of_the_time_asked_for_are_repriced,
            reprice::a_page_token_that_is_none_is_refused,
            maintenance::what_an_experiment_takes_up_is_measured,
            maintenance::what_is_too_old_expires_oldest_first,
            maintenance::a_trace_dated_ahead_is_no_younger_than_its_arrival,
            maintenance::times_and_waits_are_remembered,
            maintenance::what_is_too_much_expires_until_the_newest_fit,
            maintenance::a_store_that_takes_writes_says_so,
            scan::a_scan_gives_what_was_projected,
            scan::a_scan_is_of_the_traces_asked_for,
            scan::spans_come_as_columns,
            scan::the_newest_are_seen_where_not_all_can_be,
            archive::changed_traces_are_archived_once_they_are_quiet,
            archive::the_batch_of_spans_stays_until_they_change,
            archive::changes_during_a_batch_stay_queued,
            archive::deleted_and_moved_traces_leave_the_archive,
            archive::expired_traces_stay_in_the_archive_and_wait_for_it,
            archive::expired_traces_are_known_until_they_are_deleted,
            archive::a_restored_trace_is_archived_again_once_it_is_complete,
            archive::rows_and_row_groups_of_live_files_are_found,
            archive::files_of_a_batch_become_live_together,
            archive::files_that_were_replaced_before_are_deleted_with_erased_ones,
            archive::traces_that_are_not_queued_must_be_in_the_archive,
            archive::a_batch_that_is_dropped_leaves_the_queue_as_it_was,
            archive::traces_that_cannot_be_archived_stay_queued,
            archive::stored_traces_are_queued_when_archiving_begins,
            archive::a_prefix_belongs_to_one_experiment,
            inputs::equal_inputs_have_equal_hashes,
            inputs::recorded_inputs_are_known_to_a_scan,
            inputs::feedback_tells_its_run_and_whether_the_judge_failed,
            lists::a_summary_tells_where_a_failure_began,
            lists::a_large_trace_has_a_small_span_sample,
            lists::lists_are_ordered_by_tokens_and_cost,
        }
    };
    (@cases $make:expr; $($area:ident :: $case:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let stores: $crate::suite::Stores = $make();
                $crate::suite::$area::$case(&stores).await;
            }
        )*
    };
}
