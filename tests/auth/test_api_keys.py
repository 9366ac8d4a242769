"""The form of API keys (SEC31)."""

import pytest

from passerelle.auth.api_keys import in_authorization, mint, presented


def test_a_new_key_proves_itself_and_no_other() -> None:
    keys = [mint() for _ in range(50)]
    shown = [presented(key) for key in keys]
    assert len({each.prefix for each in shown if each}) == 50
    for key, each in zip(keys, shown, strict=True):
        assert each is not None
        assert key.startswith(f"psl_{each.prefix}_")
        assert each.is_the_one(each.digest)
        assert not each.is_the_one(bytes(32))


def test_it_is_found_in_the_header_in_any_case() -> None:
    key = mint()
    for header in (f"Bearer {key}", f"bearer {key}", f"BEARER   {key}  "):
        assert in_authorization(header) == presented(key)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic abc", "Bearer abc", "psl_x", "Bearer psl_é_é"])
def test_what_has_not_the_form_of_a_key_is_none(header: str | None) -> None:
    assert in_authorization(header) is None
