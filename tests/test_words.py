r"""Words in every script, in each place that compares them."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.databases import CellValues
from nshot.prompting.linking.relevance import relevance
from nshot.prompting.linking.words import words
from nshot.retrieval.leak import question_key
from nshot.retrieval.masking import Masker
from nshot.retrieval.terms import question_terms
from nshot.sql import scan
from nshot.types import Column, Schema, Table
from nshot.words import fold, terms_of, tokens

QUESTIONS = {
    # question: value in it as the database stores it, and as the question writes it; a table that it names
    "北京有多少客户？": ("北京", "北京", "客户"),
    "東京の顧客は何人ですか": ("東京", "東京", "顧客"),
    "パリの店は？": ("ﾊﾟﾘ", "パリ", ""),
    "서울에 고객이 몇 명 있나요?": ("서울", "서울", "고객"),
    "มีลูกค้ากี่คนในกรุงเทพ": ("กรุงเทพ", "กรุงเทพ", "ลูกค้า"),
    "दिल्ली में कितने ग्राहक हैं?": ("दिल्ली", "दिल्ली", "ग्राहक"),
    "كم عدد العملاء في الرياض؟": ("الرِّياض", "الرياض", "عملاء"),
    "Customers in İstanbul": ("İstanbul", "İstanbul", "customers"),
    "Customers in istanbul": ("İSTANBUL", "istanbul", "customers"),
    "IĞDIR'da kaç müşteri var?": ("Iğdır", "IĞDIR", "müşteri"),
    "What did Café Noël buy?": ("Cafe\u0301 Noe\u0308l", "Café Noël", ""),
    "What did CAFE\u0301 NOE\u0308L buy?": ("Café Noël", "CAFE\u0301 NOE\u0308L", ""),
    "Kunden in der Hauptstraße": ("HAUPTSTRASSE", "Hauptstraße", "kunden"),
    "Сколько клиентов в «Москва»?": ("МОСКВА", "Москва", ""),
    "How many ＳＯＮＹ sets?": ("Sony", "ＳＯＮＹ", ""),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_value_is_found_however_it_is_written(question: str) -> None:
    stored, written, _ = QUESTIONS[question]
    found = CellValues([("t", "c", stored), ("t", "c", "other")]).matches(question)
    assert [(match.value, question[match.start : match.end]) for match in found] == [(stored, written)]


@pytest.mark.parametrize("question", [one for one in QUESTIONS if QUESTIONS[one][2]])
def test_a_table_is_masked_and_ranked_by_its_name(question: str) -> None:
    names = (QUESTIONS[question][2], "仓库", "حساب", "दुकान", "warehouse")
    schema = Schema("shop", tuple(Table(name, (Column("x1"),)) for name in names))
    assert "[table]" in Masker(schema).mask(question)
    scores = relevance(schema, question).tables
    assert max(scores) == scores[0] > 0


def test_a_value_inside_a_longer_word_is_no_value() -> None:
    values = CellValues([("t", "sex", "男"), ("t", "c", "art")])
    assert [match.value for match in values.matches("男员工 start")] == []
    assert [match.value for match in values.matches("性别：男，art")] == ["男", "art"]


def test_the_longest_value_wins_where_there_are_no_blanks() -> None:
    values = CellValues([("t", "c", "北京"), ("t", "c", "北京大学"), ("t", "d", "大学")])
    assert [match.value for match in values.matches("北京大学有多少学生")] == ["北京大学"]


def test_names_without_blanks_may_be_long() -> None:
    schema = Schema("shop", (Table("t", (Column("供应商联系电话号码"),)),))
    assert Masker(schema).mask("列出供应商联系电话号码") == "列 出 [column]"


def test_questions_without_blanks_share_pairs_of_characters() -> None:
    asked, other = set(question_terms("每个城市有多少供应商？")), set(question_terms("每个城市有多少客户？"))
    assert asked & other == {"每个", "个城", "城市", "市有", "有多", "多少"}


@pytest.mark.parametrize("text", ["देवनागरी लिपि", "Café au lait", "می‌خواهم", "tiếng Việt", "עִבְרִית"])
def test_marks_and_joiners_are_a_part_of_their_word(text: str) -> None:
    written = text.split()
    for form in ("NFC", "NFD"):
        found = [
            unicodedata.normalize(form, text)[one.start : one.end]
            for one in tokens(unicodedata.normalize(form, text))
        ]
        assert found == [unicodedata.normalize(form, word) for word in written]
        assert question_terms(unicodedata.normalize(form, text)) == list(map(fold, written))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("İSTANBUL", "istanbul"),
        ("Cafe\u0301", "CAFÉ"),
        ("Straße", "STRASSE"),
        ("２０２４", "2024"),
        ("٢٠٢٤", "2024"),
        ("२०२४", "2024"),
        ("ﾊﾞｽ", "バス"),
        ("أحمد", "احمد"),
        ("ﬁlm", "FILM"),
        ("ΟΔΟΣ", "οδος"),
    ],
)
def test_forms_of_one_word_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_names_are_cut_at_capitals_and_underscores_of_any_alphabet() -> None:
    assert words("müşteriAdı_soyadı") == words("müşteri adı soyadı")
    assert Masker(Schema("s", (Table("ÉtatCivil", ()),))).mask("chaque état civil") == "chaque [table]"


@pytest.mark.parametrize("name", ["ग्राहक", "ลูกค้า", "cafe\u0301", "客户", "müşteri", "نام‌کاربر"])
def test_a_name_is_one_token_of_sql(name: str) -> None:
    found = scan(f"SELECT {name}.x, {name} FROM {name} WHERE x = '，'")
    assert [token.text for token in found if token.kind == "name"] == [name, "x", name, name, "x"]


@pytest.mark.parametrize("text", ["同じですか？", "同じですか", "同じ ですか。"])
def test_the_same_question_is_known_in_every_script(text: str) -> None:
    assert question_key(text) == question_key("同じですか?")


@given(st.text(st.characters(codec="ascii")))
def test_texts_of_ascii_are_cut_as_ever(text: str) -> None:
    assert [token.text for token in tokens(text)] == re.findall(r"[^\W_]+", text.lower())
    assert question_terms(text) == re.findall(r"\w+", text.lower())


@given(st.text())
def test_places_of_words_are_those_of_the_text(text: str) -> None:
    found = list(tokens(text))
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert [one.text for one in found] == [fold(text[one.start : one.end]) for one in found]
    assert len(terms_of(found)) <= len(found)
