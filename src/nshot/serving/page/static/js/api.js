// The one way to the server: same origin, JSON, errors in words.
import { readEvents } from "./sse.js";

const KEY = "nshot.key";

/** An error whose message a person can act on. */
export class ApiError extends Error {
  constructor(message, { status = 0, type = "", body = null } = {}) {
    super(message);
    Object.assign(this, { status, type, body });
  }
}

export const hasKey = () => Boolean(sessionStorage.getItem(KEY));
/** Kept for this tab only, and gone with it. */
export const setKey = (key) => (key ? sessionStorage.setItem(KEY, key) : sessionStorage.removeItem(KEY));

export async function call(method, path, body, { signal } = {}) {
  const response = await send(method, path, body, { signal, accept: "application/json" });
  const text = await response.text();
  const answer = text ? parse(text) : null;
  if (!response.ok) throw toError(response, answer);
  return answer;
}

/** Asks, and hands each event to `onEvent(name, data)`; resolves after `done`, throws otherwise. */
export async function ask(body, { signal, onEvent }) {
  const response = await send("POST", "/api/ask", body, { signal, accept: "text/event-stream" });
  if (!response.ok) throw toError(response, parse(await response.text()));
  let done = false;
  for await (const { event, data } of readEvents(response.body)) {
    const value = parse(data);
    if (event === "error") throw new ApiError(sentence(value?.message) || "The answer failed.", value ?? {});
    onEvent(event, value);
    done ||= event === "done";
  }
  if (!done) throw new ApiError("The connection ended before the answer was complete. Ask again.");
}

async function send(method, path, body, { signal, accept }) {
  const headers = { "X-Nshot": "page", Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (hasKey()) headers.Authorization = `Bearer ${sessionStorage.getItem(KEY)}`;
  const payload = body === undefined ? undefined : JSON.stringify(body);
  try {
    return await fetch(path, { method, headers, body: payload, signal, credentials: "same-origin" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The server does not answer. Is `nshot serve` still running?");
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function sentence(text) {
  if (!text) return "";
  const upper = text[0].toUpperCase() + text.slice(1);
  return /[.!?)]$/.test(upper) ? upper : `${upper}.`;
}

function toError(response, body) {
  const { status } = response;
  const said = sentence(body?.error?.message);
  const wait = Number(response.headers.get("Retry-After"));
  const words = {
    401: hasKey() ? "The server does not accept this API key." : "This server needs an API key.",
    429: `The server is busy${wait ? `; try again in ${wait} s` : "; try again in a moment"}.`,
    503: "The server is still loading the model, or shutting down. Try again in a moment.",
  };
  const message = words[status] || said || `The server answered with status ${status}.`;
  return new ApiError(message, { status, type: body?.error?.type ?? "", body });
}
