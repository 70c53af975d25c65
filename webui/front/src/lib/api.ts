// SPDX-License-Identifier: GPL-2.0-or-later
// The hub's API: one function that asks, problems as errors, and whether the hub answers at all.
import { t } from "./i18n";
import { makeStore } from "./store";
import type { Change, FieldProblem, Finding } from "./types";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";
export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Request {
  method?: Method;
  path: string;
  query?: Query;
  body?: unknown;
  etag?: string | null;
  key?: string;
  dryRun?: boolean;
  trial?: Query; // of a dry run: what is tried with it
  force?: boolean;
  signal?: AbortSignal;
  quiet?: boolean; // nobody is asked to sign in again for it
  patience?: number; // ms
}

export interface Answer<T> {
  status: number;
  etag: string | null;
  body: T;
}

export interface DryRun<T = Record<string, unknown>> {
  would: T | null;
  changes: Change[];
  finding?: Finding; // of a flow that was to be tried with it
}

// What the hub refused, in its own words (RFC 9457), or what kept it from answering.
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    readonly detail: string,
    readonly errors: FieldProblem[] = [],
    readonly retryAfter: number | null = null,
    readonly triesLeft: number | null = null, // of a PIN
  ) {
    super(detail);
  }

  get isAway(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }

  // The change would do; what was to be tried with it is wrong.
  get isTrial(): boolean {
    return this.errors.length > 0 && this.errors.every((error) => error.field.startsWith("test_"));
  }

  // A saved check of the firewall would fail: the same request with force=1 is taken.
  get isCheck(): boolean {
    return this.status === 409 && this.errors.some((error) => error.wrong.startsWith("would no longer hold"));
  }
}

export type Link = "open" | "away";
export const link = makeStore<Link>("open");

let onUnauthorised: () => void = () => undefined;

export function whenUnauthorised(told: () => void): void {
  onUnauthorised = told;
}

let onStale: () => Promise<boolean> = () => Promise.resolve(false);

// A sign-in that is too long ago for what is asked: whoever is told answers whether there is a new one.
export function whenStale(told: () => Promise<boolean>): void {
  onStale = told;
}

export const base = "/api/v1";

export function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    parameters.set(name, value === true ? "yes" : value === false ? "no" : String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

function headersOf(request: Request): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json" };
  // A change is told from a form of another site by its media type.
  if (request.method && request.method !== "GET") headers["content-type"] = "application/json";
  if (request.etag) headers["if-match"] = request.etag;
  if (request.key) headers["idempotency-key"] = request.key;
  return headers;
}

function problemOf(status: number, body: unknown, retryAfter: number | null): Problem {
  const document = (body ?? {}) as { type?: string; title?: string; detail?: string; errors?: FieldProblem[]; tries_left?: number };
  const type = (document.type ?? "").replace(/^.*\//, "");
  const errors = Array.isArray(document.errors) ? document.errors : [];
  return new Problem(status, type, document.detail || document.title || t("problem_status", { status }), errors, retryAfter, document.tries_left ?? null);
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!text) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

// A hub that has taken a request and says nothing for so long is as good as away.
const patience = { ask: 10000, change: 40000 };

interface Patience {
  signal: AbortSignal;
  end: () => void;
}

function patienceOf(request: Request): Patience {
  const stop = new AbortController();
  const usual = !request.method || request.method === "GET" || request.dryRun ? patience.ask : patience.change;
  const timer = setTimeout(() => stop.abort(), request.patience ?? usual);
  const leave = () => stop.abort();
  request.signal?.addEventListener("abort", leave);
  if (request.signal?.aborted) leave();
  return {
    signal: stop.signal,
    end: () => {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", leave);
    },
  };
}

async function send(request: Request, signal: AbortSignal): Promise<Response> {
  const method = request.method ?? "GET";
  const query = { ...request.query, ...(request.dryRun && { ...request.trial, dry_run: 1 }), ...(request.force && { force: 1 }) };
  return fetch(base + request.path + queryText(query), {
    method,
    headers: headersOf(request),
    body: method === "GET" ? undefined : request.body === undefined ? undefined : JSON.stringify(request.body),
    signal,
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
  });
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

async function exchange(request: Request): Promise<[Response, unknown]> {
  const { signal, end } = patienceOf(request);
  try {
    const response = await send(request, signal);
    return [response, await bodyOf(response)];
  } catch (error) {
    if (isAbort(error) && request.signal?.aborted) throw error;
    link.set("away");
    throw new Problem(0, "away", t("problem_away"));
  } finally {
    end();
  }
}

export async function ask<T>(request: Request): Promise<Answer<T>> {
  const [response, body] = await exchange(request);
  if (response.ok) {
    link.set("open");
    return { status: response.status, etag: response.headers.get("etag"), body: body as T };
  }
  const retryAfter = Number(response.headers.get("retry-after")) || null;
  const problem = problemOf(response.status, body, retryAfter);
  if (problem.isAway) link.set("away");
  else link.set("open");
  if (problem.type === "sign-in-again" && !request.quiet && (await onStale())) return ask({ ...request, quiet: true });
  if (response.status === 401 && !request.path.startsWith("/session") && !request.path.startsWith("/setup")) onUnauthorised();
  throw problem;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await ask<T>({ path, query, signal })).body;
}

export async function dryRun<T>(request: Request, signal?: AbortSignal): Promise<DryRun<T>> {
  return (await ask<DryRun<T>>({ ...request, dryRun: true, key: undefined, signal })).body;
}

// Of a change that must not be done twice, whatever happens to its answer.
export function makeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// All pages of a list, told as they come.
export async function getAll<T>(
  path: string,
  query: Query,
  told: (items: T[], complete: boolean) => void,
  signal?: AbortSignal,
): Promise<void> {
  let cursor: string | null = null;
  let items: T[] = [];
  // The first page is small: it is on the screen before the rest is there.
  let limit = 100;
  do {
    const page: { items: T[]; next: string | null } = await get(path, { ...query, limit, cursor }, signal);
    items = items.concat(page.items);
    cursor = page.next;
    limit = 1000;
    told(items, cursor === null);
  } while (cursor !== null);
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(-1, "page", error instanceof Error ? error.message : String(error));
}
