"""What can be set from outside: one frozen Struct, read once from the environment (`TORG_…`).

Every setting has a type, limits, a default and a sentence; the table in `docs/operations.md` is made from
here. Wrong settings are refused at start, all of them at once. Secrets never appear in messages.
"""

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

ROOT = Path(__file__).parents[2]
PREFIX = "TORG_"
ELSEWHERE = ("TORG_TEST_", "TORG_BENCH_")  # read by tests and measurements, not by Torg
SECRETS = (
    "secret",
    "database_url",
    "mail",
    "s3_secret_key",
    "stripe_secret_key",
    "stripe_webhook_secret",
    "terminals_key",
)
SHORTEST_SECRET = 32
MEANS = r"[a-z][a-z0-9_]*(:[A-Z]{2}(,[A-Z]{2})*)?"
UPKEEP = 10  # connections left for psql, backups and the commands


def _doc(sentence: str, **limits: Any) -> Meta:
    return Meta(description=sentence, **limits)


class SettingsRefused(Exception):
    """Some settings are wrong; the message lists every reason."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("the settings are refused:\n" + "\n".join(f"  - {reason}" for reason in reasons))


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that differs from one installation to the next."""

    environment: Annotated[
        Literal["demo", "practice", "live"],
        _doc("`live`; `practice`, a copy that touches nothing real; `demo`, set by `./torg demo`."),
    ] = "live"
    data: Annotated[
        Path,
        _doc(
            "Folder for the embedded database, files and the secret. A relative one starts where you stand."
        ),
    ] = ROOT / "data"
    database_url: Annotated[
        str, _doc("A PostgreSQL 15+ server, `postgresql://user:password@host/name`. Empty: the embedded one.")
    ] = ""
    database_connections: Annotated[int, _doc("Most connections that one process holds.", ge=7, le=500)] = 11
    database_max_connections: Annotated[
        int, _doc("How many connections the embedded server accepts.", ge=20, le=5000)
    ] = 100
    host: Annotated[str, _doc("Address to listen on; `0.0.0.0` for every one.", min_length=1)] = "127.0.0.1"
    port: Annotated[int, _doc("Port to listen on; 0 lets the machine choose.", ge=0, le=65535)] = 8000
    public_url: Annotated[
        str, _doc("Where people reach Torg, for links in mails. Empty: `http://host:port`.")
    ] = ""
    proxies: Annotated[
        int, _doc("How many proxies of yours stand in front and add to `X-Forwarded-For`.", ge=0, le=10)
    ] = 0
    server_processes: Annotated[int, _doc("How many processes answer HTTP.", ge=1, le=256)] = 2
    worker_processes: Annotated[int, _doc("How many processes run jobs and the relay.", ge=0, le=256)] = 1
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], _doc("What is worth a line in the log.")
    ] = "info"
    log_format: Annotated[Literal["console", "json"], _doc("For people or for programs.")] = "console"
    secret: Annotated[
        str,
        _doc(
            f"At least {SHORTEST_SECRET} random characters from which keys are made; the same for all "
            "processes. Empty: the file `secret` in the data folder, which `./torg demo` makes."
        ),
    ] = ""
    session_hours: Annotated[int, _doc("How long a staff session lives without use.", ge=1, le=720)] = 12
    rate_limit_visitor: Annotated[
        int, _doc("Requests a minute of one address without sign-in.", ge=1, le=1_000_000)
    ] = 600
    rate_limit_actor: Annotated[
        int, _doc("Requests a minute of one customer, staff member or key.", ge=1, le=1_000_000)
    ] = 3000
    rate_limit_sign_in: Annotated[
        int, _doc("Attempts to sign in, per account and per address, in ten minutes.", ge=1, le=10_000)
    ] = 10
    mail: Annotated[
        str,
        _doc(
            "`mailbox` keeps mails in Torg, where the mailbox page shows them; else "
            "`smtp://user:password@host:587` (STARTTLS when offered) or `smtps://…`."
        ),
    ] = "mailbox"
    mail_from: Annotated[str, _doc("Sender of mails, `Name <address>`.")] = "Torg <torg@localhost.invalid>"
    files_url: Annotated[
        str,
        _doc(
            "Where files are kept: `file:///folder` or `s3://bucket/prefix`. "
            "Empty: `files` in the data folder."
        ),
    ] = ""
    s3_endpoint: Annotated[str, _doc("URL of an S3-compatible service that is not Amazon's.")] = ""
    s3_region: Annotated[str, _doc("Region of the bucket.")] = "us-east-1"
    s3_access_key: Annotated[str, _doc("Access key; empty: from the machine's own identity.")] = ""
    s3_secret_key: Annotated[str, _doc("Secret of the access key.")] = ""
    stripe_secret_key: Annotated[
        str, _doc("Secret key (`sk_…` or `rk_…`) of a Stripe account. Empty: Stripe is not offered.")
    ] = ""
    stripe_webhook_secret: Annotated[
        str, _doc("Signing secret of the webhook endpoint; several, while one replaces another, with spaces.")
    ] = ""
    stripe_means: Annotated[
        str,
        _doc(
            "Payment method types that Stripe's page offers, each with the countries it is for: "
            "`card klarna:NO,SE ideal:NL`. Empty: what the account offers and can be set aside."
        ),
    ] = ""
    stripe_multicapture: Annotated[
        bool, _doc("Whether the Stripe account may capture one card payment several times.")
    ] = False
    stripe_url: Annotated[str, _doc("Where Stripe's API answers.")] = "https://api.stripe.com"
    gs1_company_prefix: Annotated[
        str,
        _doc(
            "Your GS1 company prefix, 7 to 10 digits, for the numbers on labels of the generic carrier. Empty: numbers "
            "for examples only, and none in a live installation.",
            pattern="^([0-9]{7,10})?$",
        ),
    ] = ""
    terminals_url: Annotated[
        str, _doc("Where the driver of the stores' card terminals answers. Empty: there are none.")
    ] = ""
    terminals_key: Annotated[str, _doc("Key that the driver of the terminals asks for.")] = ""
    terminals: Annotated[str, _doc("The names of the card terminals, with spaces.")] = ""
    vies_url: Annotated[
        str,
        _doc(
            "Where the EU's register of VAT numbers answers: https://ec.europa.eu/taxation_customs/vies/rest-api. "
            "Empty: no register is asked, and a number is known by its form alone."
        ),
    ] = ""
    vies_requester: Annotated[
        str,
        _doc(
            "Your own VAT number with its country in front, so that the register gives a consultation number as "
            "evidence.",
            pattern="^([A-Z]{2}[0-9A-Z+*]{2,12})?$",
        ),
    ] = ""
    otlp_endpoint: Annotated[
        str, _doc("URL of an OpenTelemetry collector (OTLP over HTTP). Empty: no traces.")
    ] = ""
    webhook_allow_private: Annotated[
        bool, _doc("Whether webhooks may go to private addresses; for tests inside one network.")
    ] = False
    minimum_free_megabytes: Annotated[
        int, _doc("Free space without which Torg does not start.", ge=1, le=10_000_000)
    ] = 512

    @property
    def embedded(self) -> bool:
        """Whether the database is Torg's own."""
        return not self.database_url

    @property
    def connections(self) -> int:
        """How many connections all processes open at most, with what upkeep needs."""
        processes = self.server_processes + self.worker_processes
        return processes * self.database_connections + UPKEEP

    @property
    def address(self) -> str:
        """Where this machine answers."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Where people reach Torg, without a slash at the end."""
        return (self.public_url or self.address).rstrip("/")

    @property
    def files(self) -> str:
        """The URL under which files are kept."""
        return self.files_url or (self.data / "files").as_uri()

    def environ(self) -> dict[str, str]:
        """The same settings as environment variables, for a child process."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {PREFIX + name.upper(): _text(value) for name, value in values.items()}

    def __repr__(self) -> str:
        shown = {name: getattr(self, name) for name in self.__struct_fields__ if name not in SECRETS}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment; raises SettingsRefused with every reason."""
    environ = os.environ if environ is None else environ
    reasons = _unknown(environ)
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        text = environ.get(PREFIX + field.name.upper(), "").strip()
        if text:
            try:
                values[field.name] = msgspec.convert(text, field.type, strict=False, dec_hook=_from_text)
            except msgspec.ValidationError as error:
                reasons.append(
                    f"{PREFIX}{field.name.upper()}: {_reason(field.type, error)}{_given(field.name, text)}"
                )
    values["data"] = Path(values.get("data", ROOT / "data")).expanduser().absolute()
    values["secret"] = values.get("secret") or _kept_secret(values["data"], reasons)
    settings = Settings(**values)
    reasons += _contradictions(settings)
    if reasons:
        raise SettingsRefused(reasons)
    return settings


