// Cell values: how they are shown, ordered and written to CSV.

export const isNumber = (value) => typeof value === "number" || (typeof value === "string" && /^-?\d{16,}$/.test(value));

/** Whether every value of a column that is not NULL is a number, and there is one. */
export function isNumeric(rows, at) {
  let seen = false;
  for (const row of rows) {
    if (row[at] === null) continue;
    if (!isNumber(row[at])) return false;
    seen = true;
  }
  return seen;
}

/** The text of a cell as a person reads it. */
export function cellText(value) {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(12)));
  if (typeof value === "object") return `${byteCount(value.bytes ?? "")} bytes`;
  return String(value);
}

const byteCount = (base64) => (base64.length / 4) * 3 - (base64.match(/=*$/)[0].length);

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Rows ordered by a column; equal ones keep their order, NULL comes last either way. */
export function sortRows(rows, at, descending) {
  const numeric = isNumeric(rows, at);
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[at], b[at]];
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (numeric ? Number(x) - Number(y) : collator.compare(cellText(x), cellText(y)));
  });
}

/** RFC 4180: values exactly as the server sent them, NULL as nothing, bytes as base64. */
export function toCsv(columns, rows) {
  return [columns, ...rows].map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

function csvField(value) {
  const text = value === null ? "" : typeof value === "object" ? value.bytes : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
