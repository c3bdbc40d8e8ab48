// The stages of an answer as they pass, with what each found and how long it took.
import { announce, button, clear, h, icon, seconds } from "./dom.js";

const STAGES = [
  ["retrieved", "Examples", "Looking for examples"],
  ["prompt", "Prompt", "Building the prompt"],
  ["sql", "SQL", "Writing the SQL"],
  ["rows", "Rows", "Running the SQL"],
];

export function stageList(onCancel) {
  const cancel = button("Cancel", onCancel, { symbol: "cross", kind: "quiet small" });
  const list = h("ol", { class: "stages" });
  const element = h("div", { class: "progress bar" }, list, h("span", { class: "push" }), cancel);
  const parts = new Map();
  for (const [name, title, doing] of STAGES) {
    const mark = h("span", { class: "mark" });
    const fact = h("span", { class: "fact" });
    const item = h("li", { "data-state": "waiting" }, mark, h("span", {}, title), fact);
    list.append(item);
    parts.set(name, { item, mark, fact, doing });
  }

  const set = (name, state) => parts.get(name).item.setAttribute("data-state", state);
  const state = (name) => parts.get(name).item.getAttribute("data-state");

  return {
    element,
    begin(name) {
      set(name, "running");
      announce(parts.get(name).doing);
    },
    /** A stage is over; those before it that never came were not needed. */
    end(name, fact) {
      for (const [one] of parts) {
        if (one === name) break;
        if (state(one) !== "done") set(one, "skipped");
      }
      set(name, "done");
      parts.get(name).fact.textContent = fact;
      clear(parts.get(name).mark, icon("check"));
    },
    fail(name, fact) {
      set(name, "failed");
      parts.get(name).fact.textContent = fact;
      clear(parts.get(name).mark, icon("cross"));
    },
    finish(total) {
      for (const [name] of parts) if (!["done", "failed"].includes(state(name))) set(name, "skipped");
      cancel.remove();
      element.append(h("span", { class: "hint" }, total === undefined ? "" : `in ${seconds(total)}`));
    },
    /** Rows of an answer that was kept: they are fetched after it is complete. */
    late(fact) {
      if (state("rows") === "skipped") this.end("rows", fact);
    },
    stop() {
      for (const [name] of parts) if (state(name) === "running") set(name, "stopped");
      cancel.remove();
    },
  };
}
