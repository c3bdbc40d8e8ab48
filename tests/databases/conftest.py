"""Small databases and files, as the rooms of data and SQL text make them."""

from tests.data.conftest import make_database, mini_spider, pets, write
from tests.sql.conftest import database, gold

__all__ = ["database", "gold", "make_database", "mini_spider", "pets", "write"]
