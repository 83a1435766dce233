"""Configuration: flags override the environment, which overrides the file; unknown settings are errors."""

import pytest
from kit.server import free_port, is_reference
from test_process import serve
from wire.caller import Caller

pytestmark = pytest.mark.skipif(is_reference(), reason="this is about our process")


@pytest.fixture
def config(tmp_path):
    """Writes a TOML file and returns its path."""

    def write(text: str) -> str:
        path = tmp_path / "kansoku.toml"
        path.write_text(text)
        return str(path)

    return write


def test_an_unknown_key_in_the_file_is_named(config, tmp_path):
    path = config("prot = 5000\n")
    done = serve("--config", path, "--data", str(tmp_path / "data"), "--port", str(free_port()))
    assert done.returncode not in (0, 101)
    assert "prot" in done.stderr
    assert path in done.stderr or "kansoku.toml" in done.stderr


def test_an_unknown_variable_is_named(tmp_path):
    done = serve("--data", str(tmp_path / "data"), "--port", str(free_port()), env={"KANSOKU_PROT": "5000"})
    assert done.returncode not in (0, 101)
    assert "KANSOKU_PROT" in done.stderr


def test_a_value_of_the_wrong_kind_is_named(config, tmp_path):
    data = str(tmp_path / "data")
    for done in (
        serve("--config", config('port = "many"\n'), "--data", data),
        serve("--data", data, env={"KANSOKU_PORT": "many"}),
        serve("--data", data, "--port", "many"),
    ):
        assert done.returncode not in (0, 101)
        assert "port" in done.stderr.lower() and "many" in done.stderr


def test_a_missing_or_invalid_toml_file_is_named(config, tmp_path):
    for path in (str(tmp_path / "nowhere.toml"), config("= nonsense")):
        done = serve("--config", path, "--data", str(tmp_path / "data"), "--port", str(free_port()))
        assert done.returncode not in (0, 101)
        assert path in done.stderr


def test_an_unknown_flag_is_named():
    done = serve("--prot", "5000")
    assert done.returncode not in (0, 101)
    assert "--prot" in done.stderr


def test_the_environment_and_the_file_configure_the_server(config, start_server):
    # The fixture passes --port and --data as flags, which override environment and file.
    path = config(f'port = {free_port()}\nhost = "127.0.0.1"\n')
    server = start_server(args=("--config", path), env={"KANSOKU_PORT": str(free_port()), "KANSOKU_LOG": "json"})
    assert Caller(server.url).ask("GET", "/health").text == "OK"
    assert '{"' in server.tail()
