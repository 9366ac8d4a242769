"""A finished message for tests, to be changed with dataclasses.replace."""

from datetime import UTC, datetime

from passerelle.mail.compose import Message

SENDER = "invitation@example.com"
RECIPIENT = "jane.doe@example.com"
MESSAGE = Message(
    message_id="<4b0f7b0e-8a56-4f7e-9a8e-0d6d2e1b7c11@example.com>",
    date=datetime(2026, 3, 1, 17, 20, tzinfo=UTC),
    sender_name="Génies en herbe",
    sender=SENDER,
    recipient=RECIPIENT,
    reply_to="support@example.com",
    subject="Votre accès à MentorCity pour « Génies en herbe »",
    language="fr",
    text="Bonjour Jane,\n\n.une ligne qui commence par un point\n\n-- \nMentor Canada\n",
    html='<!DOCTYPE html>\n<html lang="fr"><body><p>Bonjour Jane, ça va…</p></body></html>\n',
)
