import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce import config
from vivavoce.config import Settings, SettingsError, load

SAMPLE = Path(__file__).parents[3] / "docs" / "vivavoce.toml"


def test_the_annotated_sample_equals_the_defaults() -> None:
    sample = tomllib.loads(SAMPLE.read_text(encoding="utf-8"))
    assert sample == msgspec.to_builtins(Settings())


def test_file_is_under_environment_is_under_flags(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("port = 1\nstudio_port = 2\nedges = 3\n[sound]\nopus_kbps = 24\n")
    environment = {"VIVAVOCE_STUDIO_PORT": "20", "VIVAVOCE_EDGES": "30", "HOME": "/nowhere"}
    settings = load(environment, {"edges": 5}, config=file)
    assert (settings.port, settings.studio_port, settings.edges) == (1, 20, 5)
    assert settings.sound == config.Sound(opus_kbps=24)


@pytest.mark.parametrize(
    "bucket", ["s3://recordings", "s3://a.b-c/studio/1", "file:///mnt/copy of it"]
)
def test_a_bucket_is_of_s3_or_a_folder(bucket: str) -> None:
    settings = load({"VIVAVOCE_STORAGE_BUCKET": bucket}, {"data": "/nowhere"})
    assert settings.storage.bucket == bucket


def test_the_file_of_the_data_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "vivavoce.toml").write_text("[show]\nend_after_min = 7\n")
    settings = load({}, {"data": str(tmp_path)})
    assert settings.show.end_after_min == 7
    assert settings.folder == tmp_path


def test_the_file_of_the_data_folder_cannot_name_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "vivavoce.toml").write_text("data = 'elsewhere'\n")
    with pytest.raises(SettingsError, match="--data"):
        load({}, {"data": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("prot = 1", "did you mean port"), ("[sound]\nopus_kpbs = 1", "did you mean sound.opus_kbps")],
)
def test_an_unknown_key_is_refused_with_a_suggestion(
    tmp_path: Path, text: str, suggestion: str
) -> None:
    (tmp_path / "vivavoce.toml").write_text(text)
    with pytest.raises(SettingsError, match=suggestion) as refused:
        load({}, {"data": str(tmp_path)})
    assert refused.value.code == "setting_unknown"


def test_an_unknown_variable_is_refused_with_a_suggestion() -> None:
    with pytest.raises(SettingsError, match="did you mean VIVAVOCE_PORT"):
        load({"VIVAVOCE_PROT": "1"}, {})


def test_variables_that_are_no_settings_are_left_alone(tmp_path: Path) -> None:
    environment = {"VIVAVOCE_EDGE_TOKEN": "x", "VIVAVOCE_TEST_SLOW": "1", "VIVAVOCE_BUILD_NODE": ""}
    assert load(environment, {"data": str(tmp_path)}).port == 8080


@pytest.mark.parametrize(
    "flags",
    [
        {"port": 65_536},
        {"edges": 0},
        {"public_url": "live.example.org"},
        {"public_url": "https://live.example.org/path"},
        {"log": {"level": "loud"}},
        {"storage": {"bucket": "recordings"}},
        {"storage": {"bucket": "s3://key:secret@recordings"}},
        {"storage": {"bucket": "file://elsewhere"}},
        {"storage": {"endpoint": "s3.example.org"}},
    ],
)
def test_a_wrong_value_is_refused(tmp_path: Path, flags: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as refused:
        load({}, {"data": str(tmp_path)} | flags)
    assert refused.value.code == "setting_invalid"
    assert "\n" not in refused.value.message


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="not valid TOML") as refused:
        load({}, {}, config=file)
    assert "\n" not in refused.value.message


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no settings file"):
        load({}, {}, config=tmp_path / "none.toml")


@given(
    port=st.integers(0, 65_535),
    kbps=st.integers(8, 320),
    host=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)
def test_every_setting_can_come_from_the_environment(port: int, kbps: int, host: str) -> None:
    tree = config.from_environment(
        {
            "VIVAVOCE_PORT": str(port),
            "VIVAVOCE_SOUND_AAC_KBPS": str(kbps),
            "VIVAVOCE_HOST": host,
        }
    )
    settings = config.build(tree)
    assert (settings.port, settings.sound.aac_kbps, settings.host) == (port, kbps, host)


def test_each_variable_names_one_setting() -> None:
    names = ["_".join(path).upper() for path in config.paths()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
@pytest.mark.parametrize(
    "seen", [{"studio_url": "https://studio.example.org"}, {"announce": "203.0.113.5"}]
)
def test_sound_comes_in_though_the_doors_are_for_a_proxy_alone(
    host: str, seen: dict[str, str]
) -> None:
    assert config.build({"host": host, **seen}).media_host == ""
    assert config.build({"host": host}).media_host == host


@pytest.mark.parametrize("host", ["", "0.0.0.0", "192.0.2.7", "::", "live.example.org"])
def test_sound_comes_in_where_everything_does(host: str) -> None:
    settings = config.build({"host": host, "studio_url": "https://studio.example.org"})
    assert settings.media_host == host
