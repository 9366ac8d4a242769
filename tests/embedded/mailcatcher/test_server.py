"""The mail catcher over real SMTP and real HTTP."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPResponse

import pytest

from passerelle.embedded.environment import Installation
from passerelle.embedded.ports import LOOPBACK, get
from passerelle.embedded.process import GuardedProcess
from passerelle.embedded.services import services
from passerelle.settings import Settings
from tests.embedded.laptop import Laptop, eventually

HOSTILE = '<script>alert("x")</script>'


class MailCatcher:
    """A running mail catcher."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop = laptop
        self.process = self._started()

    def _started(self) -> GuardedProcess:
        settings = Settings(
            data_dir=self.laptop.directory,
            mail_port=self.laptop.ports["MAIL"],
            mail_smtp_port=self.laptop.ports["MAIL_SMTP"],
        )
        mail = next(each for each in services(Installation(settings, self.laptop.variables)) if each.name == "mail")
        process = GuardedProcess(mail.command(), self.laptop.directory / "mail.log")
        eventually(mail.is_ready)
        return process

    def restart(self, *, by_force: bool) -> None:
        """Ends it, orderly or with SIGKILL, and starts it again."""
        if by_force:
            self.process.kill()
        self.process.end()
        self.process = self._started()

    def send(self, to: str = "elise@example.com", html: str = "", **headers: str) -> None:
        made = EmailMessage()
        for name, value in {"From": "a@example.com", "To": to, "Subject": "x", **headers}.items():
            made[name] = value
        made.set_content("Plain. https://example.com/plain")
        if html:
            made.add_alternative(html, subtype="html")
        self.send_raw(made.as_bytes(), to)

    def send_raw(self, raw: bytes, to: str) -> None:
        with smtplib.SMTP(LOOPBACK, self.laptop.ports["MAIL_SMTP"], timeout=5) as connection:
            connection.sendmail("bounces@example.com", [to], raw)

    def messages(self, query: str = "") -> list[dict[str, str]]:
        answer = self.laptop.mail(query)
        assert isinstance(answer, dict)
        return list(answer["messages"])

    def page(self, path: str) -> str:
        return get(LOOPBACK, self.laptop.ports["MAIL"], path).decode()

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None) -> HTTPResponse:
        """The answer, its body read."""
        connection = HTTPConnection(LOOPBACK, self.laptop.ports["MAIL"], timeout=5)
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailCatcher]:
    catcher = MailCatcher(Laptop(tmp_path_factory.mktemp("mail")))
    yield catcher
    catcher.process.end()


@pytest.fixture
def catcher(running: MailCatcher) -> MailCatcher:
    """An empty one."""
    running.ask("DELETE", "/api/messages")
    return running


@pytest.mark.parametrize("by_force", [False, True], ids=["stopped", "killed"])
def test_an_accepted_message_is_there_after_a_restart(catcher: MailCatcher, by_force: bool) -> None:
    catcher.send(Subject="kept")
    catcher.restart(by_force=by_force)
    assert [message["subject"] for message in catcher.messages()] == ["kept"]


def test_the_list_shows_the_sender_s_display_name_newest_first_S32(catcher: MailCatcher) -> None:
    catcher.send(From='"Génies en herbe" <a@example.com>', Subject="first")
    catcher.send(From='"Robotique, 2e année" <a@example.com>', Subject="second")
    page = catcher.page("/")
    assert "Messages (2)" in page
    assert page.index("Robotique, 2e année") < page.index("Génies en herbe")
    assert "to elise@example.com" in page
    assert "just now" in page


def test_an_empty_list_says_what_to_do(catcher: MailCatcher) -> None:
    assert "No message yet." in catcher.page("/")
    assert "make tour" in catcher.page("/")


def test_the_html_of_a_message_is_locked_in(catcher: MailCatcher) -> None:
    catcher.send(html=f"<h1>Hello</h1>{HOSTILE}")
    message_id = catcher.messages()[0]["id"]
    page = catcher.page(f"/messages/{message_id}")
    frame = page[page.index("<iframe") : page.index("</iframe>")]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    assert f"/messages/{message_id}/html" in frame
    policy = str(catcher.ask("GET", f"/messages/{message_id}/html").headers["Content-Security-Policy"])
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    # Also when the frame's address is opened by itself.
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy + frame
    assert HOSTILE in catcher.page(f"/messages/{message_id}/html")


