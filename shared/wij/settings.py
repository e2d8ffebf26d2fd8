"""Everything an operator may set, in one place; environment variables start with `WIJ_`."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one process. What is not here is a constant until somebody needs it changed."""

    model_config = SettingsConfigDict(env_prefix="WIJ_", frozen=True)

    mode: str = Field("development", pattern="^(development|production)$")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    """Where a browser or a volunteer's link finds us."""
    linger: float = Field(5, ge=0)
    """Seconds that a process which leaves still answers, so that load balancers and clients turn to another one."""

    database_url: str = "postgresql://{role}@127.0.0.1:5432/wij"
    """`{role}` is replaced by the service's role, such as `plan`, or `plan_owner` for migrations."""
    database_passwords: dict[str, SecretStr] = {}
    """Password per role; empty where PostgreSQL trusts the connection (embedded)."""
    database_pool: int = 8
    admin_url: SecretStr = SecretStr("")
    """A role that may create databases and roles; for `wijd --provision` only."""
    migrate: bool = True
    """Apply missing migrations at start, as the owner roles. Off where a job does that (`wijd --migrate`)."""

    nats_url: str = "nats://127.0.0.1:4222"
    """One address, or those of a cluster's nodes with commas between; each with its credentials."""
    stream_replicas: int = 1
    stream_max_age_days: int = 30

    oin: str = Field("00000000000000000000", pattern="^[0-9]{20}$")
    """Organisation number in `source` of every event; twenty zeros are recognisably fictional."""

    issuer: str = "http://127.0.0.1:8000/issuer"
    audience: str = "wij"
    jwks_url: str = "http://127.0.0.1:8000/issuer/jwks"
    token_url: str = "http://127.0.0.1:8000/issuer/token"  # noqa: S105  # an address
    client_secret: SecretStr = SecretStr("")
    """With it, our services obtain their own token (OAuth 2 client credentials; client id is the service's name)."""

    intake_url: str = "http://127.0.0.1:8000/intake"
    plan_url: str = "http://127.0.0.1:8000/plan"
    matching_url: str = "http://127.0.0.1:8000/matching"
    notify_url: str = "http://127.0.0.1:8000/notify"

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    mail_from: str = "WIJ-team <noreply@wij.example>"

    data: Path = Path(".wij")
    """Where `make up` keeps PostgreSQL, NATS and mail."""
    log_level: str = "info"

    @property
    def nats_servers(self) -> list[str]:
        """The addresses of NATS; a client takes the next one when its own is gone."""
        return [url.strip() for url in self.nats_url.split(",") if url.strip()]

    def weaknesses(self) -> list[str]:
        """What may not be like this in production (SEC-05); `wijd` refuses to start with any of these there."""
        secret = self.client_secret.get_secret_value()
        checks = {
            "WIJ_OIN is not an organisation's number": set(self.oin) == {"0"},
            "WIJ_ISSUER, WIJ_JWKS_URL and WIJ_TOKEN_URL are not all https": not all(
                url.startswith("https://") for url in (self.issuer, self.jwks_url, self.token_url)
            ),
            "WIJ_PUBLIC_URL is not https": not self.public_url.startswith("https://"),
            "WIJ_CLIENT_SECRET has fewer than 24 characters": len(secret) < 24,
            "WIJ_DATABASE_PASSWORDS is empty": (not self.database_passwords),
            "WIJ_NATS_URL holds no credentials": not all("@" in url for url in self.nats_servers),
        }
        return [weakness for weakness, present in checks.items() if present]
