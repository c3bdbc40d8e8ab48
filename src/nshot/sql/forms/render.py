"""Write a query tree as tokens, in one of the forms or as SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nshot.sql.forms.restore import is_restored
from nshot.sql.forms.spelling import form_name, sql_name
from nshot.sql.forms.tree import Brackets, ColumnRef, FromItem, Item, Node, QueryTree, Select
from nshot.sql.tokens import Token, unquote
from nshot.types import Schema

_CLAUSES: Final = ("where", "group", "having", "window", "order", "limit", "offset")


class Renderer:
    """Writes resolved trees of one schema.

    Args:
        schema: Gives the letter case of names, and the foreign keys whose conditions FROM-first
            leaves out.
        from_first: Write FROM before SELECT, and joins along foreign keys without ON.
        sql: Write SQL that a database can run: keywords in capitals, names in their original letter
            case.
    """

    def __init__(self, schema: Schema | None, *, from_first: bool = False, sql: bool = False) -> None:
        self._schema = schema
        self._dialect = schema.dialect if schema else "sqlite"
        self._from_first = from_first
        self._sql = sql

    def query(self, query: QueryTree) -> Iterator[Token]:
        """Tokens of a statement or sub-query, without brackets around it."""
        if query.ctes:
            yield from self._with(query)
        for i, arm in enumerate(query.arms):
            if i:
                yield from map(self._keyword, query.operations[i - 1])
            if isinstance(arm, QueryTree):
                yield from self._subquery_tokens(arm)
            else:
                yield from self._select(arm)

    def _with(self, query: QueryTree) -> Iterator[Token]:
        yield self._keyword("with")
        if query.recursive:
            yield self._keyword("recursive")
        for i, cte in enumerate(query.ctes):
            if i:
                yield _op(",")
            yield self._token(cte.name)
            if cte.columns:
                yield from self._brackets(cte.columns)
            yield self._keyword("as")
            yield from self._subquery_tokens(cte.query)

    def _select(self, select: Select) -> Iterator[Token]:
        if "values" in select.clauses:
            yield self._keyword("values")
            yield from self._nodes(select.clauses["values"])
            return
        if self._from_first:
            yield from self._from(select)
        yield self._keyword("select")
        yield from self._nodes(select.head)
        for i, item in enumerate(select.items):
            if i:
                yield _op(",")
            yield from self._item(item)
        if not self._from_first:
            yield from self._from(select)
        for name in _CLAUSES:
            if name in select.clauses:
                yield self._keyword(name)
                if name in ("group", "order"):
                    yield self._keyword("by")
                yield from self._nodes(select.clauses[name])

    def _item(self, item: Item) -> Iterator[Token]:
        yield from self._nodes(item.nodes)
        if item.alias:
            yield self._keyword("as")
            yield self._token(item.alias)

    def _from(self, select: Select) -> Iterator[Token]:
        if select.sources:
            yield self._keyword("from")
        for i, source in enumerate(select.sources):
            yield from self._source(source)
            # The rule of `TreeResolver`, too: a condition is left out only if reading restores it.
            if self._from_first and is_restored(source, select.sources[:i], self._schema):
                continue
            yield from self._nodes(source.condition)

    def _source(self, source: FromItem) -> Iterator[Token]:
        yield from self._connection(source)
        if source.query is not None:
            yield from self._subquery_tokens(source.query)
        for i, token in enumerate(source.path):
            if i:
                yield _op(".")
            own = source.table.name if source.table and token is source.path[-1] else ""
            yield self._schema_token(own) if own else self._token(token)
        if source.arguments is not None:
            yield from self._brackets(source.arguments)
        if source.label:
            yield self._keyword("as")
            yield self._name(source.label)

    def _connection(self, source: FromItem) -> Iterator[Token]:
        """JOIN and similar words; CROSS JOIN for a missing condition if a bare JOIN means another
        one.
        """
        words = source.words
        if words == (",",):
            yield _op(",")
            return
        if words in (("join",), ("cross", "join")) and not source.condition:
            if self._sql:
                words = ("join",) if self._dialect == "sqlite" else ("cross", "join")
            elif self._from_first:
                words = ("cross", "join")
        yield from map(self._keyword, words)

    def _nodes(self, nodes: list[Node]) -> Iterator[Token]:
        for node in nodes:
            if isinstance(node, QueryTree):
                yield from self._subquery_tokens(node)
            elif isinstance(node, Brackets):
                yield from self._brackets(node)
            elif isinstance(node, ColumnRef):
                yield from self._column(node)
            elif node.kind != "keyword" or node.text != "asc":
                yield self._token(node)

    def _column(self, column: ColumnRef) -> Iterator[Token]:
        source = column.source
        if source is None and column.prefix:
            yield self._name_token(column.prefix, quoted=column.prefix_quoted)
            yield _op(".")
        elif source is not None and not column.bare:
            if source.label or not source.path:
                yield self._name(source.label)
            elif source.table:
                yield self._schema_token(source.table.name)
            else:
                yield self._token(source.path[-1])
            yield _op(".")
        if column.name == "*":
            yield _op("*")
            return
        own = _own_name(column)
        yield self._schema_token(own) if own else self._name_token(column.name, quoted=column.quoted)

    def _subquery_tokens(self, query: QueryTree) -> Iterator[Token]:
        yield _op("(")
        yield from self.query(query)
        yield _op(")")

    def _brackets(self, brackets: Brackets) -> Iterator[Token]:
        if not brackets.case:
            yield _op("(")
        yield from self._nodes(brackets.nodes)
        if not brackets.case:
            yield _op(")")

    def _token(self, token: Token) -> Token:
        if token.kind == "keyword":
            return self._keyword(token.text)
        if token.kind in ("name", "quoted"):
            return self._name_token(unquote(token), quoted=token.kind == "quoted")
        return token

    def _keyword(self, word: str) -> Token:
        return Token("keyword", word.upper() if self._sql else word, -1)

    def _name_token(self, name: str, *, quoted: bool) -> Token:
        """A name that is not in the schema."""
        return self._schema_token(name) if quoted else self._name(name)

    def _schema_token(self, name: str) -> Token:
        return self._name(sql_name(name, self._dialect) if self._sql else form_name(name, self._dialect))

    def _name(self, text: str) -> Token:
        return Token("name", text, -1)


def _own_name(column: ColumnRef) -> str:
    """The column's name as spelled in the schema; empty if the schema does not have it."""
    table = column.source.table if column.source else None
    if table is None:
        return ""
    names = [one.name for one in table.columns]
    if column.name in names:
        return column.name
    return next((name for name in names if name.lower() == column.name.lower()), "")


def _op(text: str) -> Token:
    return Token("op", text, -1)
