"""Organizations and programs: submitted, listed, decided on (S2, S3, S9-S13, S15, L1)."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from passerelle.db.tables import Admin, OutboxRow, Person
from passerelle.services.onboardings import durations_of
from passerelle.settings import Settings
from tests.api.world import TITLE, World


async def test_a_submitted_organization_waits_until_it_is_approved_S2(world: World) -> None:
    made = await world.organization(approved=False)
    assert made["status"] == "submitted"
    approved = await world.post(f"/organizations/{made['id']}/approval", None, 200)
    assert (approved["status"], approved["review_reason"]) == ("approved", "")
    assert approved["reviewed_at"] is not None
    assert await world.get(f"/organizations/{made['id']}") == approved


@pytest.mark.parametrize("decision", ["declined", "paused"])
async def test_an_organization_may_be_declined_or_paused_with_a_reason(world: World, decision: str) -> None:
    made = await world.organization()
    body = {"decision": decision, "reason": "Papiers manquants"}
    reviewed = await world.post(f"/organizations/{made['id']}/approval", body, 200)
    assert (reviewed["status"], reviewed["review_reason"]) == (decision, "Papiers manquants")


async def test_one_language_is_enough_and_none_is_refused_S15(world: World) -> None:
    english = await world.post("/organizations", {"name_en": "Science Youth"})
    assert (english["name_fr"], english["name_en"]) == ("", "Science Youth")
    refused = await world.post("/organizations", {"contact_name": "Daniel"}, 422)
    assert refused["errors"] == [
        {
            "field": "name_en",
            "code": "one_language_required",
            "message": "Fill in the French or the English field, or both.",
        }
    ]


async def test_an_admin_named_twice_or_known_before_is_one_person_who_keeps_their_name_S1(world: World) -> None:
    await world.organization()
    again = {"first_name": "Somebody", "last_name": "Else", "email": " DANIEL@Example.com "}
    await world.post("/organizations", {"name_fr": "Science", "admins": [again, again]})
    async with world.database.transaction() as tx:
        people = list(await tx.scalars(select(Person)))
        assert [(person.email, person.first_name) for person in people] == [("daniel@example.com", "Daniel")]
        assert len(list(await tx.scalars(select(Admin)))) == 2


async def test_the_wrong_field_of_the_third_admin_is_named(world: World) -> None:
    good = {"first_name": "Ada", "last_name": "Roy", "email": "ada@example.com"}
    body = {"name_fr": "Science", "admins": [good, good, {**good, "email": "nobody", "first_name": "A"}]}
    refused = await world.post("/organizations", body, 422)
    found = {(error["field"], error["code"]) for error in refused["errors"]}
    assert found == {("admins.2.email", "email_invalid"), ("admins.2.first_name", "too_short")}


async def test_approval_starts_the_onboarding_with_its_message_in_the_same_transaction_L1(world: World) -> None:
    program = await world.program(await world.organization())
    assert program["onboarding"]["stage"] == "awaiting_training"
    async with world.database.transaction() as tx:
        (row,) = await tx.scalars(select(OutboxRow))
    assert (str(row.subject_id), row.signal) == (program["onboarding"]["id"], "started")
    assert row.facts == {"version": 1}


async def test_approval_repeated_keeps_the_same_onboarding_L1(world: World) -> None:
    program = await world.program(await world.organization())
    again = await world.post(f"/programs/{program['id']}/approval", {}, 200)
    assert again["onboarding"] == program["onboarding"]


async def test_a_program_approved_again_after_a_pause_keeps_its_onboarding_L1(world: World) -> None:
    program = await world.program(await world.organization())
    await world.post(f"/programs/{program['id']}/approval", {"decision": "paused"}, 200)
    again = await world.post(f"/programs/{program['id']}/approval", {}, 200)
    assert again["onboarding"] == program["onboarding"]


async def test_an_onboarding_starts_with_the_training_gate_open_where_the_organization_has_a_seat_L1(
    world: World,
) -> None:
    organization = await world.organization()
    await world.seat(organization)
    program = await world.program(organization)
    assert program["onboarding"]["stage"] == "awaiting_request"


async def test_a_declined_program_starts_nothing(world: World) -> None:
    made = await world.program(await world.organization(), approved=False)
    declined = await world.post(f"/programs/{made['id']}/approval", {"decision": "declined"}, 200)
    assert (declined["status"], declined["onboarding"]) == ("declined", None)


async def test_the_list_has_the_columns_the_total_and_the_newest_first_S9_S10(world: World) -> None:
    organization = await world.organization()
    for level in (1, 4):
        await world.program(organization, response_level=level)
    await world.program(organization, "Troisième", approved=False)
    listed = await world.get("/programs")
    assert listed["total"] == 3
    columns = ["title_fr", "organization", "contact_name", "status", "response_level", "created_at"]
    assert [name for name in listed["items"][0] if name in columns] == columns
    assert [item["response_level"] for item in listed["items"]] == [1, 4, 1]
    assert [item["title_fr"] for item in listed["items"]] == ["Troisième", TITLE, TITLE]


async def test_the_list_filters_by_status_S11(world: World) -> None:
    organization = await world.organization()
    await world.program(organization)
    await world.program(organization, approved=False)
    approved = await world.get("/programs?status=approved")
    assert (approved["total"], [item["status"] for item in approved["items"]]) == (1, ["approved"])


async def test_pages_show_every_program_once_while_others_are_added(world: World) -> None:
    organization = await world.organization()
    made = {(await world.program(organization, approved=False))["id"] for _ in range(5)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = await world.get(f"/programs?limit=2&cursor={cursor}")
        seen += [item["id"] for item in page["items"]]
        await world.program(organization, approved=False)
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


async def test_a_cursor_that_is_not_ours_is_refused(world: World) -> None:
    for cursor in ("x", "AAAA", "fn4", "bm9wZX5ub3Bl", "%00", "é"):
        for path in ("/programs", "/onboardings", "/training-sessions"):
            refused = await world.get(f"{path}?cursor={cursor}", 422)
            assert refused["errors"][0]["field"] == "cursor"


async def test_one_title_may_stand_under_two_organizations_S13(world: World) -> None:
    first = await world.program(await world.organization("Science Jeunesse"))
    second = await world.program(await world.organization("Science"))
    assert first["title_fr"] == second["title_fr"]
    assert first["id"] != second["id"]


async def test_the_response_level_is_a_whole_number_from_1_to_4_S11(world: World) -> None:
    body = {"organization_id": (await world.organization())["id"], "title_fr": TITLE}
    for level in (0, 5, 1.5, "many", None):
        refused = await world.post("/programs", {**body, "response_level": level}, 422)
        assert [error["field"] for error in refused["errors"]] == ["response_level"]


async def test_a_title_that_could_become_an_address_is_refused_S32(world: World) -> None:
    organization = await world.organization()
    for title in ("a\u0000b", "a\nb", "a\u202eb", "Jane <a", "a@b", "=?utf-8?q?x?="):
        refused = await world.post("/programs", {"organization_id": organization["id"], "title_fr": title}, 422)
        assert refused["errors"][0]["field"] == "title_fr"
        assert refused["errors"][0]["code"] in {"control_characters", "unsafe_characters"}


async def test_real_titles_are_taken_S32(world: World) -> None:
    organization = await world.organization()
    for title in ("Génies, « en » herbe: l'été", 'Say "hello"', "x" * 150, "数学 & 科学"):
        program = await world.program(organization, title, approved=False)
        assert program["title_fr"] == title


async def test_a_program_of_an_unknown_organization_is_refused_by_field(world: World) -> None:
    refused = await world.post("/programs", {"organization_id": str(uuid4()), "title_fr": TITLE}, 422)
    assert [(error["field"], error["code"]) for error in refused["errors"]] == [("organization_id", "not_found")]


async def test_what_does_not_exist_is_not_found(world: World) -> None:
    for path in ("/organizations/", "/programs/", "/training-sessions/", "/onboardings/"):
        assert (await world.get(f"{path}{uuid4()}", 404))["type"] == "urn:passerelle:problem:not-found"
    for path in ("/organizations/", "/programs/"):
        await world.post(f"{path}{uuid4()}/approval", {}, 404)


def test_durations_are_scaled_but_not_how_long_mail_is_tried_L4(settings: Settings) -> None:
    faster = settings.model_copy(update={"time_scale": 1440.0, "expiry_days": 10.0})
    durations = durations_of(faster)
    assert durations.expiry == 600
    assert list(durations.reminders) == [180, 420, 840]
    assert durations.mail_retry == 1800, "how long a mail server is tried does not shrink"