def table() -> str:
    """Every setting as a Markdown table."""
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for field, kind in zip(msgspec.structs.fields(Settings), _kinds(), strict=True):
        default = "`./data` beside `torg`" if field.name == "data" else _shown(field.default)
        sentence = getattr(kind, "description", "").replace("|", "\\|")
        rows.append(f"| `{PREFIX}{field.name.upper()}` | {default} | {sentence}{_limits(kind)} |")
    return "\n".join(rows) + "\n"


def _kinds() -> list[Meta]:
    kinds = []
    for field in msgspec.structs.fields(Settings):
        kinds.append(next(part for part in field.type.__metadata__ if isinstance(part, Meta)))
    return kinds


def _limits(meta: Meta) -> str:
    return f" {meta.ge:,} to {meta.le:,}." if meta.ge is not None and meta.le is not None else ""


def _shown(value: object) -> str:
    return f"`{_text(value)}`" if _text(value) else ""


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _from_text(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError(kind)


def _reason(kind: Any, error: msgspec.ValidationError) -> str:
    if get_origin(kind.__origin__) is Literal:
        return f"must be one of {', '.join(get_args(kind.__origin__))}"
    text = str(error)
    for word, plain in (("`str`", "text"), ("`int`", "a whole number"), ("`bool`", "true or false")):
        text = text.replace(word, plain)
    return text


def _given(name: str, text: str) -> str:
    return "" if name in SECRETS else f" (it is {text!r})"


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = [PREFIX + name.upper() for name in Settings.__struct_fields__]
    reasons = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and not name.startswith(ELSEWHERE):
            near = difflib.get_close_matches(name, known, n=1)
            reasons.append(
                f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")
            )
    return reasons


def _kept_secret(data: Path, reasons: list[str]) -> str:
    file = data / "secret"
    try:
        return file.read_text().strip() if file.exists() else ""
    except OSError as error:
        reasons.append(f"TORG_SECRET: the file {file} cannot be read ({error.strerror})")
        return ""


def _contradictions(settings: Settings) -> list[str]:
    reasons = []
    for name, schemes in (
        ("database_url", ("postgresql", "postgres")),
        ("public_url", ("http", "https")),
        ("files_url", ("file", "s3")),
        ("s3_endpoint", ("http", "https")),
        ("otlp_endpoint", ("http", "https")),
        ("stripe_url", ("http", "https")),
        ("terminals_url", ("http", "https")),
        ("vies_url", ("http", "https")),
    ):
        value = getattr(settings, name)
        if value and not _is_url(value, schemes):
            starts = " or ".join(f"{scheme}://" for scheme in schemes)
            reasons.append(f"{PREFIX}{name.upper()}: must be a URL that starts with {starts}")
    if settings.mail != "mailbox" and not _is_url(settings.mail, ("smtp", "smtps")):
        reasons.append("TORG_MAIL: must be `mailbox` or a URL that starts with smtp:// or smtps://")
    if "@" not in settings.mail_from:
        reasons.append("TORG_MAIL_FROM: must hold an e-mail address")
    if settings.secret and len(settings.secret) < SHORTEST_SECRET:
        reasons.append(f"TORG_SECRET: must be at least {SHORTEST_SECRET} characters long")
    if bool(settings.s3_access_key) != bool(settings.s3_secret_key):
        reasons.append("TORG_S3_ACCESS_KEY and TORG_S3_SECRET_KEY: set both or neither")
    reasons += _stripe(settings)
    if settings.embedded and settings.connections > settings.database_max_connections:
        reasons.append(
            f"TORG_DATABASE_CONNECTIONS: the processes open up to {settings.connections} connections, "
            f"TORG_DATABASE_MAX_CONNECTIONS is {settings.database_max_connections}"
        )
    return reasons


def _stripe(settings: Settings) -> list[str]:
    reasons = []
    if bool(settings.stripe_secret_key) != bool(settings.stripe_webhook_secret):
        reasons.append("TORG_STRIPE_SECRET_KEY and TORG_STRIPE_WEBHOOK_SECRET: set both or neither")
    if settings.environment != "live" and "_live_" in settings.stripe_secret_key:
        reasons.append("TORG_STRIPE_SECRET_KEY: a key that moves real money belongs in a live installation")
    wrong = [word for word in settings.stripe_means.split() if not re.fullmatch(MEANS, word)]
    if wrong:
        reasons.append(f"TORG_STRIPE_MEANS: {wrong[0]!r} is not a payment method type with countries")
    return reasons


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in schemes
            and bool(parts.netloc or parts.path.strip("/") or parts.query)
            and parts.port != 0
        )
    except ValueError:
        return False
