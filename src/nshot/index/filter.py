"""Which entries a search may return, as a value that any store can translate into its own
condition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nshot.types import Example


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on entries. All fields must hold; an empty set is no condition.

    For example, hard examples of any database except `shop`, without exact repeats:

    >>> Filter(difficulties=frozenset({"hard"}), exclude_db_ids=frozenset({"shop"}), repeats=False).repeats
    False
    """

    db_ids: frozenset[str] = frozenset()
    """The example's database is one of these."""
    difficulties: frozenset[str] = frozenset()
    """Its difficulty is one of these."""
    tags: frozenset[str] = frozenset()
    """It has at least one of these tags."""
    exclude_db_ids: frozenset[str] = frozenset()
    """Its database is none of these."""
    closed_db_ids: frozenset[str] = frozenset()
    """If its database is one of these, the policy of its pool is `allow` (`Entry.same_db`)."""
    exclude_ids: frozenset[str] = frozenset()
    """Its id is none of these. Usually the only field that differs between the questions of a run.
    """
    repeats: bool = True
    """False: of entries with the same database, question and SQL, only the first one passes."""

    def without_ids(self) -> Filter:
        """The same filter without excluded ids: the part that many questions share."""
        return replace(self, exclude_ids=frozenset()) if self.exclude_ids else self

    def passes(self, example: Example, same_db: str = "never") -> bool:
        """Whether the example passes all conditions except `repeats`, which depends on the other
        examples.

        Args:
            example: The example.
            same_db: The policy of its pool.
        """
        return (
            (not self.db_ids or example.db_id in self.db_ids)
            and (not self.difficulties or example.difficulty in self.difficulties)
            and (not self.tags or not self.tags.isdisjoint(example.tags))
            and example.db_id not in self.exclude_db_ids
            and (same_db == "allow" or example.db_id not in self.closed_db_ids)
            and example.id not in self.exclude_ids
        )


EVERYTHING = Filter()
"""The filter that every entry passes."""
