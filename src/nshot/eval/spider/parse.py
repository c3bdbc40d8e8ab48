"""A parser with the behaviour of Spider's own SQL parser, whatever SQLite accepts.

It reads the FROM clause before the select list, expects the clauses in a fixed order, ignores what
is left over at the end, and has no error recovery.
"""

from __future__ import annotations

from typing import Final, NoReturn

from nshot.eval.spider.errors import SpiderParseError
from nshot.eval.spider.schema import SpiderSchema
from nshot.eval.spider.statement import (
    STAR,
    ColumnName,
    ColumnUnit,
    Condition,
    Conditions,
    From,
    OrderBy,
    SelectItem,
    SpiderSelect,
    SpiderStatement,
    Value,
    ValueUnit,
)
from nshot.eval.spider.tokens import tokenise

_END: Final = ""
"""Follows the last token; no token is empty."""
_SET_WORDS: Final = frozenset(("intersect", "union", "except"))
_CLAUSE_WORDS: Final = frozenset(("select", "from", "where", "group", "order", "limit")) | _SET_WORDS
_JOIN_WORDS: Final = frozenset(("join", "on", "as"))
_CONNECTORS: Final = frozenset(("and", "or"))
_DIRECTIONS: Final = frozenset(("asc", "desc"))
_AGGREGATES: Final = {word: word for word in ("max", "min", "count", "sum", "avg")} | {"none": ""}
_OPERATORS: Final = {sign: sign for sign in "-+*/"} | {"none": ""}
_COMPARISONS: Final = frozenset("not between = > < >= <= != in like is exists".split())
_NO_ITEM: Final = _CLAUSE_WORDS | {_END}
_CLAUSE_END: Final = _CLAUSE_WORDS | {")", ";", _END}
_CONDITIONS_END: Final = _CLAUSE_END | _JOIN_WORDS
_VALUE_END: Final = _NO_ITEM | _JOIN_WORDS | {",", ")", "and"}
_MAX_DEPTH: Final = 60
"""Maximum depth of nested statements. SQLite 3.40 fails earlier, at depth 12 in WHERE and 16 in
FROM.
"""


def parse_statement(sql: str, schema: SpiderSchema, *, integer_limits: bool = False) -> SpiderStatement:
    """The structure of `sql`, with its names resolved against `schema`.

    Args:
        sql: One statement.
        schema: Tables and columns of the database.
        integer_limits: The older program reads the number after LIMIT and fails if it is not an
            integer; the newer one reads any word as 1.

    Raises:
        SpiderParseError: Spider's parser cannot read it.

    >>> schema = SpiderSchema({"singer": ("name", "age")})
    >>> parse_statement("SELECT max(age) FROM singer", schema).select.items[0].aggregate
    'max'
    """
    tokens = tokenise(sql)
    parser = _Parser(tokens, schema, _aliases(tokens, schema), integer_limits)
    try:
        return parser.statement()
    except RecursionError:
        raise SpiderParseError("the statement is nested too deeply to be read") from None


def _aliases(tokens: list[str], schema: SpiderSchema) -> dict[str, str]:
    """One table of aliases for the whole statement: the word before each AS, by the word after
    it."""
    aliases: dict[str, str] = {}
    for place, word in enumerate(tokens):
        if word == "as":
            if place + 1 == len(tokens):
                raise SpiderParseError("expected a name after AS, got the end of the statement")
            aliases[tokens[place + 1]] = tokens[place - 1]
    for table in schema.tables:
        if table in aliases:
            raise SpiderParseError(f"the alias {table!r} is the name of a table; choose another one")
        aliases[table] = table
    return aliases


