"""Examples in a table of another engine, LanceDB or Milvus, behind `ExampleStore`.

Each engine has an adapter that knows how to scan, take, search and write (table.py). All else is
here and the same for both: rows, filters, BM25, ties.
"""
