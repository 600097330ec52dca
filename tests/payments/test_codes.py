"""The codes of gift cards: what people mistype is found, what they write in their own way is understood."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.kernel.access import Policy
from torg.kernel.access.vault import Vault
from torg.payments.credit.codes import ALPHABET, LENGTH, check_character, hashed, new_code, plain, shown
from torg.payments.credit.model import CodeMistyped

BODIES = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1)
PLACES = st.integers(0, LENGTH - 1)
POLICY = Policy(Vault("s" * 40), "http://torg.test")


def test_a_code_holds_more_chance_than_anybody_can_try_and_is_never_given_twice() -> None:
    assert (LENGTH - 1) * math.log2(len(ALPHABET)) > 72
    codes = {new_code() for _ in range(5_000)}
    assert len(codes) == 5_000
    assert {plain(code)[-1] for code in codes} == set(ALPHABET)


def test_no_character_looks_like_another_and_none_is_a_vowel() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 29
    assert not set(ALPHABET) & set("1ILOAEU")


@given(BODIES, PLACES, st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(body: str, place: int, wrong: str) -> None:
    code = body + check_character(body)
    mistyped = code[:place] + wrong + code[place + 1 :]
    if mistyped == code:
        assert plain(mistyped) == code
    else:
        with pytest.raises(CodeMistyped):
            plain(mistyped)


@given(BODIES, PLACES, PLACES)
def test_every_two_characters_that_were_swapped_are_found(body: str, one: int, other: int) -> None:
    code = list(body + check_character(body))
    right = "".join(code)
    code[one], code[other] = code[other], code[one]
    if "".join(code) == right:
        assert plain("".join(code)) == right
    else:
        with pytest.raises(CodeMistyped):
            plain("".join(code))


@given(BODIES)
def test_a_code_is_understood_however_it_is_set_apart(body: str) -> None:
    code = body + check_character(body)
    assert plain(shown(code)) == plain(shown(code).lower().replace("-", " ")) == code
    assert plain(code.replace("0", "o")) == code
    assert hashed(POLICY, shown(code)) == hashed(POLICY, code.lower())


@given(st.text(max_size=40))
def test_anything_else_is_no_code(text: str) -> None:
    try:
        code = plain(text)
    except CodeMistyped:
        return
    assert check_character(code[:-1]) == code[-1]


def test_a_hash_is_worth_nothing_without_the_secret() -> None:
    code = new_code()
    other = Policy(Vault("t" * 40), "http://torg.test")
    assert hashed(POLICY, code) != hashed(other, code)
    assert code not in hashed(POLICY, code)
