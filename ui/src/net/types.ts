// CONTRACT of Kansoku's own routes that the UI uses. All under /ajax-api/3.0/kansoku/… (and /api/3.0/kansoku/…).
// Rust type names = these names (utoipa ToSchema), so generated TypeScript keeps them. snake_case JSON. Times: *_ms = ms since 1970 (number).
// Times inside a trace: offsets in µs from the trace's start (safe in doubles). cost = US dollars (number). null = unknown, never absent unless marked "?".
// {e} = experiment id (digits) or, URL-encoded, its name. q = filter text (docs/filter.md); from,to = ms, both optional, inclusive.
// Every aggregate has `complete`: false = stopped at `traces_max`/deadline, newest first; then `covered_from_ms` says how far back it reached.
// Errors: {"error_code","message"}; a bad filter additionally {"details":{"from","to","hint"}} = byte offsets in q → caret in the filter line.

// ---------- experiments ----------
// GET experiments            (?window_days=7)
export interface ExperimentList { experiments: ExperimentSummary[] }
export interface ExperimentSummary {
  experiment_id: string; name: string; lifecycle_stage: string; creation_time_ms: number; last_update_time_ms: number;
  tags: Record<string,string>;
  traces: number;                 // all there are
  last_trace_ms: number|null;
  window: { days: number; traces: number; errors: number; cost: number; p95_ms: number|null };
  sparkline: number[];            // 48 buckets over the window, traces
}
// create/rename/delete/restore/tag: MLflow's own routes (2.0/mlflow/experiments/…).

// ---------- trace lists ----------
// GET experiments/{e}/traces?q&from&to&order_by&page_token&max_results(<=500, default 100)
// order_by: "timestamp DESC" (default) | execution_time | tokens | cost | name | status … ASC/DESC
export interface TracePage { traces: TraceRow[]; next_page_token: string|null }
// GET traces/rows?ids=tr-1,tr-2 (<=500) → TracePage (order asked; unknown left out)
export interface TraceRow {
  trace_id: string; experiment_id: string; client_request_id: string|null; name: string|null;
  state: "OK"|"ERROR"|"IN_PROGRESS"|"STATE_UNSPECIFIED";
  recovered: boolean;             // state OK, yet a span failed
  request_time_ms: number; duration_ms: number|null; span_count: number; failed_spans: number;
  input: string|null; output: string|null;   // plain text, <= 300 chars: last user message / answer; Markdown and JSON dressing removed
  error: TraceError|null;         // deepest failed span (the first one to fail)
  shape: ShapeSegment[];          // <= 24, leaf spans merged, by start
  input_tokens: number|null; output_tokens: number|null; total_tokens: number|null; cached_tokens: number|null; cost: number|null;
  session: string|null; user: string|null; version: string|null; environment: string|null; run_ids: string[]; source: string|null;
  tags: Record<string,string>; metadata: Record<string,string>;   // mlflow.* internals that are shown otherwise (previews, usage) left out
  assessments: AssessmentRow[];   // valid ones
}
export interface TraceError { span_id: string; span: string; message: string|null }   // message "TimeoutError: vector store timed out", <= 300 chars
export interface ShapeSegment { start: number; end: number; type: string; failed: boolean } // start,end 0..1000 of the trace's duration
export interface AssessmentRow { assessment_id: string; name: string; kind: "feedback"|"expectation"|"issue"; value: unknown; rationale: string|null; error: string|null;
  source_type: string; source_id: string|null; span_id: string|null; create_time_ms: number; update_time_ms: number }

// GET experiments/{e}/traces/summary?q&from&to&buckets=60(<=200) — histogram and the line above the table
export interface TraceSummary { from_ms: number; to_ms: number; bucket_ms: number; buckets: SummaryBucket[];
  traces: number; errors: number; recovered: number; in_progress: number; p50_ms: number|null; p95_ms: number|null; p99_ms: number|null;
  input_tokens: number; output_tokens: number; cached_tokens: number; total_tokens: number; cost: number;
  newest_ms: number|null; oldest_ms: number|null; complete: boolean; covered_from_ms: number|null }
export interface SummaryBucket { start_ms: number; ok: number; error: number; recovered: number; in_progress: number }

// GET experiments/{e}/fields → what can be filtered by, the data's own keys included
export interface FieldList { fields: FilterField[] }
export interface FilterField { field: string;          // as written in a filter, quoted where needed: "tags.env", "feedback.`my metric`", "span.name"
  kind: "text"|"number"|"time"|"choice"; group: "trace"|"span"|"tag"|"metadata"|"feedback"|"expectation"; comparators: string[]; traces: number|null; help: string }
