"""Questions with SQL, written by rules over the schema and the content of a database.

They teach what solved questions of one collection lack: dates by year and month, arithmetic,
comparisons of columns, missing values, patterns, orders without a limit, names in place of ids.
"""
