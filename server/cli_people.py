"""``alongside people``, ``plans`` and ``token``: who is there, what is there, and a token for a program.

Lists never hold a child's name. A token is a sign-in like any other: it is audited and can be ended.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from email_validator import EmailNotValidError, validate_email
from rich.console import Console
from rich.table import Table
from sqlmodel import Session, col, select

from server.auth.keys import load_keys
from server.auth.sessions import Sessions
from server.cli_store import DataOption, JsonOption, give_up, opened, settings_from
from server.tables import Access, AuditEvent, Person, Plan

people = typer.Typer(no_args_is_help=False, rich_markup_mode="markdown")

COLOURS = 12


@people.callback(invoke_without_command=True)
def list_people(context: typer.Context, data: DataOption = None, as_json: JsonOption = False) -> None:
    """List everybody who can sign in, with their roles on plans; or add somebody.

    Examples: `alongside people` · `alongside people --json` · `alongside people add --help`
    """
    if context.invoked_subcommand is not None:
        return
    with opened(settings_from(data)) as store:
        found = store.read(_people)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    _table(
        ("E-mail", "Staff", "Roles", "Id"),
        [
            (
                person["email"],
                "yes" if person["is_staff"] else "",
                ", ".join(f"{one['role']} on {one['reference']}" for one in person["plans"] if not one["ended"]),
                person["id"],
            )
            for person in found
        ],
    )


@people.command("add")
def add_person(
    email: Annotated[str, typer.Argument(help="Their e-mail address; they sign in with it.")],
    name: Annotated[str, typer.Option("--name", help="The name others see, for example on their caret.")],
    staff: Annotated[bool, typer.Option("--staff", help="Council staff: may start plans.")] = False,
    data: DataOption = None,
) -> None:
    """Add somebody who may sign in. Prints their id.

    Example: `alongside people add officer@council.example --name "A. Officer" --staff`

    Others are better invited on a plan's own page, where they get a role and a message.
    """
    try:
        address = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        give_up("This is not an e-mail address. Write it like name@example.com.")
    if not 1 <= len(name.strip()) <= 120:
        give_up("Give a name of 1 to 120 characters with --name.")
    person_id = uuid.uuid4().hex

    def write(db: Session) -> str | None:
        if db.exec(select(Person.id).where(Person.email == address)).first() is not None:
            return None
        now = datetime.now(UTC)
        colour = len(db.exec(select(Person.id)).all()) % COLOURS
        db.add(Person(id=person_id, email=address, name=name.strip(), is_staff=staff, colour=colour, created_at=now))
        db.add(
            AuditEvent(at=now, act="person-added", person_id=person_id, detail={"staff": staff, "by": "command-line"})
        )
        return person_id

    with opened(settings_from(data), must_exist=False) as store:
        added = store.write_sync(write)
    if added is None:
        give_up("Somebody with this e-mail address is there already.")
    typer.echo(added)


def plans(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List the plans of a store, with their stage and who is on them.

    Examples: `alongside plans` · `alongside plans --json`
    """
    with opened(settings_from(data)) as store:
        found = store.read(_plans)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    _table(
        ("Reference", "Stage", "People", "Id"),
        [(plan["reference"], plan["stage"], str(len(plan["people"])), plan["id"]) for plan in found],
    )


def token(
    person: Annotated[str, typer.Option("--person", help="E-mail address of the person to act as.")],
    data: DataOption = None,
) -> None:
    """Print a token for a program that acts as one person: for the HTTP API and for /live. Nothing else is printed.

    Example: `curl -H "Authorization: Bearer $(alongside token --person officer@council.example)" …/api/plans`

    The token lasts ALONGSIDE_CLI_TOKEN_HOURS. "Sign out on all devices" ends it too. Keep it as safe as a password.
    """
    settings = settings_from(data)
    with opened(settings) as store:
        keys = load_keys(settings)
        found = store.read(lambda db: db.exec(select(Person).where(Person.email == person.strip().lower())).first())
        if found is None:
            give_up("Nobody in this store has this e-mail address. See: alongside people")
        if found.disabled_at is not None:
            give_up("This person may not sign in any more.")
        sessions = Sessions(store, settings, keys)
        begun = store.write_sync(lambda db: sessions.begin_in(db, found.id, "cli"))
    typer.echo(begun.token)


def _people(db: Session) -> list[dict[str, Any]]:
    accesses: dict[str, list[dict[str, Any]]] = {}
    for access, plan in db.exec(
        select(Access, Plan).join(Plan, col(Plan.id) == Access.plan_id).order_by(col(Access.id))
    ):
        accesses.setdefault(access.person_id, []).append(
            {
                "id": plan.id,
                "reference": plan.reference,
                "stage": plan.stage,
                "role": access.role,
                "party": access.party,
                "expires_on": access.expires_on.isoformat() if access.expires_on else None,
                "ended": access.ended_at is not None,
            }
        )
    return [
        {
            "id": person.id,
            "email": person.email,
            "name": person.name,
            "is_staff": person.is_staff,
            "disabled": person.disabled_at is not None,
            "plans": accesses.get(person.id, []),
        }
        for person in db.exec(select(Person).order_by(col(Person.created_at), col(Person.email)))
    ]


def _plans(db: Session) -> list[dict[str, Any]]:
    standing: dict[str, list[dict[str, Any]]] = {}
    for access, person in db.exec(
        select(Access, Person).join(Person, col(Person.id) == Access.person_id).order_by(col(Access.id))
    ):
        standing.setdefault(access.plan_id, []).append(
            {
                "id": person.id,
                "email": person.email,
                "role": access.role,
                "party": access.party,
                "ended": access.ended_at is not None,
            }
        )
    return [
        {
            "id": plan.id,
            "reference": plan.reference,
            "stage": plan.stage,
            "is_example": plan.is_example,
            "people": standing.get(plan.id, []),
        }
        for plan in db.exec(select(Plan).order_by(col(Plan.created_at), col(Plan.reference)))
    ]


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
