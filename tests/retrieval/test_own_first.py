"""Own examples first, by content; the policy of each pool."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.errors import IndexFolderError
from nshot.index import ExampleIndex, read_manifest
from nshot.retrieval import (
    STRATEGIES,
    IndexConfig,
    RetrievalConfig,
    Retriever,
    add_examples,
    build_index,
    remove_examples,
)
from nshot.types import Example, Question

from ..fakes import WordEncoder

OWN = [
    Example("own-1", "How many plots do we rent out?", "SELECT count(*) FROM tenancy", "allotment_garden"),
    Example(
        "own-2",
        "What is the rent of the dearest plot?",
        "SELECT max(yearly_rent) FROM plot",
        "allotment_garden",
    ),
]


@pytest.fixture
def mixed(tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]) -> Path:
    """The sample's pool (never) and two pairs of somebody's own (allow)."""
    build_index(tmp_path / "mixed", pool[:120], catalog, IndexConfig("never"), encoder=WordEncoder())
    add_examples(tmp_path / "mixed", OWN, catalog, same_db="allow", encoder=WordEncoder())
    return tmp_path / "mixed"


def ask(index: Path, catalog: Catalog, question: Question, strategy: str, live: bool = True) -> list[Example]:
    config = RetrievalConfig(strategy)
    from ..fakes import FixedFirstPass

    retriever = Retriever(index, config, catalog=catalog, encoder=WordEncoder(), first_pass=FixedFirstPass())
    (some,) = retriever.retrieve([question], 500, live)
    return [one.example for one in some]


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_own_pairs_added_to_another_index_are_shown_and_its_own_stay_hidden(
    mixed: Path, catalog: Catalog, pool: tuple[Example, ...], strategy: str, live: bool
) -> None:
    assert any(one.db_id == "allotment_garden" for one in pool[:120])
    found = ask(mixed, catalog, Question("How many plots are sunny?", "allotment_garden"), strategy, live)
    own = {one.id for one in found if one.db_id == "allotment_garden"}
    assert own == {"own-1", "own-2"}
    assert any(one.db_id == "bakery" for one in pool[:120])
    other = ask(mixed, catalog, Question("How many plots are sunny?", "bakery"), strategy, live)
    assert {"own-1", "own-2"} <= {one.id for one in other}
    assert not any(one.db_id == "bakery" for one in other)


def test_the_policy_of_each_pool_survives_adding_and_removing(
    mixed: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    manifest = read_manifest(mixed)
    assert (manifest.same_db, manifest.notes["own"]) == ("mixed", 2)
    add_examples(mixed, pool[120:130], catalog, same_db="never", encoder=WordEncoder())
    manifest = remove_examples(mixed, ["own-1"])
    assert (manifest.same_db, manifest.notes["own"]) == ("mixed", 1)
    assert remove_examples(mixed, ["own-2"]).same_db == "never"


def test_own_examples_come_first_by_content_and_the_others_as_without_them(
    mixed: Path, catalog: Catalog
) -> None:
    question = Question("What is the rent of the dearest plot?", "allotment_garden")
    ours = ask(mixed, catalog, question, "own-first")
    assert [one.id for one in ours[:2]] == ["own-2", "own-1"]
    rest = [one for one in ask(mixed, catalog, question, "double-hybrid") if not one.id.startswith("own-")]
    assert ours[2:] == rest


def test_without_own_examples_own_first_is_double_hybrid(indexes: dict[str, Path], catalog: Catalog) -> None:
    questions = [
        Question("Which plots cost more than 12 euros?", "allotment_garden"),
        Question("How many?", "allotment_garden"),
    ]
    left, right = (
        Retriever(indexes["never"], RetrievalConfig(name), catalog=catalog, encoder=WordEncoder())
        for name in ("own-first", "double-hybrid")
    )
    for live in (True, False):
        assert left.retrieve(questions, 7, live) == right.retrieve(questions, 7, live)


def test_content_is_the_mean_of_both_cosines(tmp_path: Path, catalog: Catalog) -> None:
    from dataclasses import replace

    from nshot.index import EVERYTHING, BM25Config, EncoderInfo, lock_for_writing
    from nshot.retrieval.build import Vectors, make_content, make_entries, schemas_of
    from nshot.retrieval.content import ContentCosines

    shape, topic = WordEncoder("shape", 8), WordEncoder("topic", 32)
    bare = Example("own-3", "Which plots are sunny?", "SELECT plot_number FROM plot", "allotment_garden")
    entries = make_entries([*OWN, bare], catalog, same_db="allow")
    texts = [entry.example.question for entry in entries]
    infos = [EncoderInfo(one.name, one.fingerprint(), one.dim) for one in (shape, topic)]
    second = topic.encode(texts)
    second[2] = 0  # an example of another pool: it has no content vector
    by_field = {"question": shape.encode(texts), "masked": shape.encode(texts), "content": second}
    vectors = Vectors(by_field, *infos)  # type: ignore[arg-type]
    content = make_content(entries, vectors, schemas_of(OWN, catalog), BM25Config())
    with lock_for_writing(tmp_path / "i"):
        replace(content).write(tmp_path / "i")
    store = ExampleIndex(tmp_path / "i")
    store.verify()
    asked = "What do the plots cost?"
    hits = ContentCosines(store, shape, topic, [asked]).rank(0, store.rows(EVERYTHING), 3)
    one, two = shape.encode([asked])[0], topic.encode([asked])[0]
    expected = [
        (by_field["question"][row] @ one + second[row] @ two) / (2 if row < 2 else 1) for row in range(3)
    ]
    assert dict(zip(hits.rows.tolist(), hits.scores, strict=True)) == pytest.approx(
        dict(enumerate(expected)), abs=1e-6
    )


def test_the_default_strategy_works_on_an_index_without_vectors(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    build_index(tmp_path / "words", pool[:60], catalog, IndexConfig("never", encoder="none"))
    question = Question("How many farms are there?", "coffee_roastery")
    found = Retriever(tmp_path / "words", catalog=catalog).retrieve([question], 3)
    asked = RetrievalConfig("masked-keyword")
    assert found == Retriever(tmp_path / "words", asked, catalog=catalog).retrieve([question], 3)
    with pytest.raises(IndexFolderError):
        Retriever(tmp_path / "words", RetrievalConfig("vector"), catalog=catalog)
