// Server-sent events out of the body of a POST (EventSource can only GET).

/** A parser that is fed pieces of text as they come and yields whole events {event, data}. */
export function eventParser() {
  let rest = "";
  let event = "";
  let data = [];

  return function* feed(piece) {
    rest += piece;
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (data.length) yield { event: event || "message", data: data.join("\n") };
        event = "";
        data = [];
      } else if (!line.startsWith(":")) {
        const at = line.indexOf(":");
        const field = at < 0 ? line : line.slice(0, at);
        const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
        if (field === "event") event = value;
        else if (field === "data") data.push(value);
      }
    }
  };
}

/** All events of a response's body. */
export async function* readEvents(body) {
  const feed = eventParser();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let ended = false;
  try {
    while (!ended) {
      const { done, value } = await reader.read();
      ended = done;
      if (!done) yield* feed(value);
    }
  } finally {
    if (!ended) reader.cancel().catch(() => {});
  }
}