def test_a_hostile_header_is_shown_literally(catcher: MailCatcher) -> None:
    catcher.send_raw(f"From: {HOSTILE} <a@example.com>\r\nSubject: {HOSTILE}\r\n\r\n".encode(), "elise@example.com")
    message = catcher.messages()[0]
    assert message["subject"] == HOSTILE
    for path in ("/", f"/messages/{message['id']}"):
        assert "<script>" not in catcher.page(path)
        assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in catcher.page(path)
        assert "default-src 'none'" in str(catcher.ask("GET", path).headers["Content-Security-Policy"])


def test_the_message_page_has_text_headers_links_and_the_raw_message(catcher: MailCatcher) -> None:
    catcher.send(html='<a href="https://example.com/finish?token=1&amp;x=2">Finish</a>', Subject="Invitation")
    message_id = catcher.messages()[0]["id"]
    page = catcher.page(f"/messages/{message_id}")
    assert 'href="https://example.com/finish?token=1&amp;x=2" rel="noreferrer noopener"' in page
    assert "Plain. https://example.com/plain" in page
    assert "<dt>Content-Type</dt>" in page
    raw = catcher.ask("GET", f"/messages/{message_id}/raw")
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert "Subject: Invitation" in catcher.page(f"/messages/{message_id}/raw")


def test_a_javascript_link_is_listed_but_cannot_be_clicked(catcher: MailCatcher) -> None:
    catcher.send(html='<a href="javascript:alert(1)">x</a>')
    page = catcher.page(f"/messages/{catcher.messages()[0]['id']}")
    assert "javascript:alert(1)" in page
    assert 'href="javascript:' not in page


def test_the_json_interface_gives_everything_of_a_message(catcher: MailCatcher) -> None:
    catcher.send(html='<a href="https://example.com/a">a</a>', From='"Génies, en herbe" <a@example.com>')
    listed = catcher.messages()[0]
    whole = catcher.laptop.mail(f"/{listed['id']}")
    assert isinstance(whole, dict)
    assert whole["from"] == {"name": "Génies, en herbe", "address": "a@example.com"}
    assert whole["envelope"] == {"from": "bounces@example.com", "to": ["elise@example.com"]}
    assert whole["links"] == ["https://example.com/a", "https://example.com/plain"]
    assert whole["text"].strip() == "Plain. https://example.com/plain"
    assert whole["html"].strip() == '<a href="https://example.com/a">a</a>'
    assert ["To", "elise@example.com"] in whole["headers"]
    assert datetime.now(UTC) - datetime.fromisoformat(whole["received_at"]) < timedelta(minutes=1)


def test_the_json_list_is_narrowed_by_recipient_and_by_time(catcher: MailCatcher) -> None:
    catcher.send("elise@example.com", Subject="1")
    catcher.send("marc@example.com", Subject="2")
    catcher.send("elise@example.com", Subject="3")
    assert [message["subject"] for message in catcher.messages("?to=Elise@example.com")] == ["3", "1"]
    first = catcher.messages()[-1]["received_at"]
    assert [message["subject"] for message in catcher.messages(f"?since={first}")] == ["3", "2"]
    assert catcher.ask("GET", "/api/messages?since=yesterday").status == 422


def test_what_is_not_there_is_404(catcher: MailCatcher) -> None:
    catcher.send()
    message_id = catcher.messages()[0]["id"]
    for path in ("/messages/1", "/api/messages/1", f"/messages/{message_id}/attachments/0", "/messages/..%2fsecret"):
        assert catcher.ask("GET", path).status == 404


def test_messages_can_be_removed_but_not_by_another_site(catcher: MailCatcher) -> None:
    catcher.send()
    assert catcher.ask("POST", "/clear", {"Sec-Fetch-Site": "cross-site"}).status == 403
    assert len(catcher.messages()) == 1
    assert catcher.ask("POST", "/clear", {"Sec-Fetch-Site": "same-origin"}).status == 303
    assert catcher.messages() == []


def test_another_site_s_name_for_this_machine_is_refused(catcher: MailCatcher) -> None:
    """Against DNS rebinding: the mail holds invitations."""
    assert catcher.ask("GET", "/api/messages", {"Host": "evil.example"}).status == 400


def test_a_message_that_cannot_be_kept_is_not_accepted(catcher: MailCatcher) -> None:
    """A temporary refusal, so that the sender tries again."""
    folder = catcher.laptop.directory / "mail"
    aside = folder.rename(catcher.laptop.directory / "aside")
    try:
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            catcher.send()
        assert refusal.value.smtp_code == 451
    finally:
        aside.rename(folder)
