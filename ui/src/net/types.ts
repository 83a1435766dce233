// The shapes of answers, from the server's own description of its routes (docs/openapi.json).
import type { components } from "./schema";

type Schemas = components["schemas"];

export type ExperimentList = Schemas["ExperimentList"];
export type ExperimentSummary = Schemas["ExperimentSummary"];
export type TracePage = Schemas["TracePage"];
export type TraceRow = Schemas["TraceRow"];
export type TraceError = Schemas["TraceError"];
export type ShapeSegment = Schemas["ShapeSegment"];
export type AssessmentRow = Schemas["AssessmentRow"];
export type TraceSummary = Schemas["TraceSummary"];
export type SummaryBucket = Schemas["SummaryBucket"];
export type FieldList = Schemas["FieldList"];
export type FilterField = Schemas["FilterField"];
export type FacetList = Schemas["FacetList"];
export type FacetValue = Schemas["FacetValue"];
export type FilterCheck = Schemas["FilterCheck"];
export type FeedbackStat = Schemas["FeedbackStat"];
export type Skeleton = Schemas["Skeleton"];
export type SessionPlace = Schemas["SessionPlace"];
export type CutText = Schemas["CutText"];
export type PreviewList = Schemas["PreviewList"];
export type SpanPreview = Schemas["SpanPreview"];
export type FindResult = Schemas["FindResult"];
export type FindHit = Schemas["FindHit"];
export type SessionPage = Schemas["SessionPage"];
export type SessionRow = Schemas["SessionRow"];
export type SessionDetail = Schemas["SessionDetail"];
export type SessionTurn = Schemas["SessionTurn"];
export type Overview = Schemas["Overview"];
export type Figures = Schemas["Figures"];
export type OverviewPoint = Schemas["OverviewPoint"];
export type OverviewGroup = Schemas["OverviewGroup"];
export type ModelStat = Schemas["ModelStat"];
export type SpanStat = Schemas["SpanStat"];
export type FeedbackTrend = Schemas["FeedbackTrend"];
export type Quality = Schemas["Quality"];
export type QualityFactor = Schemas["QualityFactor"];
export type Distributions = Schemas["Distributions"];
export type Histogram = Schemas["Histogram"];
export type ServerInfo = Schemas["ServerInfo"];
export type TokenList = Schemas["TokenList"];
export type TokenRow = Schemas["TokenRow"];

// GET experiments/{e}/groups?by&q&from&to&buckets=0&max_results=100   by: session|user|version|environment|name|status|error|model|tag:KEY|metadata:KEY
export interface GroupList { by: string; groups: TraceGroup[]; complete: boolean; covered_from_ms: number|null }
export interface TraceGroup { value: string|null; filter: string; traces: number; errors: number; recovered: number; p50_ms: number|null; p95_ms: number|null;
  total_tokens: number; cost: number; first_ms: number; last_ms: number; feedback: FeedbackStat[]; series: number[] }
export interface ViewList { views: SavedView[] }
export interface SavedView { view_id: string; name: string; state: string; create_time_ms: number; update_time_ms: number }
