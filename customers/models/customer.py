from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models.store import CustomerStore, OfCustomerQuerySet
from customers.rules.contacts import normalise_email, normalise_phone
from customers.rules.names import full_name, search_key, time_zone_of_city
from dealercrm.accounts.models import Dealership
from dealercrm.why import Why

if TYPE_CHECKING:
    from customers.models.consent import ConsentEvent
    from customers.models.contact import ContactPoint
    from dealercrm.accounts.models import User


class CustomerQuerySet(OfCustomerQuerySet["Customer"]):
    """Customers whom one of the user's stores knows, by a sale, a visit or an enquiry."""

    customer_path = "pk"

    def living(self) -> Self:
        """Customers that are neither merged into another nor erased."""
        return self.filter(merged_into=None, erased_at=None)

    def held(self, ids: Iterable[int], *, wait: bool = True) -> list[Customer]:
        """These customers' rows, held until the transaction ends (SQLite lets one writer in anyway).

        Whoever plans, shows a call or sends reads what a customer allows under this lock, and whoever
        writes an objection writes it under this lock: an objection that was committed is always seen.
        Always in the order of ids, so that two cannot wait for each other; `wait=False` leaves out
        rows that somebody holds. Foreign keys to the customer stay possible meanwhile (NO KEY).
        """
        rows = self.filter(pk__in=list(ids)).order_by("pk")
        if connection.features.has_select_for_update:
            rows = rows.select_for_update(no_key=True, skip_locked=not wait, of=("self",))
        return list(rows)

    def held_person(self, pk: int) -> Customer:
        """The customer's row, held; where the card was merged meanwhile, the row of the one who was kept.

        Whoever writes an objection goes through here: on a merged card no gate would see it.
        """
        (row,) = self.held([pk])
        while row.merged_into_id is not None:
            (row,) = self.held([row.merged_into_id])
        return row

    def named_like(self, typed: str) -> Self:
        """Customers each typed word of whose name begins a word of theirs, in any order; letter case and yo are one.

        PostgreSQL answers from the trigram index of `search_key`. Nothing typed finds nobody.
        """
        words = search_key(typed).split()
        if not words:
            return self.none()
        found = self
        for word in words:
            begins = models.Q(search_key__startswith=word) | models.Q(search_key__contains=f" {word}")
            found = found.filter(begins)
        return found

    def reached_at(self, phone: str) -> Self:
        """Customers with this phone (E.164), also where it was marked invalid: the caller proves that it works."""
        return self.with_contact_point(value=phone)

    def reached_at_tail(self, digits: str) -> Self:
        """Customers with a phone that ends in these digits; at least four, so that an index answers."""
        return self.with_contact_point(tail=digits[-4:], value__endswith=digits)

    def around(self, customer: Customer) -> Self:
        """Others with a phone of this customer, or with the same INN: perhaps family, perhaps the same person.

        Costs a query, two for a customer with an INN; each is answered by an index.
        """
        from customers.models.contact import ContactPoint  # the nouns of this room know each other

        phones = customer.contact_points.filter(kind=ContactPoint.Kind.PHONE).values("value")
        ids = set(ContactPoint.objects.filter(value__in=phones).values_list("customer_id", flat=True))
        if customer.inn:
            ids.update(Customer.objects.filter(inn=customer.inn).values_list("pk", flat=True))
        return self.filter(pk__in=ids - {customer.pk})

    def with_contact_point(self, **conditions: str) -> Self:
        from customers.models.contact import ContactPoint  # the nouns of this room know each other

        points = ContactPoint.objects.filter(kind=ContactPoint.Kind.PHONE, **conditions)
        return self.filter(pk__in=points.values("customer_id"))


