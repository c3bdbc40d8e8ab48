from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.databases import schema_from_json, schema_to_json
from nshot.errors import DataError
from nshot.types import Column, ForeignKey, Schema, Table

names = st.text(max_size=5)
columns = st.builds(Column, names, names, names, names)
tables = st.builds(
    Table,
    names,
    st.lists(columns, max_size=3).map(tuple),
    st.lists(names, max_size=2).map(tuple),
    names,
    names,
)
keys = st.builds(ForeignKey, names, st.lists(names).map(tuple), names, st.lists(names).map(tuple))
schemas = st.builds(
    Schema, names, st.lists(tables, max_size=3).map(tuple), st.lists(keys, max_size=2).map(tuple), names
)


@given(schemas)
def test_a_schema_survives_the_way_through_json(schema: Schema) -> None:
    assert schema_from_json(json.loads(json.dumps(schema_to_json(schema)))) == schema


@pytest.mark.parametrize("obj", [None, [], {}, {"db_id": "a"}, {"db_id": "a", "dialect": "", "tables": [3]}])
def test_what_is_no_schema_is_refused(obj: object) -> None:
    with pytest.raises(DataError, match="not a schema"):
        schema_from_json(obj)