// GET experiments/{e}/facets?field&prefix&q&from&to&max_results=20 → values with how many traces have them, commonest first
export interface FacetList { field: string; values: FacetValue[]; complete: boolean }
export interface FacetValue { value: string; traces: number }
// GET filter/check?q
export interface FilterCheck { ok: boolean; message: string|null; from: number|null; to: number|null; hint: string|null; mlflow: boolean /* MLflow itself takes it */ }
// Filter language, beyond MLflow: OR NOT (); fields tokens, cost (numbers), session, user, version, environment (short for the metadata/tags), error (text of a failed span),
// span.model, span.provider; a bare quoted text = full text of the trace; duration 5s / 200ms units on execution_time/duration; comparator CONTAINS.

// GET experiments/{e}/groups?by&q&from&to&buckets=0&max_results=100   by: session|user|version|environment|name|status|error|model|tag:KEY|metadata:KEY
export interface GroupList { by: string; groups: TraceGroup[]; complete: boolean; covered_from_ms: number|null }
export interface TraceGroup { value: string|null; filter: string /* q that keeps just this group */; traces: number; errors: number; recovered: number; p50_ms: number|null; p95_ms: number|null;
  total_tokens: number; cost: number; first_ms: number; last_ms: number; feedback: FeedbackStat[]; series: number[] /* traces per bucket */ }
export interface FeedbackStat { name: string; n: number; pass_rate: number|null /* yes/no, true/false, pass/fail, thumbs */; mean: number|null; median: number|null; p10: number|null; p90: number|null; values: FacetValue[] /* commonest */ }

// saved views
// GET experiments/{e}/views → ViewList; POST experiments/{e}/views {name, state} → SavedView; PATCH views/{view_id} {name?, state?}; DELETE views/{view_id}
export interface ViewList { views: SavedView[] }
export interface SavedView { view_id: string; name: string; state: string /* the URL's query string without '?' */; create_time_ms: number; update_time_ms: number }

// GET experiments/{e}/traces/export?format=jsonl|csv|otlp&q&from&to&ids=… → streamed download (Content-Disposition: attachment)
// GET traces/{id}/otlp (exists) ; bulk tag/assess/delete: MLflow's own routes, called per trace / DELETE traces.

// GET experiments/{e}/live (SSE, exists): events trace (MLflow TraceInfo), deleted, lagged. After a `trace` event ask traces/rows?ids for its row.

// ---------- one trace ----------
// GET traces/{id}/skeleton?after=<index>&max_results=20000 — columnar, pre-order by start
export interface Skeleton { trace: TraceRow; session: SessionPlace|null; start_ns: string /* decimal text */; duration_us: number; spans_total: number; first: number /* index of first span here */; next: number|null /* ask after=next for more */;
  strings: string[]; // names, types, models: columns index into it
  id: string[]; parent: number[] /* index in the whole order, -1 = root */; orphan: number[] /* indices whose parent is not stored */;
  name: number[]; type: number[]; start: number[] /* µs offset */; duration: (number|null)[] /* µs, null open */; status: number[] /* 0 unset 1 ok 2 error */;
  model: number[] /* -1 none */; tokens: (number|null)[]; input_tokens: (number|null)[]; output_tokens: (number|null)[]; cost: (number|null)[]; first_token: (number|null)[] /* µs offset */; error: (string|null)[] }
export interface SessionPlace { session: string; turn: number; turns: number; previous: string|null; next: string|null }  // trace ids
// GET traces/{id}/spans/{span_id}?text_max=65536 → {span, meaning, cut: CutText[]}: exists; text_max new: longer strings are cut, each listed
export interface CutText { path: string /* JSON pointer into the answer */; bytes: number; field: string /* inputs | outputs | attributes.KEY | events.0.KEY */ }
// GET traces/{id}/spans/{span_id}/fields/{field} → the raw value (application/json or text/plain), whole, Range not needed, gzip
// POST traces/{id}/previews {span_ids:[≤50]} → PreviewList (transcript)
export interface PreviewList { previews: SpanPreview[] }
export interface SpanPreview { span_id: string; input: string|null; output: string|null; messages: unknown[] /* meaning.messages, texts cut at 4000 */; tool_calls: unknown[]; documents: unknown[]; error: string|null }
// GET traces/{id}/find?q&max_results=200 → case-insensitive substring over names, inputs, outputs, attributes, events
export interface FindResult { hits: FindHit[]; complete: boolean }
export interface FindHit { span_id: string; field: string; before: string; match: string; after: string }
// attachments: MLflow's get-trace-artifact. Assessments/tags: MLflow's 3.0 routes.

