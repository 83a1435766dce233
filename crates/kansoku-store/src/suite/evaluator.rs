//! Filters and orders of the engine, compared with the evaluator on the same traces in memory.
use kansoku_filter::eval::{Evaluator, TraceView};
use kansoku_filter::{Filter, Order, OrderBy};
use kansoku_model::{Assessment, ExperimentId, SpanRow, metadata_key};

use super::Stores;
use super::build::{experiment, numbers, query, trace_id};
use super::random::{filter, order_by, seeded, write_traces};
use crate::core::chunk_payload::ChunkPayload;
use crate::{SpanList, TraceListItem, WhichSpans};

const TRACES: u64 = 40;
const FILTERS: usize = 300;
const ORDERS: usize = 40;

pub async fn filters_and_orders_are_those_of_the_evaluator(stores: &Stores) {
    let (mut random, seed) = seeded();
    let here = experiment(stores, "here").await;
    let there = experiment(stores, "there").await;
    write_traces(stores, (here, there), TRACES, &mut random).await;
    let traces = MemoryTrace::load_all(stores, TRACES).await;
    let newest_first = Order::new(&[]);
    let mut telling = 0;
    for _ in 0..FILTERS {
        let text = filter(&mut random, 3);
        let parsed = Filter::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let kept =
            check(stores, &[here], &traces, &parsed, &text, (&[], &newest_first), seed).await;
        telling += usize::from(0 < kept && kept < TRACES as usize / 2);
    }
    assert!(FILTERS / 10 < telling, "{telling} filters tell traces apart; KANSOKU_SEED={seed}");
    for _ in 0..ORDERS {
        let items = order_by(&mut random);
        let Ok(keys) = OrderBy::parse_list(&items) else { continue };
        let (text, order) = (filter(&mut random, 1), Order::new(&keys));
        let parsed = Filter::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let both = [here, there];
        check(stores, &both, &traces, &parsed, &text, (&items, &order), seed).await;
    }
}

/// Checks that the engine returns the same traces in the same order as the evaluator; returns their
/// number.
async fn check(
    stores: &Stores,
    experiments: &[ExperimentId],
    traces: &[MemoryTrace],
    filter: &Filter,
    text: &str,
    (items, order): (&[String], &Order),
    seed: u64,
) -> usize {
    let mut search = query(experiments, text);
    search.order_by = OrderBy::parse_list(items).expect("it was read before");
    let page = stores.traces.search(search).await;
    let page = page.unwrap_or_else(|error| panic!("{text}: {error}; KANSOKU_SEED={seed}"));
    let evaluator = Evaluator::new(filter);
    let mut kept: Vec<_> = traces
        .iter()
        .filter(|trace| experiments.contains(&trace.listed.info.experiment_id))
        .filter(|trace| evaluator.matches(&trace.view()))
        .map(|trace| (order.place_of(&trace.view()), trace.number))
        .collect();
    kept.sort_by(|(a, _), (b, _)| order.compare(a, b));
    let kept: Vec<u64> = kept.into_iter().map(|(_, number)| number).collect();
    assert_eq!(numbers(&page), kept, "{text} {items:?}; KANSOKU_SEED={seed}");
    kept.len()
}

/// A trace as the evaluator reads it.
pub(super) struct MemoryTrace {
    number: u64,
    pub(super) listed: TraceListItem,
    pub(super) rows: Vec<SpanRow>,
    prompts: Vec<(String, String)>,
    of_session: Vec<Assessment>,
    payload: ChunkPayload<'static>,
}

impl MemoryTrace {
    /// The traces up to a number.
    pub(super) async fn load_all(stores: &Stores, traces_max: u64) -> Vec<Self> {
        let mut traces = Vec::new();
        for n in 1..=traces_max {
            traces.push(Self::load(stores, n).await);
        }
        let said_of: Vec<(ExperimentId, String, Vec<Assessment>)> = traces
            .iter()
            .filter_map(|trace| {
                let info = &trace.listed.info;
                let session = info.metadata.get(metadata_key::SESSION)?;
                Some((info.experiment_id, session.clone(), info.assessments.clone()))
            })
            .collect();
        for trace in &mut traces {
            let info = &trace.listed.info;
            let session = info.metadata.get(metadata_key::SESSION);
            let of_session = said_of.iter().filter(|(experiment, of, _)| {
                *experiment == info.experiment_id && Some(of) == session
            });
            trace.of_session = of_session.flat_map(|(.., said)| said.clone()).collect();
        }
        traces
    }

    async fn load(stores: &Stores, number: u64) -> Self {
        let id = trace_id(number);
        let listed =
            stores.traces.list_items(std::slice::from_ref(&id)).await.expect("it is there");
        let list = SpanList { which: WhichSpans::All, after: None, max_results: 100 };
        let page = stores.traces.span_page(&id, list).await.expect("it is there");
        let stored = stores.traces.spans(&id).await.expect("it is there");
        let links = stores.traces.links(std::slice::from_ref(&id)).await.expect("it is there");
        let prompts = links[0].prompts.iter();
        Self {
            number,
            rows: page.spans.into_iter().map(|span| span.row).collect(),
            listed: TraceListItem { info: stored.info, ..listed[0].clone() },
            prompts: prompts.map(|it| (it.name.clone(), it.version.clone())).collect(),
            of_session: Vec::new(),
            payload: ChunkPayload::new(stored.chunks),
        }
    }

    pub(super) fn view(&self) -> TraceView<'_> {
        TraceView {
            info: &self.listed.info,
            usage: self.listed.summary.usage,
            cost: self.listed.summary.cost,
            run_ids: &self.listed.runs,
            prompts: &self.prompts,
            spans: &self.rows,
            session_assessments: &self.of_session,
            payload: &self.payload,
        }
    }
}
