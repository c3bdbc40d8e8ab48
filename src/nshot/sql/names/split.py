"""Names of tables and columns written as words: `FirstName` and `firstname` as `first_name`."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

_CAMEL: Final = re.compile(r"ID(?=[a-z]{3})|[A-Z]+(?=[A-Z][^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+\d*|[A-Z]+\d*|\d+")
_SPLITS: Final = re.compile(r"[\s_\-]+")
_OTHER: Final = re.compile(r"[^\w\s\-]")

SHORTEST: Final = 6
"""Letters of a word that is taken apart."""
UNIT: Final = 3
"""Letters of a name that capitals do not part: `kW`, `MHz`."""
MOST_PIECES: Final = 4
"""Pieces of it."""

PIECES: Final = frozenset(
    """account actor address age agent airline airport album amount area artist author average avg bank batch
    begin birth book branch brand budget building campus capacity capital card cast category cell channel city
    class client club code college color comment company contact cost count country county course credit
    currency current customer cust data database date day dealer degree delivery department dept description
    dest detail director discount district doc document due duration email employee emp end entry event exam
    expectancy faculty father fax feature film final first flight free full game gender genre gift goal grade
    group head height high hire history home host hotel hour house industry info inventory invoice issue item
    job journal key kind label language last lat latitude league leader length level library license life line
    list load local location log long longitude loss low mail maker manager market master match max media
    member message method mid middle min minute mobile model money month mother movie music name nation
    national number office official of open option order org organization origin original owner page paid
    parent park part party pass patient pay payment percent period person phone place plan plane plant player
    point policy population position post price prime product professor profile project property publication
    purchase quantity race rank rate rating reader reason receipt region release rent report request resident
    result review role room route salary sale sales schedule school score season seat section series service
    sex shape ship shop short show singer size skill social song source space staff stage start state station
    status stay stock stop store street student style sub subject supplier surface system table tail target
    tax teacher team temperature text ticket time title total town track train transaction transfer travel
    treatment trip type unit university update url user value vehicle version video visit vote wage warehouse
    web weight width win wins work year zip id no
    birthday classroom database datetime headphone homepage hometown lineage membership percentage postcode
    postseason username workshop""".split()
)
"""Words that names run together; a word that is none of them, nor of the schema's, is never taken
apart.
"""


def split_name(name: str, known: Collection[str] = ()) -> str:
    """The name in lower case, its words joined by underscores; the name itself where that is not
    certain.

    A name that begins with a digit, or has signs beside letters, digits, blanks, `_` and `-`, is
    returned unchanged.

    Args:
        name: Of a table or a column.
        known: Words, in lower case, that other names of the schema are made of.

    >>> split_name("FirstName"), split_name("OrderID"), split_name("song name"), split_name("countrycode")
    ('first_name', 'order_id', 'song_name', 'country_code')
    >>> split_name("HTMLPage2"), split_name("Official_ratings_(millions)"), split_name("stadium")
    ('html_page2', 'Official_ratings_(millions)', 'stadium')
    """
    core = name.strip()
    if core != name or not core or core[0].isdigit() or _OTHER.search(core):
        return name
    words = [word for chunk in _SPLITS.split(core) for word in name_parts(chunk)]
    pieces = [piece for word in words for piece in _pieces(word, frozenset(known))]
    return "_".join(pieces) or name


def name_parts(name: str) -> list[str]:
    """The words of a name as capitals, digits and underscores part them, in lower case.

    >>> name_parts("StudentID"), name_parts("line_1"), name_parts("ATPRanking"), name_parts("address1")
    (['student', 'id'], ['line', '1'], ['atp', 'ranking'], ['address1'])
    """
    found = []
    for chunk in _SPLITS.split(name):
        found += [chunk.lower()] if len(chunk) <= UNIT else [part.lower() for part in _CAMEL.findall(chunk)]
    return found


@lru_cache(maxsize=65_536)
def _pieces(word: str, known: frozenset[str]) -> tuple[str, ...]:
    """The word taken apart into words that are known; the word alone if that cannot be done."""
    if len(word) < SHORTEST or not word.isalpha() or word in PIECES:
        return (word,)
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            head, piece = best[start], word[start:end]
            fits = piece in PIECES or (len(piece) > 3 and piece in known and piece != word)
            if head is None or not fits or len(head) == MOST_PIECES:
                continue
            if (kept := best[end]) is None or len(head) + 1 < len(kept):
                best[end] = (*head, piece)
    found = best[-1]
    return found if found and found[0] not in ("id", "no", "of") else (word,)