// ---------- sessions ----------
// GET experiments/{e}/sessions?q&from&to&page_token&max_results → newest last activity first
export interface SessionPage { sessions: SessionRow[]; next_page_token: string|null }
export interface SessionRow { session: string; traces: number; errors: number; recovered: number; users: string[]; versions: string[]; first_ms: number; last_ms: number; wall_ms: number; active_ms: number;
  total_tokens: number; cost: number; p95_ms: number|null; first_input: string|null; last_output: string|null; feedback: FeedbackStat[] }
// GET experiments/{e}/sessions/{session} → all turns, oldest first (page_token)
export interface SessionDetail { session: SessionRow; turns: SessionTurn[]; next_page_token: string|null; assessments: AssessmentRow[] /* of the session */ }
export interface SessionTurn { row: TraceRow; input: string|null; output: string|null /* whole text of last user message and answer, cut at 20000 */; failed: TraceError[]; tools: { name: string; failed: boolean; duration_ms: number|null }[] }

// ---------- overview, quality, compare ----------
// GET experiments/{e}/overview?q&from&to&buckets=60&by=model|provider|user|version|environment|name|session|tag:KEY
export interface Overview { from_ms: number; to_ms: number; bucket_ms: number; figures: Figures; previous: Figures /* equal period before */; series: OverviewPoint[];
  by: OverviewGroup[]; models: ModelStat[]; tools: SpanStat[]; retrievers: SpanStat[]; feedback: FeedbackTrend[]; complete: boolean; covered_from_ms: number|null }
export interface Figures { traces: number; errors: number; recovered: number; p50_ms: number|null; p95_ms: number|null; p99_ms: number|null; input_tokens: number; output_tokens: number; cached_tokens: number; total_tokens: number; cost: number; sessions: number; users: number }
export interface OverviewPoint { start_ms: number; ok: number; error: number; recovered: number; p50_ms: number|null; p95_ms: number|null; p99_ms: number|null; input_tokens: number; output_tokens: number; cached_tokens: number; cost: number }
export interface OverviewGroup { value: string|null; filter: string; figures: Figures; traces: number[]; cost: number[]; tokens: number[]; p95_ms: (number|null)[] /* per bucket */ }
export interface ModelStat { model: string; provider: string|null; filter: string; calls: number; errors: number; p50_ms: number|null; p95_ms: number|null; first_token_p50_ms: number|null; input_tokens: number; output_tokens: number; cost: number }
export interface SpanStat { name: string; filter: string; calls: number; errors: number; traces: number; p50_ms: number|null; p95_ms: number|null; series: number[]; error_series: number[] }
export interface FeedbackTrend { stat: FeedbackStat; filter: string; series: { start_ms: number; n: number; pass_rate: number|null; mean: number|null }[] }
// GET experiments/{e}/quality?feedback=NAME&bad=VALUE(optional; default: no/false/fail/negative, or below the median)&q&from&to
export interface Quality { names: FeedbackStat[]; feedback: string|null; bad_filter: string; good_filter: string; rated: number; bad: number; factors: QualityFactor[]; complete: boolean }
export interface QualityFactor { dimension: string /* version | tag:env | model | tool | prompt | name | session length | duration | error | user … */; value: string; filter: string; traces: number; bad: number; good: number; bad_rate: number; npmi: number|null; npmi_smoothed: number|null }
// POST 3.0/mlflow/traces/calculate-filter-correlation (MLflow's own route, facts: reference package) 
// GET experiments/{e}/distributions?q&from&to → one side of a comparison
export interface Distributions { figures: Figures; latency_ms: Histogram; tokens: Histogram; cost: Histogram; feedback: FeedbackStat[]; complete: boolean }
export interface Histogram { edges: number[] /* n+1, log spaced */; counts: number[]; p50: number|null; p90: number|null; p99: number|null }

// ---------- server ----------
// GET ingest (exists), experiments/{id}/storage (exists), 3.0/mlflow/server-info (exists)
// GET server → ServerInfo
export interface ServerInfo { version: string; mlflow_version: string; started_ms: number; needs_token: boolean; token_name: string|null; database_bytes: number; blob_bytes: number; traces: number; retention: string|null; otlp_http: boolean; grpc_port: number|null }
// GET tokens → TokenList; POST tokens {name} → {token_id, name, token} (shown once); DELETE tokens/{token_id}
export interface TokenList { tokens: TokenRow[] }
export interface TokenRow { token_id: string; name: string; created_ms: number }
// Sign-in where tokens exist: POST session {token} → 204 + cookie kansoku_session (HttpOnly, SameSite=Strict, Path=/); DELETE session. All routes take the cookie, too.
// GET /api/docs (page listing all own routes, no outside asset), GET /api/openapi.json
