"""Settings: a pure function of the environment."""

from pathlib import Path

import pytest

from parley.settings import TABLE, Mistake, Settings, SettingsError, read

URL = "postgresql://me:secret@there:5432/parley"


def test_settings_of_an_address_alone_are_the_defaults() -> None:
    settings = read({"PARLEY_DATABASE_URL": URL, "PATH": "/bin"})
    assert settings.database_url == URL
    assert {setting.field: getattr(settings, setting.field) for setting in TABLE if setting.default} == {
        setting.field: setting.read(setting.default) for setting in TABLE if setting.default
    }


def test_settings_table_and_struct_have_the_same_fields() -> None:
    assert tuple(setting.field for setting in TABLE) == Settings.__struct_fields__


def test_setting_that_is_empty_counts_as_not_set() -> None:
    assert read({"PARLEY_DATABASE_URL": URL, "PARLEY_PORT": ""}).port == 8080


def test_secret_in_a_file_is_read_from_there() -> None:
    settings = read({"PARLEY_DATABASE_URL_FILE": "/run/secrets/url"}, lambda path: f"{URL}\n" * (path.name == "url"))
    assert settings.database_url == URL


@pytest.mark.parametrize(
    ("variable", "value", "found"),
    [
        ("PARLEY_PORT", "65536", "'65536'"),
        ("PARLEY_PORT", "80 80", "'80 80'"),
        ("PARLEY_PORT", "٨٠", "'٨٠'"),
        ("PARLEY_HOST", "http://here", "'http://here'"),
        ("PARLEY_QUEUE_LIMIT", "0", "'0'"),
        ("PARLEY_QUEUE_LIMIT", "-1", "'-1'"),
        ("PARLEY_READ_CONNECTIONS", "many", "'many'"),
        ("PARLEY_SHUTDOWN_S", "1.5", "'1.5'"),
        ("PARLEY_LOG_LEVEL", "loud", "'loud'"),
        ("PARLEY_LOG_FORMAT", "xml", "'xml'"),
        ("PARLEY_ACCESS_LOG", "yes", "'yes'"),
        ("PARLEY_TRACES", "on", "'on'"),
        ("PARLEY_OPEN", "yes", "'yes'"),
        ("PARLEY_RATE_LIMIT", "none", "'none'"),
        ("PARLEY_STREAMS_PER_KEY", "0", "'0'"),
        ("PARLEY_DATABASE_URL", "secret", "something else (not shown, it may hold a password)"),
        (
            "PARLEY_DATABASE_URL",
            "postgresql://me@/parley?host=one,two,three&port=1,2",
            "something else (not shown, it may hold a password)",
        ),
        ("PARLEY_PROT", "1", "a name that no setting has"),
    ],
)
def test_setting_with_a_mistake_is_named_with_what_was_found_and_what_is_accepted(
    variable: str, value: str, found: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read({"PARLEY_DATABASE_URL": URL, variable: value})
    [mistake] = raised.value.mistakes
    assert (mistake.variable, mistake.found) == (variable, found)
    assert mistake.accepted


def test_settings_with_several_mistakes_tell_all_of_them() -> None:
    with pytest.raises(SettingsError) as raised:
        read({"PARLEY_PORT": "x", "PARLEY_LOG_LEVEL": "y"})
    assert [mistake.variable for mistake in raised.value.mistakes] == [
        "PARLEY_DATABASE_URL",
        "PARLEY_PORT",
        "PARLEY_LOG_LEVEL",
    ]


def test_secret_given_twice_is_a_mistake() -> None:
    with pytest.raises(SettingsError) as raised:
        read({"PARLEY_DATABASE_URL": URL, "PARLEY_DATABASE_URL_FILE": "url"})
    assert "secret" not in str(raised.value)


def test_secret_in_a_file_that_is_missing_is_a_mistake_of_the_file_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        read({"PARLEY_DATABASE_URL_FILE": str(tmp_path / "none")})
    [mistake] = raised.value.mistakes
    assert mistake == Mistake(
        "PARLEY_DATABASE_URL_FILE",
        f"{tmp_path / 'none'}, which cannot be read (No such file or directory)",
        "the name of a file that holds an address like postgresql://user:password@host:5432/database",
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://me@there/parley", "postgresql://me:a%20b%2F%40@there/parley"),
        ("postgresql://me@one:5432,two:5432/parley?target_session_attrs=read-write",
         "postgresql://me:a%20b%2F%40@one:5432,two:5432/parley?target_session_attrs=read-write"),
        ("postgresql://me@/parley?host=%2Frun", "postgresql://me:a%20b%2F%40@/parley?host=%2Frun"),
    ],
)  # fmt: skip
def test_password_apart_from_the_address_becomes_part_of_it(address: str, expected: str) -> None:
    """It may stand in a file, as a container's secrets do, and may hold what an address would have to escape."""
    asked = {"PARLEY_DATABASE_URL": address}
    assert read({**asked, "PARLEY_DATABASE_PASSWORD": "a b/@"}).database_url == expected
    in_a_file = read({**asked, "PARLEY_DATABASE_PASSWORD_FILE": "password"}, lambda _: "a b/@\n")
    assert in_a_file.database_url == expected


@pytest.mark.parametrize(
    ("address", "variable"),
    [
        (URL, "PARLEY_DATABASE_PASSWORD"),
        ("postgresql://me@there/parley?password=secret", "PARLEY_DATABASE_PASSWORD"),
        ("postgresql://there/parley", "PARLEY_DATABASE_URL"),
    ],
)
def test_password_that_the_address_cannot_take_is_a_mistake_that_does_not_show_it(address: str, variable: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read({"PARLEY_DATABASE_URL": address, "PARLEY_DATABASE_PASSWORD": "hidden"})
    [mistake] = raised.value.mistakes
    assert mistake.variable == variable
    assert not {"secret", "hidden"} & set(str(mistake).replace("=", " ").split())


def test_password_in_a_file_that_is_empty_is_a_mistake() -> None:
    """Somebody meant to set one."""
    with pytest.raises(SettingsError) as raised:
        read(
            {"PARLEY_DATABASE_URL": "postgresql://me@there/parley", "PARLEY_DATABASE_PASSWORD_FILE": "password"},
            lambda _: "",
        )
    assert [mistake.variable for mistake in raised.value.mistakes] == ["PARLEY_DATABASE_PASSWORD_FILE"]


def test_variables_of_a_platform_with_our_prefix_are_left_alone() -> None:
    """Kubernetes sets such ones for a service named parley."""
    platform = {"PARLEY_SERVICE_HOST": "10.0.0.1", "PARLEY_PORT_8080_TCP_ADDR": "10.0.0.1"}
    assert read({"PARLEY_DATABASE_URL": URL, **platform}) == read({"PARLEY_DATABASE_URL": URL})
