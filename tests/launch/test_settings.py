"""Settings are read once, documented, and refused with every reason."""

from pathlib import Path

import pytest

from torg.settings import PREFIX, ROOT, Settings, SettingsRefused, load, table


def test_nothing_needs_to_be_set() -> None:
    settings = load({})
    assert settings.embedded
    assert settings.data == ROOT / "data"
    assert settings.origin == "http://127.0.0.1:8000"


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(SettingsRefused) as refused:
        load(
            {
                "TORG_PORT": "70000",
                "TORG_SERVER_PROCESSES": "none",
                "TORG_ENVIRONMENT": "production",
                "TORG_MAIL": "pigeon",
                "TORG_DATABASE_URL": "mysql://localhost/torg",
                "TORG_WEBHOOK_ALLOW_PRIVATE": "perhaps",
                "TORG_PROT": "8000",
            }
        )
    reasons = refused.value.reasons
    for name in ("PORT", "SERVER_PROCESSES", "ENVIRONMENT", "MAIL", "DATABASE_URL", "WEBHOOK_ALLOW_PRIVATE"):
        assert any(reason.startswith(f"TORG_{name}:") for reason in reasons), name
    assert "TORG_PROT: there is no such setting; did you mean TORG_PORT?" in reasons
    assert "TORG_ENVIRONMENT: must be one of demo, practice, live (it is 'production')" in reasons
    assert len(reasons) == 7


def test_no_secret_is_told() -> None:
    given = {"TORG_SECRET": "short-secret", "TORG_DATABASE_URL": "postgresql//u:hidden@h/d"}
    with pytest.raises(SettingsRefused) as refused:
        load(given)
    assert "short-secret" not in str(refused.value)
    assert "hidden" not in str(refused.value)
    settings = Settings(secret="s" * 40, database_url="postgresql://u:hidden@h/d", s3_secret_key="hidden")
    assert "hidden" not in repr(settings)
    assert "sss" not in repr(settings)


def test_a_child_process_gets_the_same_settings() -> None:
    settings = load({"TORG_PORT": "1234", "TORG_WEBHOOK_ALLOW_PRIVATE": "true", "TORG_SECRET": "x" * 32})
    assert load(settings.environ()) == settings


def test_the_secret_is_found_in_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s" * 40 + "\n")
    assert load({"TORG_DATA": str(tmp_path)}).secret == "s" * 40
    assert load({"TORG_DATA": str(tmp_path), "TORG_SECRET": "t" * 40}).secret == "t" * 40


def test_more_connections_than_the_embedded_server_accepts_are_refused() -> None:
    with pytest.raises(SettingsRefused, match="TORG_DATABASE_CONNECTIONS"):
        load({"TORG_SERVER_PROCESSES": "20"})
    load({"TORG_SERVER_PROCESSES": "20", "TORG_DATABASE_MAX_CONNECTIONS": "300"})


def test_variables_of_tests_and_measurements_are_not_settings() -> None:
    load({"TORG_TEST_DATABASE_URL": "x", "TORG_BENCH_SECONDS": "1", "OTHER": "x"})


def test_the_address_fits_the_host() -> None:
    assert load({"TORG_HOST": "0.0.0.0"}).address == "http://127.0.0.1:8000"  # noqa: S104
    assert load({"TORG_HOST": "::1", "TORG_PORT": "1"}).address == "http://[::1]:1"
    assert load({"TORG_PUBLIC_URL": "https://shop.example/"}).origin == "https://shop.example"


def test_the_handbook_shows_every_setting_as_it_is() -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert table() in handbook, "put the output of torg.settings.table() into docs/operations.md"
    assert all(PREFIX + name.upper() in handbook for name in Settings.__struct_fields__)
