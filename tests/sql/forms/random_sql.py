"""SELECT statements drawn at random, for tests that ask a database whether two texts mean the
same."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import dataclass, field

from nshot.types import Column, ForeignKey, Schema, Table

COLUMNS = {
    "Singer": ("Singer_ID", "Name", "Age", "Boss_ID", "Song Name"),
    "Concert": ("Concert_ID", "Name", "Year"),
    "Singer_in_Concert": ("Singer_ID", "Concert_ID", "Fee"),
    "Order": ("x", "y", "Total (EUR)", "t1"),
    "Order Line": ("Order_x", "Order_y", "Qty"),
}
SCHEMA = Schema(
    "random",
    tuple(Table(name, tuple(map(Column, columns))) for name, columns in COLUMNS.items()),
    (
        ForeignKey("Singer_in_Concert", ("Singer_ID",), "Singer", ("Singer_ID",)),
        ForeignKey("Singer_in_Concert", ("Concert_ID",), "Concert", ("Concert_ID",)),
        ForeignKey("Singer", ("Boss_ID",), "Singer", ("Singer_ID",)),
        ForeignKey("Order Line", ("Order_x", "Order_y"), "Order", ("x", "y")),
    ),
)


def filled() -> sqlite3.Connection:
    """A database of that schema in memory, small numbers and a few texts in it, and some NULLs."""
    connection = sqlite3.connect(":memory:")
    draw = random.Random(1)
    for name, columns in COLUMNS.items():
        connection.execute(f'CREATE TABLE "{name}" ({", ".join(f"{quote(column)}" for column in columns)})')
        for _ in range(6):
            row = [draw.choice((1, 2, 3, 4, "a", "b's", None)) for _ in columns]
            connection.execute(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', row)
    return connection


def quote(name: str) -> str:
    return '"' + name + '"'


@dataclass
class Seen:
    """A source in sight: how columns are prefixed with it, and its columns."""

    prefix: str
    columns: tuple[str, ...]


@dataclass
class Drawer:
    """Draws statements; the same seed draws the same."""

    seed: int
    count: int = 0
    draw: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)

    def statement(self) -> str:
        first = self.select(2, [], width := self.draw.randint(1, 2))
        if self.draw.random() < 0.2:
            operation = self.draw.choice(("UNION", "union all", "INTERSECT", "except"))
            return f"{first} {operation} {self.select(1, [], width)}"
        order = " ORDER BY " + ", ".join(
            str(i + 1) + self.draw.choice(("", " ASC", " desc")) for i in range(width)
        )
        return first + (order + self.draw.choice(("", " LIMIT 3")) if self.draw.random() < 0.5 else "")

    def select(self, depth: int, outer: list[Seen], width: int) -> str:
        own: list[Seen] = []
        tables = self.sources(depth, outer, own)
        scope = [own, own, own, outer] if outer else [own]
        columns = [self.column(own) for _ in range(width)]
        grouped = self.draw.random() < 0.2
        items = [f"max({one})" if self.draw.random() < 0.1 else one for one in columns]
        text = f"SELECT {self.draw.choice(('', '', 'DISTINCT '))}{', '.join(items)} FROM {tables}"
        if self.draw.random() < 0.6:
            parts = [self.condition(depth, own, scope) for _ in range(self.draw.randint(1, 2))]
            text += " WHERE " + self.draw.choice((" AND ", " or ")).join(parts)
        if grouped:
            having = self.draw.choice(("", f" HAVING count(*) >= {self.number()}"))
            text += " GROUP BY " + ", ".join(columns) + having
        return text

    def sources(self, depth: int, outer: list[Seen], own: list[Seen]) -> str:
        text = self.source(depth, own)
        for _ in range(self.draw.choice((0, 0, 1, 1, 2))):
            kind = self.draw.choice(
                (" JOIN ", " join ", " LEFT JOIN ", " left outer join ", " INNER JOIN ", ", ")
            )
            before = list(own)
            text += kind + self.source(depth, own)
            if kind != ", " and (kind.strip().lower().startswith("left") or self.draw.random() < 0.9):
                text += f" ON {self.join_condition(before, own[-1])}"
        return text

    def join_condition(self, before: list[Seen], joined: Seen) -> str:
        pairs = [
            (one, a, b)
            for one in before
            for a in one.columns
            for b in joined.columns
            if a == b or (a, b) in (("x", "Order_x"), ("Order_x", "x"), ("Boss_ID", "Singer_ID"))
        ]
        if not pairs or self.draw.random() < 0.1:
            return f"{self.column(before)} {self.draw.choice(('=', '<', '<>'))} {self.column([joined])}"
        one, a, b = self.draw.choice(pairs)
        sides = [f"{one.prefix}.{self.name(a)}", f"{joined.prefix}.{self.name(b)}"]
        self.draw.shuffle(sides)
        twin = {"x": "y", "Order_x": "Order_y"}
        more = f" AND {one.prefix}.{twin[a]} = {joined.prefix}.{twin[b]}" if a in twin and b in twin else ""
        return " = ".join(sides) + more

    def source(self, depth: int, own: list[Seen]) -> str:
        self.count += 1
        alias = self.draw.choice((f"T{self.count}", f"t{self.count % 3}", "Concert", ""))
        taken = {one.prefix.lower().strip('"') for one in own}
        if depth and self.draw.random() < 0.15:
            alias = f"D{self.count}"
            own.append(Seen(alias, ("a", "b")))
            return f"({self.derived(depth - 1)}) AS {alias}"
        table = self.draw.choice(list(COLUMNS))
        if (alias or table).lower() in taken:
            alias = f"U{self.count}"
        own.append(Seen(alias or self.name(table), COLUMNS[table]))
        return f"{self.name(table)} {self.draw.choice(('AS ', ''))}{alias}" if alias else self.name(table)

    def derived(self, depth: int) -> str:
        """A sub-query with the columns a and b."""
        inner = self.select(depth, [], 2)
        if self.draw.random() < 0.5:
            return f"WITH w(a, b) AS ({inner}) SELECT w.a, b FROM w"
        return inner.replace(", ", " AS a, ", 1).replace(" FROM ", " b FROM ", 1)

    def column(self, sources: list[Seen]) -> str:
        one = self.draw.choice(sources)
        name = self.draw.choice(one.columns)
        unique = sum(name in other.columns for other in sources) == 1
        bare = unique and self.draw.random() < 0.4
        return self.name(name) if bare else f"{one.prefix}.{self.name(name)}"

    def name(self, name: str) -> str:
        if " " in name or name == "Order":
            return self.draw.choice((f'"{name}"', f"`{name.lower()}`", f"[{name}]"))
        return self.draw.choice((name, name.lower(), name.upper()))

    def number(self) -> str:
        return self.draw.choice(("1", "2", "3.0", "-1", "007"))

    def condition(self, depth: int, own: list[Seen], scope: list[list[Seen]]) -> str:
        column = self.column(own)
        other = self.prefixed(self.draw.choice(scope))
        kinds = [
            f"{column} = {other}",
            f"{column} <> {self.number()}",
            f"{column} between 1 AND {self.number()}",
            f"{column} NOT IN (1,{self.number()} , 'b''s')",
            f"{column} like '%b''%'",
            f"not ({column} IS NULL or {other} > 2)",
            f"CASE WHEN {column}>1 THEN {other} else -1 END >= cast( {column} AS integer )+1",
        ]
        if depth:
            inner = [*own, *(scope[-1] if len(scope) > 1 else [])]
            kinds += 3 * [
                f"{column} IN ({self.select(depth - 1, inner, 1)})",
                f"exists ({self.select(depth - 1, inner, 1)})",
                f"{column} >= ({self.select(depth - 1, inner, 1)})",
            ]
        return self.draw.choice(kinds)

    def prefixed(self, sources: list[Seen]) -> str:
        one = self.draw.choice(sources)
        return f"{one.prefix}.{self.name(self.draw.choice(one.columns))}"
