"""Statements about the people of the Connector and what they may administer (S1)."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import Admin, Person


async def ensure(tx: AsyncSession, people: Iterable[Mapping[str, str]]) -> list[UUID]:
    """The ids of these people (columns of `people`), made where the address is new.

    Somebody already known stays as they are: a submission must not rename a person.
    """
    # In one order everywhere, so that two submissions with the same new people cannot deadlock.
    rows = sorted(people, key=lambda person: person["email"])
    if not rows:
        return []
    await tx.execute(insert(Person).values(rows).on_conflict_do_nothing(index_elements=["email"]))
    addresses = [person["email"] for person in rows]
    return list(await tx.scalars(select(Person.id).where(Person.email.in_(addresses)).order_by(Person.email)))


def administer_organization(tx: AsyncSession, organization_id: UUID, people: Sequence[UUID]) -> None:
    tx.add_all(Admin(person_id=person, organization_id=organization_id) for person in people)


def administer_program(tx: AsyncSession, program_id: UUID, people: Sequence[UUID]) -> None:
    tx.add_all(Admin(person_id=person, program_id=program_id) for person in people)


def id_or_address(reference: str) -> UUID | str:
    """What a person may be named by: an id, or else a normalized address."""
    try:
        return UUID(reference)
    except ValueError:
        return reference


def administers(
    person: SQLColumnExpression[UUID],
    organization: SQLColumnExpression[UUID],
    program: SQLColumnExpression[UUID],
) -> ColumnElement[bool]:
    """S1: whether the person is an admin of the organization or of the program."""
    scope = or_(Admin.organization_id == organization, Admin.program_id == program)
    return select(Admin.id).where(Admin.person_id == person, scope).exists()
