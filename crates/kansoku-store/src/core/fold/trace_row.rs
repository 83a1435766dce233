//! A trace's row in memory: the fold of its spans and of the infos from its client.
//!
//! Values from a client win; the rest comes from the spans. Both may arrive in any order and any
//! number of times, and result in the same row.
use kansoku_model::{
    CallKey, CallText, Cost, ExperimentId, RootSpan, SpanId, SpanPreviews, TimestampMs, TokenUsage,
    TraceFold, TraceInfo, TraceState,
};

use super::client_overrides::ClientOverrides;

#[derive(Clone, Debug, PartialEq)]
pub struct TraceRow {
    pub trace_id: String,
    pub experiment: ExperimentId,
    pub request_time: TimestampMs,
    pub duration_ms: Option<i64>,
    pub state: TraceState,
    pub name: Option<String>,
    pub client_request_id: Option<String>,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
    /// The model calls whose texts are the previews, if the root has none.
    pub request_call: Option<CallKey>,
    pub response_call: Option<CallKey>,
    pub given: ClientOverrides,
    pub start_ns: Option<i64>,
    pub end_ns: Option<i64>,
    pub root: Option<RootKey>,
    pub span_count: u64,
    pub usage: Option<TokenUsage>,
    pub cost: Option<Cost>,
}

/// Identifies the root that the row has its fields from, and ranks it: a better root replaces them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootKey {
    pub start_ns: i64,
    pub span_id: SpanId,
    pub open: bool,
    pub failed: bool,
}

impl RootKey {
    fn from_root(root: &RootSpan) -> Self {
        let RootSpan { start_ns, span_id, open, failed, .. } = *root;
        Self { start_ns, span_id, open, failed }
    }

    /// Whether `other` replaces this root: it is an earlier root, or the same one, unless that
    /// would reopen it.
    fn yields_to(&self, other: &Self) -> bool {
        (other.start_ns, other.span_id, other.open) <= (self.start_ns, self.span_id, self.open)
    }

    fn state(&self) -> TraceState {
        match (self.open, self.failed) {
            (true, _) => TraceState::InProgress,
            (false, true) => TraceState::Error,
            (false, false) => TraceState::Ok,
        }
    }
}

/// One of the two previews, to be merged. A preview from a client takes precedence over one from the
/// root, then from log records of the root, then from a model call.
struct PreviewMut<'a> {
    text: &'a mut Option<String>,
    call: &'a mut Option<CallKey>,
    is_given: bool,
}

impl PreviewMut<'_> {
    fn set_of_root(self, text: Option<&String>) {
        if !self.is_given && (text.is_some() || self.call.is_none()) {
            *self.text = text.cloned();
            *self.call = None;
        }
    }

    fn fill(self, text: Option<&String>) {
        if text.is_some() && (self.text.is_none() || self.call.is_some()) {
            *self.text = text.cloned();
            *self.call = None;
        }
    }

    fn offer(self, offered: Option<&CallText>, replaces: fn(CallKey, CallKey) -> bool) {
        let Some(offered) = offered.filter(|_| !self.is_given) else { return };
        let is_better = match *self.call {
            Some(present) => replaces(offered.call, present),
            None => self.text.is_none(),
        };
        if is_better {
            *self.text = Some(offered.text.clone());
            *self.call = Some(offered.call);
        }
    }
}

impl TraceRow {
    /// A trace before its first span or info.
    pub fn new(trace_id: String, experiment: ExperimentId) -> Self {
        Self {
            trace_id,
            experiment,
            request_time: TimestampMs(0),
            duration_ms: None,
            state: TraceState::InProgress,
            name: None,
            client_request_id: None,
            request_preview: None,
            response_preview: None,
            request_call: None,
            response_call: None,
            given: ClientOverrides::default(),
            start_ns: None,
            end_ns: None,
            root: None,
            span_count: 0,
            usage: None,
            cost: None,
        }
    }

