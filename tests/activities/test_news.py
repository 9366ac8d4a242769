"""News to requester and recipient, and the mails of the sign-in page (L8, L9, S35, S36)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from temporalio.exceptions import ApplicationError

from passerelle.db.tables import AccountToken, MailRow
from passerelle.domain import credentials
from passerelle.domain.stages import Cause
from tests import platform_world
from tests.activities.post import AT, RECIPIENT, Post, is_final, plain_text, secrets_in
from tests.mail_server import Behaviour
from tests.platform_world import KEY, NOW
from workflows.messages import AccountMail

TO_REQUESTER = ["request_received", "attention_needed", "completed"]
TROUBLE: dict[str, object] = {"cause": Cause.BOUNCED, "attention_at": AT}
A_DAY = timedelta(days=1)


@pytest.mark.parametrize("kind", TO_REQUESTER)
async def test_the_requester_is_told_once_L8(post: Post, kind: str) -> None:
    onboarding_id = await post.awaiting_registration()
    if kind == "attention_needed":
        await platform_world.set_facts(post.database, onboarding_id, **TROUBLE)
    for _ in range(2):
        await post.tell(onboarding_id, kind)
    (mail,) = post.server.kept
    requester = (await post.case(onboarding_id)).requester
    assert requester is not None
    assert mail["To"] == requester.email
    assert mail["From"].addresses[0].display_name == post.settings.operator_name
    assert secrets_in(mail) == ([], [])
    (entry,) = await post.timeline(onboarding_id)
    assert (entry.event, entry.details) == ("requester_told", {"news": kind})


async def test_the_new_administrator_is_welcomed_once_in_the_programs_name_L9(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    for _ in range(2):
        await post.tell(onboarding_id, "welcome")
    (mail,) = post.server.kept
    assert mail["To"] == RECIPIENT
    assert mail["From"].addresses[0].display_name == platform_world.TITLE
    assert secrets_in(mail) == ([], [])
    (entry,) = await post.timeline(onboarding_id)
    assert (entry.event, entry.details) == ("recipient_welcomed", {"news": "welcome"})


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [(Cause.EXPIRED, "a expiré"), (Cause.BOUNCED, "refuse"), (Cause.INVITATION_FAILED, "n’a pas pu être envoyée")],
)
async def test_a_request_for_help_says_what_is_wrong_L8(post: Post, cause: Cause, sentence: str) -> None:
    onboarding_id = await post.awaiting_registration()
    await platform_world.set_facts(post.database, onboarding_id, cause=cause, attention_at=AT)
    await post.tell(onboarding_id, "attention_needed")
    assert sentence in plain_text(post.server.kept[0])


@pytest.mark.parametrize("since", [{}, {"registered_at": AT}], ids=["mended", "registered"])
async def test_help_that_is_not_needed_any_more_is_not_asked_for_F28(post: Post, since: dict[str, object]) -> None:
    onboarding_id = await post.awaiting_registration()
    await platform_world.set_facts(post.database, onboarding_id, **since)
    await post.tell(onboarding_id, "attention_needed")
    assert (post.server.conversations, await post.timeline(onboarding_id)) == (0, [])


async def test_a_request_before_the_training_is_told_what_it_waits_for_D2(post: Post) -> None:
    onboarding_id = await platform_world.requested(post.database)
    await platform_world.set_facts(post.database, onboarding_id, training_registered=False)
    await post.tell(onboarding_id, "request_received")
    assert "session de formation" in plain_text(post.server.kept[0])


async def test_news_that_could_not_leave_are_tried_again_as_the_same_mail_F15(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    post.server.script.append(Behaviour.CUT_AFTER_DOT)
    with pytest.raises(ApplicationError) as caught:
        await post.tell(onboarding_id, "completed")
    assert is_final(caught.value) == ("mail_unknown", False)
    assert await post.timeline(onboarding_id) == []
    await post.tell(onboarding_id, "completed")
    assert post.server.raw[0] == post.server.raw[1]


async def token(post: Post, purpose: str) -> UUID:
    """An account's token whose mail is wanted, as the sign-in page writes it."""
    await platform_world.invited(post.database)
    account, token_id = await platform_world.account(post.database), uuid4()
    digest = credentials.digest(credentials.account_token(KEY, token_id))
    async with post.database.transaction() as tx:
        tx.add(
            AccountToken(
                id=token_id, account_id=account.id, purpose=purpose, digest=digest, expires_at=NOW + timedelta(hours=1)
            )
        )
    return token_id


async def mail_token(post: Post, token_id: UUID, tried_for: timedelta = timedelta()) -> None:
    await post.run(post.mail.send_account_mail, AccountMail(token_id), tried_for)


@pytest.mark.parametrize(
    ("purpose", "path", "subject"),
    [("unlock", "deverrouillage", "Déverrouillez"), ("password", "mot-de-passe", "Choisissez")],
)
async def test_the_link_of_the_sign_in_page_is_mailed_once_S35_S36(
    post: Post, purpose: str, path: str, subject: str
) -> None:
    token_id = await token(post, purpose)
    for _ in range(2):
        await mail_token(post, token_id)
    (mail,) = post.server.kept
    assert (mail["To"], mail["From"].addresses[0].display_name) == (RECIPIENT, post.settings.brand)
    assert subject in mail["Subject"]
    expected = f"http://localhost:8000/fr/plateforme/{path}/{credentials.account_token(KEY, token_id)}\n"
    assert expected in plain_text(mail)
    async with post.database.transaction() as tx:
        (row,) = await tx.scalars(select(MailRow))
    assert (row.state, row.kind, row.onboarding_id) == ("accepted", purpose, None)


@pytest.mark.parametrize("gone", [{"used_at": NOW}, {"expires_at": NOW - A_DAY}], ids=" and ".join)
async def test_a_link_that_nobody_can_use_any_more_is_not_mailed_S36(post: Post, gone: dict[str, object]) -> None:
    token_id = await token(post, "unlock")
    async with post.database.transaction() as tx:
        await tx.execute(update(AccountToken).values(**gone))
    await mail_token(post, token_id)
    assert post.server.conversations == 0


async def test_a_link_that_went_with_its_account_is_not_mailed_and_not_tried_for_ever(post: Post) -> None:
    await mail_token(post, uuid4())
    assert post.server.conversations == 0


async def test_the_mail_of_the_sign_in_page_is_tried_for_an_hour_F15(post: Post) -> None:
    token_id = await token(post, "password")
    post.server.otherwise = Behaviour.DEFER_RECIPIENT
    for tried_for, error in [(59, ("mail_deferred", False)), (60, ("mail_gave_up", True))]:
        with pytest.raises(ApplicationError) as caught:
            await mail_token(post, token_id, timedelta(minutes=tried_for))
        assert is_final(caught.value) == error
