"""Seeded changes to texts, bytes and JSON values, as broken programs and hostile people make
them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any, Final

PIECES: Final[tuple[str, ...]] = (
    # characters that cut, turn or control texts
    *"\x00\ufeff\u202e\u200d\r\n\t\x0b\u2028\"'`\\;()[]{},:=#|", "\r\n", "\x1b[2J\x1b]0;x\x07", '""',
    # escapes and marks of formats
    "\\u0000", "\\ud800", "$(id)", "{{", "}}", "{%", "%}", "{#", "<sql>", "</answer>", "```sql\n", "```",
    "--", "/*", "*/", "\\boxed{", "[SQL]", "data: ", "%s", "../../etc", "http://", "~x/",
    # values
    "null", "true", "NaN", "Infinity", "-0", "1e999", "1e-999", "0x10", "9" * 25, "'' OR 1=1",
    # words of many scripts, composed and decomposed, wide and invisible
    "é", "e\u0301", "İ", "ı", "ß", "\ufb01", "\uff21", "\uff1b", "。", "北京有多少客户", "東京のお客様",
    "กรุงเทพมหานคร", "दिल्ली में", "كم عدد", "שלום", "Здравствуй", "Ελλάδα", "한국어", "👩\u200d👧", "𝕊𝔼𝕃",
    "\U0010ffff", "\u0301\u0301", " ", "\u00a0", "\u3000",
    # SQL
    "SELECT", "WITH a AS (", "UNION SELECT", "CREATE TABLE t(a)", "NOT NULL", "CASE WHEN", "BETWEEN", "::int",
)  # fmt: skip
"""Texts that are put into others."""
SCRIPTS: Final[tuple[str, ...]] = (
    "How many customers live in Lyon?",
    "Wie viele Kunden wohnen in Zürich?",
    "有多少供应商",
    "每个城市有多少客户",
    "東京に住む顧客は何人ですか",
    "ลูกค้าในกรุงเทพมหานครมีกี่คน",
    "दिल्ली में कितने ग्राहक हैं?",
    "كم عدد العملاء في القاهرة؟",
    "כמה לקוחות גרים בחיפה?",
    "Сколько клиентов в Москве?",
    "Πόσοι πελάτες ζουν στην Αθήνα;",
    "İstanbul'da kaç müşteri var?",
    "서울에 사는 고객은 몇 명입니까?",
    "Có bao nhiêu khách hàng ở Huế?",
    "Cafe\u0301 Noe\u0308l",
    "and in Paris?",
    "only those from 'France' over 3.5",
    "What about 2019?",
    "👍?",
    "sort them by name, most first",
)
"""Questions in many scripts, and follow-up questions."""
_CODECS: Final = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "shift_jis", "gb18030", "utf-7")
_DEEP: Final = (100, 1_500, 60_000)
_LONG: Final = (300, 5_000, 40_000)


def odd_value(dice: random.Random, depth: int = 0) -> Any:
    """A JSON value of any kind, and often an odd one."""
    kind = dice.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return dice.choice([None, True, False])
    if kind == 1:
        return dice.choice([0, -1, 7, 2**31, 2**63, 2**64, -(2**63), 10**30, 10**400])
    if kind == 2:
        return dice.choice([0.0, -0.0, 7.0, 1.5, 1e308, float("inf"), float("nan")])
    if kind <= 4:
        return "".join(dice.choice(PIECES) for _ in range(dice.randrange(4)))
    if kind == 5:
        return dice.choice(SCRIPTS)
    if kind <= 7:
        return [odd_value(dice, depth + 1) for _ in range(dice.randrange(4))]
    return {dice.choice(PIECES): odd_value(dice, depth + 1) for _ in range(dice.randrange(4))}


def change_value(value: Any, dice: random.Random) -> Any:
    """A JSON value with one part of it exchanged, doubled or left out."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        key = dice.choice(list(value))
        way = dice.randrange(6)
        if way == 0:
            return {name: one for name, one in value.items() if name != key}
        if way == 1:
            return {
                dice.choice([*PIECES, name.upper()]) if name == key else name: one
                for name, one in value.items()
            }
        return {**value, key: change_value(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.85:
        at = dice.randrange(len(value))
        way = dice.randrange(6)
        if way == 0:
            return value[:at] + value[at + 1 :]
        if way == 1:
            return value[:at] + [value[at]] * 2 + value[at + 1 :]
        return [*value[:at], change_value(value[at], dice), *value[at + 1 :]]
    if isinstance(value, str) and dice.random() < 0.5:
        return change_text(value, dice)
    return odd_value(dice)


def change_text(text: str, dice: random.Random, others: Sequence[str] = ()) -> str:
    """A text with a piece put in, taken out, doubled, or taken from another text."""
    at = dice.randrange(len(text) + 1)
    end = min(len(text), at + dice.choice([1, 1, 3, 20, 200]))
    way = dice.randrange(9)
    if way <= 2:
        return text[:at] + dice.choice(PIECES) + text[at:]
    if way == 3:
        return text[:at] + text[end:]
    if way == 4:
        return text[:at] + text[at:end] * dice.choice([2, 3, 50]) + text[end:]
    if way == 5:
        return text[:at]
    if way == 6 and others:
        other = dice.choice(others)
        return text[:at] + other[dice.randrange(len(other) + 1) :]
    if way == 7 and dice.random() < 0.2:
        return text[:at] + dice.choice(PIECES) * dice.choice(_LONG) + text[end:]
    if way == 8 and dice.random() < 0.2:
        opening = dice.choice(["[", "{", "(", '{"a":', "[[", "((SELECT ", "{a=", "[a."])
        return text[:at] + opening * dice.choice(_DEEP) + text[at:]
    return text[:at] + dice.choice(PIECES) + text[end:]


def change(seed: str, dice: random.Random, others: Sequence[str] = ()) -> bytes:
    """A file made from a good one, changed as text, as JSON, as bytes or in its encoding; or as it
    is.
    """
    text = seed
    if dice.random() < 0.5:
        text = _change_json(text, dice)
    for _ in range(dice.choice([0, 1, 1, 2, 5])):
        text = change_text(text, dice, others)
    data = text.encode("utf-8", "surrogatepass")
    way = dice.random()
    if way < 0.06:
        data = text.encode(dice.choice(_CODECS), "replace")
    elif way < 0.16 and data:
        broken = bytearray(data)
        for _ in range(dice.choice([1, 1, 8])):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        data = bytes(broken)
    return data


def _change_json(text: str, dice: random.Random) -> str:
    """The text with a changed value, if it is JSON or lines of JSON; else itself."""
    lines = text.split("\n")
    for place, one in ((None, text), *enumerate(lines)):
        try:
            value = json.loads(one)
        except ValueError:
            continue
        if place is not None and dice.random() < 0.5:
            continue
        changed = json.dumps(change_value(value, dice), ensure_ascii=dice.random() < 0.5)
        if place is None:
            return changed
        return "\n".join([*lines[:place], changed, *lines[place + 1 :]])
    return text