    /// Merges more spans; tags and metadata are merged separately.
    pub fn merge_spans(&mut self, fold: &TraceFold) {
        self.start_ns = [self.start_ns, fold.start_ns].into_iter().flatten().min();
        self.end_ns = self.end_ns.max(fold.end_ns);
        if let Some(root) = &fold.root {
            let key = RootKey::from_root(root);
            if self.root.is_none_or(|present| present.yields_to(&key)) {
                self.root = Some(key);
                let name = Some(&root.name).filter(|name| !name.is_empty());
                self.set_unless_given(ClientOverrides::NAME, |r| &mut r.name, name);
                let [request, response] = self.previews_mut();
                request.set_of_root(root.request_preview.as_ref());
                response.set_of_root(root.response_preview.as_ref());
            }
        }
        let [request, response] = self.previews_mut();
        // The first call has the request, the last one the response. A call that is sent again
        // replaces its text.
        request.offer(fold.request.as_ref(), |offered, present| offered <= present);
        response.offer(fold.response.as_ref(), |offered, present| present <= offered);
        self.settle();
    }

    pub fn root_span(&self) -> Option<SpanId> {
        self.root.map(|root| root.span_id)
    }

    /// Sets missing previews to those from log records of the root span.
    pub fn fill_previews(&mut self, of_root: &SpanPreviews) {
        let [request, response] = self.previews_mut();
        request.fill(of_root.request.as_ref());
        response.fill(of_root.response.as_ref());
    }

    /// Whether log records of the root cannot add a preview.
    pub fn has_previews(&self) -> bool {
        let of_root =
            |text: &Option<String>, call: Option<CallKey>| text.is_some() && call.is_none();
        of_root(&self.request_preview, self.request_call)
            && of_root(&self.response_preview, self.response_call)
    }

    fn previews_mut(&mut self) -> [PreviewMut<'_>; 2] {
        [
            PreviewMut {
                text: &mut self.request_preview,
                call: &mut self.request_call,
                is_given: self.given.has(ClientOverrides::REQUEST_PREVIEW),
            },
            PreviewMut {
                text: &mut self.response_preview,
                call: &mut self.response_call,
                is_given: self.given.has(ClientOverrides::RESPONSE_PREVIEW),
            },
        ]
    }

    fn set_unless_given(
        &mut self,
        part: ClientOverrides,
        field: impl Fn(&mut Self) -> &mut Option<String>,
        value: Option<&String>,
    ) {
        if !self.given.has(part) {
            *field(self) = value.cloned();
        }
    }

    /// Merges an info from a client; tags, metadata and assessments are merged separately.
    pub fn merge_info(&mut self, info: &TraceInfo) {
        self.experiment = info.experiment_id;
        self.given.add(ClientOverrides::INFO);
        self.request_time = info.request_time;
        self.client_request_id.clone_from(&info.client_request_id);
        if let Some(duration) = info.execution_duration {
            self.given.add(ClientOverrides::DURATION);
            self.duration_ms = Some(duration.0);
        }
        if info.state.is_final() {
            self.given.add(ClientOverrides::STATE);
        } else {
            self.given.remove(ClientOverrides::STATE);
        }
        self.state = info.state;
        for (part, said, field) in [
            (ClientOverrides::NAME, &info.name, &mut self.name),
            (ClientOverrides::REQUEST_PREVIEW, &info.request_preview, &mut self.request_preview),
            (ClientOverrides::RESPONSE_PREVIEW, &info.response_preview, &mut self.response_preview),
        ] {
            if said.is_some() {
                self.given.add(part);
                field.clone_from(said);
            }
        }
        self.request_call = self.request_call.filter(|_| info.request_preview.is_none());
        self.response_call = self.response_call.filter(|_| info.response_preview.is_none());
        self.settle();
    }

    /// Updates the columns that are derived from spans, unless a client set them.
    fn settle(&mut self) {
        if let Some(start_ns) = self.start_ns.filter(|_| !self.given.has(ClientOverrides::INFO)) {
            self.request_time = TimestampMs::floor_ns(start_ns);
        }
        if !self.given.has(ClientOverrides::DURATION) {
            let ended = |end_ns| TimestampMs::floor_ns(end_ns).0 - self.request_time.0;
            // Clocks of different machines disagree: the duration of a trace is never negative.
            self.duration_ms = self.end_ns.map(|end_ns| ended(end_ns).max(0));
        }
        if !self.given.has(ClientOverrides::STATE) && 0 < self.span_count {
            self.state = self.root.map_or(TraceState::InProgress, |root| root.state());
        }
    }
}
