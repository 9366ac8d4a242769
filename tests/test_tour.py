"""The seed's whole path, walked by `python -m passerelle tour` against a system that `up` started: all of it real."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from passerelle.settings import Settings
from passerelle.tour.main import main
from passerelle.tour.story import STORY
from tests.embedded.laptop import Laptop, read_until
from tests.lying_proxy import Exchange, Lie, instead_of, lying_proxy

pytestmark = pytest.mark.xdist_group("system")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A laptop on which everything runs."""
    laptop = Laptop(tmp_path_factory.mktemp("tour") / "kept")
    with laptop.begin("up") as process:
        try:
            read_until(process, "Ctrl-C stops everything")
            yield laptop
        finally:
            process.terminate()
            process.communicate(timeout=60)


def settings_of(laptop: Laptop, **changed: object) -> Settings:
    """The settings as the tour would find them in the laptop's environment."""
    ports = {f"{name.lower()}_port": port for name, port in laptop.ports.items()}
    return Settings.model_validate({**ports, "data_dir": laptop.directory, **changed})


def test_the_seed_s_whole_path_is_walked_and_proved(running: Laptop) -> None:
    """S2-S6, S18-S28, S31-S35, S38-S45, D1, D3, L1, L8-L10, O2, F3, F19."""
    walked = running.run("tour")
    assert (walked.returncode, walked.stderr) == (0, "")
    told = walked.stdout
    assert [int(number) for number in re.findall(r"^ ?(\d+)\. ", told, re.MULTILINE)] == [*range(1, len(STORY) + 1)]
    for line in (
        "names every missing gate, not only the first",
        "organization_approved, training_registered",
        "in stage awaiting_request",
        "Jane Doe requests access for Daniel Test, 5145555555, with a logo",
        "the answer is the pinned notice",
        "in stage awaiting_registration",
        "Its sender’s name is the program’s title, character by character",
        "Opened twice and scanned by a machine (HEAD), nothing happens",
        "lead straight to the settings",
        "Refused, too short: « Le nouveau mot de passe doit contenir au moins 6 caractères. »",
        "Refused, no upper-case letter: « Le nouveau mot de passe doit contenir une majuscule. »",
        "Refused, neither digit nor symbol: « Le nouveau mot de passe doit contenir un chiffre ou un symbole. »",
        "Refused, the confirmation differs:",
        "Refused, the current password is wrong:",
        "in stage completed",
        "The provided password is dead.",
        "La personne désignée a terminé son inscription à la plateforme.",
        f"http://localhost:{running.ports['TEMPORAL_UI']}/namespaces/default/workflows/onboarding-",
    ):
        assert line in told
    assert re.search(rf"All of it is so: {len(STORY)} steps, \d+ proofs, \d+\.\d s\.\n$", told)


def test_a_tour_can_be_taken_again(running: Laptop, capsys: pytest.CaptureFixture[str]) -> None:
    assert [main(settings_of(running)), main(settings_of(running))] == [0, 0]
    titles = re.findall(r"Its program « (.+) » is submitted", capsys.readouterr().out)
    assert len(set(titles)) == 2


def accepted_though_wrong(told: Exchange) -> Exchange:
    is_refusal = told.method == "POST" and told.path == "/fr/plateforme/parametres" and told.status == 422
    return replace(told, status=200) if is_refusal else told


class Restless:
    """Never says the same version of an onboarding twice."""

    def __init__(self) -> None:
        self._version = count(1_000)

    def __call__(self, told: Exchange) -> Exchange:
        if told.method != "GET":
            return told
        return replace(told, body=re.sub(rb'"version":\d+', b'"version":%d' % next(self._version), told.body))


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        (
            instead_of(b'"organization_approved", ', b""),
            "The refusal names training_registered instead of organization_approved and training_registered.",
        ),
        (
            instead_of(b'"stage":"awaiting_request"', b'"stage":"awaiting_training"'),
            "The onboarding is in stage awaiting_training instead of awaiting_request.",
        ),
        (instead_of(b'"sentence":', b'"sentences":'), "/timeline was answered without what it promises: items."),
        (instead_of(b'"event":"signed_in"', b'"event":"resent"'), "The timeline tells started, training_registered,"),
        (Restless(), "Opening the link changed the onboarding or its timeline."),
        (accepted_though_wrong, "A password was saved although too short (status 200)."),
    ],
    ids=["gates", "stage", "timeline", "event", "link", "password"],
)
def test_what_the_application_would_tell_wrong_ends_the_tour_with_a_sentence_S5_S39_L10_F19(
    lie: Lie, sentence: str, running: Laptop, capsys: pytest.CaptureFixture[str]
) -> None:
    with lying_proxy(running.ports["HTTP"], lie) as address:
        assert main(settings_of(running, base_url=address)) == 1
    assert sentence in the_one_sentence(capsys)


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        (instead_of("Génies".encode(), b"Genies"), "The invitation comes from “Genies en herbe"),
        (instead_of(b'"Message-ID"', b'"X-Message-ID"'), "“” is no Message-ID."),
        (instead_of(b"usage unique", b"usage"), "The invitation’s text names no one-time password."),
    ],
    ids=["sender", "message-id", "password"],
)
def test_an_invitation_that_is_not_as_promised_ends_the_tour_with_a_sentence_S32_S33(
    lie: Lie, sentence: str, running: Laptop, capsys: pytest.CaptureFixture[str]
) -> None:
    with lying_proxy(running.ports["MAIL"], lie) as address:
        assert main(settings_of(running), mail_url=address) == 1
    assert sentence in the_one_sentence(capsys)


def test_a_key_that_the_system_does_not_know_is_said_to_be_refused(running: Laptop) -> None:
    walked = running.run("tour", PASSERELLE_TOUR_API_KEY="psl_0123456789_" + "x" * 43)
    assert walked.returncode == 1
    assert walked.stderr == "    ✗ The API key was refused: this system does not know it.\n"


def test_without_a_key_it_is_said_where_one_comes_from(running: Laptop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(settings_of(running, data_dir=running.directory / "elsewhere")) == 1
    assert "There is no API key in" in the_one_sentence(capsys)


def test_where_nothing_runs_it_is_said_how_to_start_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    laptop = Laptop(tmp_path_factory.mktemp("asleep"))
    walked = laptop.run("tour")
    address = f"http://localhost:{laptop.ports['HTTP']}"
    assert walked.returncode == 1
    expected = f"    ✗ Nothing answers at {address}: the system is not running. Start it with: make run\n"
    assert (walked.stdout, walked.stderr) == ("", expected)


def the_one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]
