"""Values of the machine, from the environment. Values of the business are Policy rows, not settings.

Two modes. *Embedded* is an empty environment: SQLite and everything else in var/, one process
(`manage.py up`) on this machine only, a broker in memory, mail into files. *Production* starts as
soon as SECRET_KEY or ALLOWED_HOSTS is set (or DEALERCRM_MODE says so, as the Docker image does):
then whatever is missing fails at start and is named, instead of at the first use.
.env.example lists every variable.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from campaigns.rules.hooks import Hook
from campaigns.rules.providers import Provider
from dealercrm.environment import choice, flag, json_object, kept_secret, number, words

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("DEALERCRM_VAR", BASE_DIR / "var"))
VAR_DIR.mkdir(parents=True, exist_ok=True)

MODE = choice(
    "DEALERCRM_MODE",
    {"embedded", "production"},
    default="production"
    if any(os.environ.get(name) for name in ("SECRET_KEY", "SECRET_KEY_FILE", "ALLOWED_HOSTS"))
    else "embedded",
)
PRODUCTION = MODE == "production"
DEBUG = flag("DEBUG", default=False)

if PRODUCTION:
    missing = [name for name in ("ALLOWED_HOSTS", "DATABASE_URL") if not os.environ.get(name)]
    if not os.environ.get("SECRET_KEY") and not os.environ.get("SECRET_KEY_FILE"):
        missing.insert(0, "SECRET_KEY")
    if missing:
        raise ImproperlyConfigured(
            f"Production needs {', '.join(missing)}. SECRET_KEY signs sessions and links "
            "(python3 -c 'import secrets; print(secrets.token_urlsafe(50))'), ALLOWED_HOSTS are the host names "
            "people type, DATABASE_URL is postgres://user:password@host:5432/name. See .env.example. "
            "Without any of them the program runs embedded, for one machine."
        )

SECRET_KEY = os.environ.get("SECRET_KEY") or kept_secret(
    Path(os.environ.get("SECRET_KEY_FILE") or VAR_DIR / "secret_key")
)
# The machine may always ask itself (health checks); a link built for "localhost" leads nowhere else.
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [*words("ALLOWED_HOSTS"), *LOOPBACK]
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_filters",
    "lucide",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "dealercrm.accounts",
    "customers",
    "vehicles",
    "lifecycle",
    "campaigns",
    "dealercrm.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # A list of fifty calls is 36 KB, a fifth of it compressed. The middleware pads answers at random, so that their
    # length tells nothing about a secret in them.
    "django.middleware.gzip.GZipMiddleware",
    "dealercrm.security.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dealercrm.accounts.middleware.ActiveStoreMiddleware",
]

ROOT_URLCONF = "dealercrm.urls"
WSGI_APPLICATION = "dealercrm.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dealercrm.accounts.context.frame",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'dealercrm.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if SQLITE:
    # One writer at a time is SQLite's nature; IMMEDIATE makes writers queue instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
    }
else:
    # PgBouncer in transaction mode loses a cursor that lives longer than a transaction.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = flag("DISABLE_SERVER_SIDE_CURSORS", default=False)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 12 * 3600  # a shift; the next morning starts with a login

# Signing in is allauth's: it slows guessing down and asks for the second factor (docs/decisions/0011).
AUTHENTICATION_BACKENDS = ["dealercrm.accounts.signing_in.StaffBackend"]
ACCOUNT_ADAPTER = "dealercrm.accounts.signing_in.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "30/m/ip,5/5m/key"}  # a store shares one address
TRUSTED_PROXIES = number("TRUSTED_PROXIES", default=0)  # in front of us, each adding to X-Forwarded-For
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "dealercrm.accounts.signing_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "DealerCRM"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # people are made by administrators; their email is not a way in

LANGUAGE_CODE = os.environ.get("LANGUAGE_CODE", "en")
LANGUAGES = [("en", "English"), ("ru", "Русский")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
FORMAT_MODULE_PATH = "dealercrm.formats"
USE_TZ = True

# --- Transport security -------------------------------------------------------------------------
# HTTPS=0 is for a closed network without TLS only: cookies and pages then travel readable.
HTTPS = flag("HTTPS", default=PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = False  # app.js reads it for htmx requests; it is worthless without the session
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz(/nights)?$"]  # asked from inside the container, where nothing speaks TLS
SECURE_HSTS_SECONDS = number("HSTS_SECONDS", default=365 * 24 * 3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXIES:
    # The proxy must overwrite this header; else anybody may claim that a request came by HTTPS.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Files --------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", (BASE_DIR if PRODUCTION else VAR_DIR) / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if not PRODUCTION:
    WHITENOISE_USE_FINDERS = True  # no collectstatic step between checkout and page
    STATIC_ROOT.mkdir(exist_ok=True)
MEDIA_ROOT = VAR_DIR / "media"
# An export of 200 MB is spooled to disk while it arrives; only what fits in a form stays in memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # a JSON push of some thousand rows
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
MAX_UPLOAD_BYTES = number("MAX_UPLOAD_MB", default=512) * 1024 * 1024

# --- Mail ---------------------------------------------------------------------------------------
EMAIL_HOST = os.environ.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = number("EMAIL_PORT", default=25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = flag("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = VAR_DIR / "mail"
# Without a mail host letters become files under var/mail: nothing leaves the house by accident.
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND") or (
    "campaigns.channels.smtp.EmailBackend"
    if os.environ.get("EMAIL_HOST")
    else "django.core.mail.backends.filebased.EmailBackend"
)
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "DealerCRM <crm@localhost>")
ANYMAIL = json_object("ANYMAIL") or {}  # for EMAIL_BACKEND=anymail.backends...; the package is installed by hand

# --- How messages leave: an adapter a channel; empty closes the channel, nothing is planned or sent by it ---
MESSAGES_PATH = VAR_DIR / "messages"
FAKES = ("filebased.EmailBackend", "console.EmailBackend", "dummy.EmailBackend", "locmem.EmailBackend")
PROVIDERS: dict[str, Provider] = {}
HOOKS: dict[str, Hook] = {name: Hook() for name in ("sms", "messenger")}
try:
    HOOKS["email"] = Hook.of(json_object("EMAIL_HOOK") or {})
except (TypeError, ValueError) as error:
    raise ImproperlyConfigured(f"EMAIL_HOOK: {error}") from None
CHANNELS: dict[str, str] = {
    # A letter in a file has reached nobody: in production it would be counted as a contact all the same.
    "email": "" if PRODUCTION and EMAIL_BACKEND.endswith(FAKES) else "campaigns.channels.email"
}
_ADAPTERS = {"auto", "http", "file", "console", "off"}
for channel, adapter, described in (
    ("sms", choice("SMS_ADAPTER", _ADAPTERS, default="auto"), json_object("SMS_PROVIDER")),
    ("messenger", choice("MESSENGER_ADAPTER", _ADAPTERS, default="auto"), json_object("MESSENGER_PROVIDER")),
):
    if adapter == "auto":
        adapter = "http" if described else "off" if PRODUCTION else "file"
    if adapter == "http":
        try:
            PROVIDERS[channel] = Provider.of(described or {})
            HOOKS[channel] = Hook.of(PROVIDERS[channel].hook)
        except (TypeError, ValueError) as error:
            raise ImproperlyConfigured(f"{channel.upper()}_PROVIDER: {error}") from None
    CHANNELS[channel] = "" if adapter == "off" else f"campaigns.channels.{adapter}"
# Part of the address at which a provider reports receipts and hands over answers; empty: it does not.
WEBHOOK_SECRETS = {
    "email": os.environ.get("EMAIL_WEBHOOK_SECRET", ""),
    "sms": os.environ.get("SMS_WEBHOOK_SECRET", ""),
    "messenger": os.environ.get("MESSENGER_WEBHOOK_SECRET", ""),
}
ANSWERS = {name: bool(secret) for name, secret in WEBHOOK_SECRETS.items()}  # then a customer may answer STOP
# Where customers find us: the start of every link in a letter.
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")

# --- Background work: the database is the truth, the broker carries ids and may lose all of them ----
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or "memory://localhost/"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
CELERY_RESULT_EXPIRES = None  # no results, so no nightly cleaning of results either
# Every entry asks "what is due?", so beat needs no memory of its own and no file on a disk.
CELERY_BEAT_SCHEDULER = "celery.beat.Scheduler"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {
        "visibility_timeout": 1800,
        "unacked_restore_throttle": 1,
        "global_keyprefix": os.environ.get("BROKER_KEY_PREFIX", ""),  # a server shared with other programs
    }
    if CELERY_BROKER_URL.startswith(("redis", "rediss"))
    else {}
)

# The cache counts failed sign-ins and API calls; with Redis all web processes count together.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "dealercrm.caching.RedisCacheThatMayBeAway",
        "LOCATION": CELERY_BROKER_URL,
        "KEY_PREFIX": f"{os.environ.get('BROKER_KEY_PREFIX', '')}cache",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
    if CELERY_BROKER_URL.startswith(("redis", "rediss"))
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Logs: to standard error, without personal data ------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "dealercrm.security.WithoutPersonalData",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # Scanners ask for strange hosts all day; each would leave a traceback.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}

# --- REST: docs/how-to/push-from-another-system.md tells the other side -----------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["dealercrm.accounts.api.parsers.ShallowJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "dealercrm.accounts.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["dealercrm.accounts.api.filters.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "dealercrm.accounts.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    # A request may carry 1,000 records, so this slows nobody who pushes in batches.
    "DEFAULT_THROTTLE_RATES": {"user": os.environ.get("API_RATE", "1200/min")},
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would guess at forms; the schema says it better
    "EXCEPTION_HANDLER": "dealercrm.accounts.api.problems.problem_of",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Tokens are kept as hashes. One belongs to a program that nobody watches: it ends after a year, not after a shift.
REST_KNOX = {"TOKEN_TTL": timedelta(days=365), "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "DealerCRM API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": "Customers, cars, visits, reasons to talk and the calls about them. "
    "Times carry their offset from UTC, dates are the store's own calendar dates, money is text with two decimals "
    "in the dealership's currency. Send `Accept-Language: ru` for reasons and errors in Russian.",
    "SERVE_INCLUDE_SCHEMA": False,
    # Reading how the API works needs no login; it says nothing that the source code does not.
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "Purpose": "customers.models.Purpose",
        "Channel": "customers.models.Channel",
        "CustomerKind": "customers.models.Customer.Kind",
        "ContactPointKind": "customers.models.ContactPoint.Kind",
        "AppointmentPurpose": "vehicles.models.Appointment.Purpose",
        "AppointmentStatus": "vehicles.models.Appointment.Status",
        "CoverKind": "vehicles.models.Cover.Kind",
        "LineKind": "vehicles.models.RepairOrderLine.Kind",
        "VoiceCode": "vehicles.models.VoiceNote.Code",
        "RefusalReason": "vehicles.models.Refusal.Reason",
        "EndReason": "vehicles.models.Ownership.EndReason",
        "Stage": "lifecycle.models.Stage",
        "Substage": "lifecycle.models.Substage",
        "OccasionStatus": "lifecycle.models.Occasion.Status",
        "TaskStatus": "campaigns.models.ContactTask.Status",
        "Outcome": "campaigns.models.Outcome",
        "Verdict": "campaigns.models.Verdict",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "displayOperationId": False, "docExpansion": "none", "filter": True},
}
