"""One onboarding, read and described."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.collaborators import Temporal
from api.schemas_onboarding import OnboardingAnswer, run_url, whole
from passerelle.db import onboardings
from passerelle.db.onboardings import Case
from passerelle.services import notice
from passerelle.services.notice import Notice
from passerelle.settings import Settings


async def whole_onboarding(
    tx: AsyncSession, settings: Settings, temporal: Temporal, onboarding_id: UUID
) -> OnboardingAnswer:
    """The onboarding as it stands. Raises NotFound."""
    case = await onboardings.case(tx, onboarding_id)
    return described(settings, temporal, case, await notice.of_onboarding(tx, settings, case))


def described(settings: Settings, temporal: Temporal, case: Case, pinned: Notice | None) -> OnboardingAnswer:
    """The same for a case that was read already."""
    return whole(case, settings.time_zone, run_url(settings.temporal_ui, temporal.namespace, case), pinned)