class _Parser:
    """One pass over the tokens; `_at` is the index of the next one.

    P1 to P11 are the rules of docs/evaluation.md, which has an example of each.
    """

    __slots__ = ("_aliases", "_at", "_depth", "_integer_limits", "_schema", "_tokens")

    def __init__(
        self, tokens: list[str], schema: SpiderSchema, aliases: dict[str, str], integer_limits: bool
    ) -> None:
        self._tokens = [*tokens, _END]
        self._schema = schema
        self._aliases = aliases
        self._integer_limits = integer_limits
        self._at = 0
        self._depth = 0

    def statement(self) -> SpiderStatement:
        """P1, a statement. A chain of set operations nests to the right; it is read without
        recursion.
        """
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise RecursionError
        arms = [self._arm()]
        words: list[str] = []
        while (word := self._tokens[self._at]) in _SET_WORDS:
            self._at += 1
            words.append(word)
            arms.append(self._arm())
        self._depth -= 1
        # Fold from the right: a UNION b EXCEPT c becomes a -> (b -> c), as in the official structure.
        statement = arms.pop()
        while arms:
            statement = arms.pop()._replace(set_word=words.pop(), follower=statement)
        return statement

    def _arm(self) -> SpiderStatement:
        """P1 up to the set word. FROM is read first, because it sets the scope of the other
        clauses.
        """
        start = self._at
        # `from` is looked for anywhere after `start`, even inside the select list, as the official
        # parser does. After FROM the select list is read, and then the position jumps past FROM again.
        bracket = self._skip("(")
        select_at = self._at
        source, scope = self._from(start)
        behind_from = self._at
        self._at = select_at
        select = self._select(scope)
        self._at = behind_from
        where = self._conditions(scope) if self._skip("where") else ()  # P7
        group_by = self._group_by(scope)
        having = self._conditions(scope) if self._skip("having") else ()  # P9
        order_by = self._order_by(scope)
        limit = self._limit()
        self._skip_semicolons()
        if bracket:
            self._take(")")
            self._skip_semicolons()
        return SpiderStatement(select, source, where, group_by, having, order_by, limit)

    def _from(self, start: int) -> tuple[From, list[str]]:
        """P2: the FROM clause and the tables in scope."""
        tokens = self._tokens
        try:
            self._at = tokens.index("from", start) + 1
        except ValueError:
            raise SpiderParseError("expected a FROM clause, got none; Spider's parser needs one") from None
        units: list[str | SpiderStatement] = []
        conditions: list[Condition | str] = []
        scope: list[str] = []
        while tokens[self._at] != _END:
            bracket = self._skip("(")
            if tokens[self._at] == "select":
                units.append(self.statement())
            else:
                scope.append(self._table())
                units.append(scope[-1])
            if self._skip("on"):
                # The conditions of all ONs form one list, joined by "and".
                if conditions:
                    conditions.append("and")
                conditions += self._conditions(scope)
            if bracket:
                self._take(")")
            if tokens[self._at] in _CLAUSE_END:
                break
        return From(tuple(units), tuple(conditions)), scope

    def _table(self) -> str:
        self._skip("join")
        table = self._aliases.get(self._tokens[self._at])
        if table is None or table not in self._schema.tables:
            self._fail("a table or a sub-query")
        self._at += 1
        # The alias itself needs no reading: `_aliases` collected all of them in advance.
        if self._tokens[self._at] == "as":
            self._at += 2
        return table

    def _select(self, scope: list[str]) -> SpiderSelect:
        """P3: the select list. Commas between items are optional."""
        self._take("select")
        distinct = self._skip("distinct")
        items: list[SelectItem] = []
        while (token := self._tokens[self._at]) not in _NO_ITEM:
            aggregate = _AGGREGATES.get(token)
            if aggregate is not None:
                self._at += 1
            items.append(SelectItem(aggregate or "", self._value_unit(scope)))
            self._skip(",")
        return SpiderSelect(distinct, tuple(items))

    def _value_unit(self, scope: list[str]) -> ValueUnit:
        """P4: one column unit, or two with an operator between them."""
        bracket = self._skip("(")
        left = self._column_unit(scope)
        right: ColumnUnit | None = None
        operator = _OPERATORS.get(self._tokens[self._at])
        if operator is not None:
            self._at += 1
            right = self._column_unit(scope)
        if bracket:
            self._take(")")
        return ValueUnit(operator or "", left, right)

    def _column_unit(self, scope: list[str]) -> ColumnUnit:
        """P5: a column or an aggregate of one. A bracket before an aggregate is not closed here."""
        # One ")" closes the unit, whether "(" came before the aggregate, after it, or at both places.
        bracket = self._skip("(")
        aggregate = _AGGREGATES.get(self._tokens[self._at])
        if aggregate is not None:
            self._at += 1
            self._take("(")
        distinct = self._skip("distinct")
        column = self._column(scope)
        if bracket or aggregate is not None:
            self._take(")")
        return ColumnUnit(aggregate or "", column, distinct)

    def _column(self, scope: list[str]) -> ColumnName:
        """P5c: aliases are visible everywhere, bare column names only from the tables in scope."""
        word = self._tokens[self._at]
        found: ColumnName | None = None
        if word == "*":
            found = STAR
        elif word.count(".") == 1:
            alias, _, name = word.partition(".")
            table = self._aliases.get(alias)
            found = self._schema.columns.get(table, {}).get(name) if table is not None else None
        elif "." not in word:
            # The first table of FROM that has the column owns it; ambiguity is no error here.
            columns = (self._schema.columns[table].get(word) for table in scope)
            found = next((column for column in columns if column is not None), None)
        if found is None:
            self._fail("a column")
        self._at += 1
        return found

    def _conditions(self, scope: list[str]) -> Conditions:
        """P6: conditions and connectors in one flat list."""
        tokens = self._tokens
        conditions: list[Condition | str] = []
        while tokens[self._at] != _END:
            conditions.append(self._condition(scope))
            token = tokens[self._at]
            if token in _CONDITIONS_END:
                break
            # Without a connector the next condition follows directly. Elements at even positions are then
            # no longer the conditions, and later steps may fail as the official program does.
            if token in _CONNECTORS:
                conditions.append(token)
                self._at += 1
        return tuple(conditions)

    def _condition(self, scope: list[str]) -> Condition:
        unit = self._value_unit(scope)
        negated = self._skip("not")
        comparison = self._tokens[self._at]
        if comparison not in _COMPARISONS:
            self._fail("a comparison")
        self._at += 1
        value = self._value(scope)
        value2: Value = None
        if comparison == "between":
            self._take("and")
            value2 = self._value(scope)
        return Condition(negated, comparison, unit, value, value2)

    def _value(self, scope: list[str]) -> Value:
        """P6v: a statement, a string, a number or a column."""
        start = self._at
        bracket = self._skip("(")
        word = self._tokens[self._at]
        value: Value
        if word == "select":
            value = self.statement()
        elif '"' in word:
            value = word
            self._at += 1
        else:
            try:
                value = float(word)
                self._at += 1
            except ValueError:
                value = self._column_value(start, scope)
        if bracket:
            self._take(")")
        return value

    def _column_value(self, start: int, scope: list[str]) -> ColumnUnit:
        """A column up to the end of the value; tokens between the column and that end are
        dropped."""
        # The official parser cuts the tokens up to the end of the value and reads a column from that
        # piece alone; the piece begins at the bracket, if there was one.
        while self._tokens[self._at] not in _VALUE_END:
            self._at += 1
        piece = _Parser(self._tokens[start : self._at], self._schema, self._aliases, self._integer_limits)
        return piece._column_unit(scope)

    def _group_by(self, scope: list[str]) -> tuple[ColumnUnit, ...]:
        """P8, GROUP BY: columns separated by commas; without a comma the list ends."""
        if not self._skip("group"):
            return ()
        self._take("by")
        units: list[ColumnUnit] = []
        while self._tokens[self._at] not in _CLAUSE_END:
            units.append(self._column_unit(scope))
            if not self._skip(","):
                break
        return tuple(units)

    def _order_by(self, scope: list[str]) -> OrderBy | None:
        """P10: the last direction in the text applies to the whole clause."""
        if not self._skip("order"):
            return None
        self._take("by")
        direction = "asc"
        units: list[ValueUnit] = []
        while self._tokens[self._at] not in _CLAUSE_END:
            units.append(self._value_unit(scope))
            if self._tokens[self._at] in _DIRECTIONS:
                direction = self._tokens[self._at]
                self._at += 1
            # Tokens after the last unit stay unread; `statement` drops what is left over at the end.
            if not self._skip(","):
                break
        return OrderBy(direction, tuple(units))

    def _limit(self) -> int | None:
        """P11, LIMIT: the number, or 1 for any token (see `parse_statement`)."""
        if not self._skip("limit"):
            return None
        token = self._tokens[self._at]
        if token == _END:
            self._fail("a number after LIMIT")
        self._at += 1
        if not self._integer_limits:
            return 1
        try:
            return int(token)
        except ValueError:
            self._at -= 1
            self._fail("an integer after LIMIT")

    def _skip(self, word: str) -> bool:
        """Move on if `word` is next; return whether it was."""
        if self._tokens[self._at] == word:
            self._at += 1
            return True
        return False

    def _skip_semicolons(self) -> None:
        while self._skip(";"):
            pass

    def _take(self, word: str) -> None:
        if not self._skip(word):
            self._fail(word.upper())

    def _fail(self, expected: str) -> NoReturn:
        got = repr(self._tokens[self._at]) if self._tokens[self._at] else "the end"
        raise SpiderParseError(f"expected {expected} at token {self._at + 1}, got {got}")
