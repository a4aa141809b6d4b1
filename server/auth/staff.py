"""Which person a provider's identity is: known by its subject, or once by a verified e-mail address and then tied.

Somebody must have been added as council staff first; nobody is made by signing in. Only the sign-in routes import this.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from server.auth.oidc import Identity
from server.tables import AuditEvent, Person


def staff_person(db: Session, identity: Identity, now: datetime) -> str | None:
    """The id of the member of staff this is, tied to the provider's subject from now on; None when it is nobody."""
    person = db.exec(select(Person).where(Person.oidc_subject == identity.subject)).first()
    if person is None and identity.email is not None:
        person = db.exec(select(Person).where(Person.email == identity.email)).first()
        if person is not None and person.oidc_subject is not None:
            _refuse(db, now, person, "tied-to-another")
            return None
        if person is not None and person.is_staff and person.disabled_at is None:
            person.oidc_subject = identity.subject
            db.add(person)
            db.add(AuditEvent(at=now, act="council-sign-in-tied", person_id=person.id))
    if person is None:
        _refuse(db, now, None, "nobody")
        return None
    if person.disabled_at is not None or not person.is_staff:
        _refuse(db, now, person, "not-staff")
        return None
    return person.id


def _refuse(db: Session, now: datetime, person: Person | None, reason: str) -> None:
    who = person.id if person is not None else None
    db.add(AuditEvent(at=now, act="council-sign-in-refused", person_id=who, detail={"reason": reason}))