class Customer(models.Model):
    """A person or a company of the group. Which stores know them stands in CustomerStore."""

    # `merged_into` is the relation meant here: who was merged into a merged card is found through it.
    belonging = Belonging(
        personal=(
            "last_name", "first_name", "middle_name", "company_name", "inn", "birth_on", "sex", "occupation", "family",
            "city", "time_zone", "language", "preferred_channel", "search_key",
        ),
        moves=False,
    )  # fmt: skip

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        COMPANY = "company", _("company")

    class Sex(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")

    class Family(models.TextChoices):
        SINGLE = "single", _("single")
        COUPLE = "couple", _("couple")
        CHILDREN = "children", _("with children")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.PERSON)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    middle_name = models.CharField(_("middle name"), max_length=100, blank=True)
    company_name = models.CharField(_("company name"), max_length=200, blank=True)
    inn = models.CharField(_("INN"), max_length=12, blank=True, help_text=_("taxpayer number of a company"))
    birth_on = models.DateField(_("birth date"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=6, choices=Sex.choices, blank=True)
    occupation = models.CharField(_("occupation"), max_length=120, blank=True)
    family = models.CharField(_("family"), max_length=8, choices=Family.choices, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, help_text=_("set by hand; empty: the city's, else the store's")
    )
    language = models.CharField(_("language"), max_length=5, blank=True)
    is_premium = models.BooleanField(_("is premium"), default=False)
    preferred_channel = models.CharField(_("preferred channel"), max_length=10, blank=True)
    search_key = models.CharField(max_length=320, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    stores = models.ManyToManyField(
        Dealership, through="CustomerStore", related_name="customers", verbose_name=_("stores")
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            models.Index(fields=["search_key"], name="customer_search_key"),
            models.Index(fields=["inn"], condition=~models.Q(inn=""), name="customer_inn"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["person", "company"]), name="a_customer_is_a_person_or_a_company"
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=False) | ~models.Q(last_name="", first_name="", company_name=""),
                name="a_customer_has_a_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Full name as it is filed: last, first, patronymic, or the company's name."""
        return full_name(self)

    @property
    def short_name(self) -> str:
        """Last name and initials, for list rows."""
        if self.kind == self.Kind.COMPANY and self.company_name:
            return self.company_name
        initials = " ".join(f"{part[0]}." for part in (self.first_name, self.middle_name) if part)
        return f"{self.last_name} {initials}".strip() or "—"

    @property
    def spoken_name(self) -> str:
        """How an operator addresses the person: first name and patronymic."""
        return " ".join(part for part in (self.first_name, self.middle_name) if part) or self.name

    def zone(self, store: Dealership) -> ZoneInfo:
        """The customer's time zone: set by hand, else the city's, else the home store's; never from a phone prefix."""
        return ZoneInfo(self.time_zone or time_zone_of_city(self.city) or store.time_zone)

    def refresh_search_key(self) -> None:
        self.search_key = search_key(self.company_name, self.last_name, self.first_name, self.middle_name)[:320]

    def save(self, *args: object, **kwargs: object) -> None:
        self.refresh_search_key()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def is_living(self) -> bool:
        """Neither merged into another customer nor erased."""
        return self.merged_into_id is None and self.erased_at is None

    def survivor(self) -> Customer:
        """Whom this customer was merged into, through every later merge; itself where it was not. A query a merge."""
        found = self
        while found.merged_into is not None:
            found = found.merged_into
        return found

    def become_known_to(self, dealership: Dealership, *, at: datetime) -> None:
        """The store has met this customer; its staff can see them from now on."""
        CustomerStore.objects.get_or_create(customer=self, dealership=dealership, defaults={"since": at})

    def note_new_facts(self) -> None:
        """Leave the note on this customer's cars that facts changed: their stages are judged again. One UPDATE.

        The note is a column above this room, written through its relation and understood only there.
        """
        self.ownerships.update(facts_version=models.F("facts_version") + 1)

    @transaction.atomic
    def correct(self, changes: Mapping[str, Any]) -> list[str]:
        """Someone who spoke with the customer corrects what is filed; returns the names of the fields that changed.

        A corrected field survives the next import, which only follows what changes in its source.
        """
        changed = [name for name, value in changes.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, changes[name])
        if changed:
            self.save(update_fields=[*changed, "search_key"])
            self.note_new_facts()
        return changed

    @transaction.atomic
    def add_contact_point(self, kind: str, written: str, *, country: str, source: str) -> ContactPoint | Why:
        """A phone, email or messenger address as it was typed, or why it is none.

        One that the customer already has is not doubled: marked invalid before, it is believed again.
        """
        from customers.models.contact import ContactPoint

        value: str | Why = written.strip()
        if kind == ContactPoint.Kind.PHONE:
            value = normalise_phone(written, country)
        elif kind == ContactPoint.Kind.EMAIL:
            value = normalise_email(written)
        if isinstance(value, Why):
            return value
        if not value:
            return Why("contact.messenger_empty")
        last = self.contact_points.filter(kind=kind).aggregate(last=models.Max("position"))["last"]
        point, is_new = ContactPoint.objects.get_or_create(
            customer=self,
            kind=kind,
            value=value,
            defaults={"source": source, "position": 0 if last is None else last + 1},
        )
        if not is_new:
            point.mark_valid()
        self.note_new_facts()
        return point

    def give_consent(self, **said: Any) -> ConsentEvent:
        """The customer allows contacts of a purpose by a channel (empty: all); see ConsentEvent for the words."""
        return self._say(is_given=True, **said)

    def withdraw_consent(self, **said: Any) -> ConsentEvent:
        """The customer forbids contacts of a purpose by a channel (empty: all). It holds from this moment."""
        return self._say(is_given=False, **said)

    @transaction.atomic
    def _say(
        self,
        *,
        is_given: bool,
        at: datetime,
        source: str,
        purpose: str = "",
        channel: str = "",
        text_version: str = "",
        dealership: Dealership | None = None,
        by: User | None = None,
    ) -> ConsentEvent:
        person = Customer.objects.held_person(self.pk)
        return person.consent_events.create(
            is_given=is_given,
            at=at,
            source=source,
            purpose=purpose,
            channel=channel,
            text_version=text_version,
            dealership=dealership,
            recorded_by=by,
        )
