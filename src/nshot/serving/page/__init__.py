"""The page in the browser: ask, see what led to the answer, correct it, keep it as a verified pair.

The server gives HTML, a stylesheet and ES modules; all data comes from the `/api` of the same
server, fetched by the modules. Nothing is loaded from another host.

Does not know pipelines, databases or pairs: `routes.page_routes` needs nothing but this folder.
"""
