// Requests to the server. All failures are `ApiError`s.
import { ROOT } from "./root";

type Query = Record<string, string | number | boolean | null | undefined>;

export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    message: string,
    /** MLflow's error code, such as `RESOURCE_DOES_NOT_EXIST`. */
    readonly code: string,
    /** HTTP status; 0 if there was no response. */
    readonly status: number,
    readonly path: string,
    /** Further data of the error response, such as the position of a mistake in a filter. */
    readonly details: unknown = null,
  ) {
    super(message);
  }
}

/** Kansoku's own routes: `kansoku<TraceSummary>("experiments/1/traces/summary", { q })` */
export function kansoku<T>(path: string, query: Query = {}, options: RequestOptions = {}): Promise<T> {
  return request<T>(`3.0/kansoku/${path}`, query, options);
}

/** MLflow's routes that read: `mlflowGet("2.0/mlflow/runs/get", { run_id })` */
export function mlflowGet<T>(path: string, query: Query = {}): Promise<T> {
  return request<T>(path, query, {});
}

/** All pages of a list. */
export async function mlflowPages<P extends { next_page_token?: string }>(path: string, query: Query): Promise<P[]> {
  const pages: P[] = [];
  let token: string | undefined;
  do {
    const page: P = await mlflowGet<P>(path, { ...query, page_token: token });
    pages.push(page);
    token = page.next_page_token;
  } while (token);
  return pages;
}

/** MLflow's other routes: `mlflow("2.0/mlflow/experiments/create", { name })` */
export function mlflow<T>(path: string, body?: unknown, method = "POST"): Promise<T> {
  return request<T>(path, {}, { method, body });
}

export interface RequestOptions {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

/** The address of a route, for links, downloads and streams. */
export function apiUrl(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return `${ROOT}ajax-api/${path}${text && `?${text}`}`;
}

export async function request<T>(path: string, query: Query, { method = "GET", body, signal }: RequestOptions): Promise<T> {
  const response = await send(path, apiUrl(path, query), {
    method,
    signal,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return (text ? JSON.parse(text) : null) as T;
}

/** The response; throws an `ApiError` if its status is not 2xx. */
export async function send(path: string, url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("The server cannot be reached", "UNREACHABLE", 0, path);
  }
  if (response.ok) return response;
  throw await errorOf(response, path);
}

async function errorOf(response: Response, path: string): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  try {
    const { error_code, message, details } = JSON.parse(text) as Record<string, unknown>;
    return new ApiError(String(message), String(error_code), response.status, path, details);
  } catch {
    // HTML is most likely the error page of a proxy.
    const message = text.trim().startsWith("<") ? response.statusText : text.slice(0, 500);
    return new ApiError(message || `HTTP ${response.status}`, "HTTP_ERROR", response.status, path);
  }
}
