// A person's verdict on an answer: right saves the pair as finally edited, wrong keeps it out.
import { announce, button, clear, h } from "./dom.js";
import { ApiError, call } from "./api.js";
import { sqlText } from "./editor.js";

/** The row of thumbs. `current()` gives {question, sql, db_id, answer_id} at the moment of the click. */
export function verdictRow(current, { dialect }) {
  const row = h("div", { class: "verdict", role: "group", "aria-label": "Is this the right SQL?" });
  const said = h("p", { class: "said", "aria-live": "polite" });

  function offer() {
    clear(
      row,
      h("span", {}, "Is this the right SQL?"),
      button("Yes, save the pair", () => give("good"), { symbol: "thumb" }),
      button("No", () => give("bad"), { symbol: "thumb!", "aria-label": "No, keep it out of the examples" }),
    );
  }

  async function give(verdict, replace) {
    for (const one of row.querySelectorAll("button")) one.disabled = true;
    const pair = { ...current(), verdict, ...(replace ? { replace } : {}) };
    try {
      const answer = await call("POST", "/api/pairs", pair);
      say(WORDS[verdict][answer.duplicate ? "again" : "saved"], "good", answer.duplicate ? null : answer.pair.id);
      clear(row);
    } catch (error) {
      offer();
      if (!(error instanceof ApiError)) throw error;
      const other = error.status === 409 && error.body?.conflicts;
      if (!other) return say(error.message, "bad");
      const chosen = await resolveConflict(pair, other, dialect);
      if (chosen) await give(verdict, chosen);
      else say("Nothing was saved: the other pair stays.", "");
    }
  }

  function say(text, kind, id) {
    const undo = id && button("Undo", () => takeBack(id), { symbol: "undo", kind: "quiet small" });
    said.className = `said ${kind}`;
    clear(said, h("span", {}, text), undo);
  }

  async function takeBack(id) {
    try {
      await call("DELETE", `/api/pairs/${encodeURIComponent(id)}`);
      say("Taken back.", "");
      offer();
    } catch (error) {
      say(error.message, "bad");
    }
  }

  offer();
  return h("div", { class: "verdict-box" }, row, said);
}

const WORDS = {
  good: {
    saved: "Saved as a verified pair. The next question can use it as an example.",
    again: "This pair is saved already.",
  },
  bad: {
    saved: "Noted. This SQL will not be shown as an example for this question.",
    again: "This was noted already.",
  },
};

/** Shows both pairs of a conflict; the id of the one to replace, or "" to keep it. */
export function resolveConflict(mine, others, dialect) {
  return new Promise((resolve) => {
    const [other] = others;
    const finish = (value) => () => {
      dialog.close(value);
    };
    const dialog = h(
      "dialog",
      { class: "conflict", "aria-labelledby": "conflict-title" },
      h("h2", { id: "conflict-title" }, "This question has other SQL already"),
      h("p", { class: "example-question" }, mine.question),
      h("h3", {}, "Saved", author(other)),
      sqlText(other.sql, dialect),
      h("h3", {}, "Yours"),
      sqlText(mine.sql, dialect),
      others.length > 1 && h("p", { class: "hint" }, `${others.length - 1} more saved with other SQL: see the page Pairs.`),
      h("div", { class: "bar end" }, button("Keep the saved one", finish(""), { autofocus: true }), button("Replace it with yours", finish(other.id), { kind: "primary" })),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
    announce("Conflict with a saved pair");
  });
}

const author = ({ author: name, created }) => h("span", { class: "hint" }, [name && ` by ${name}`, created && ` on ${String(created).slice(0, 10)}`]);
