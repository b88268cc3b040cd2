"""What people write down about a customer and a car while they talk."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Channel, Customer
from customers.rules.contacts import normalise_phone
from dealercrm.accounts.models import Dealership, User
from dealercrm.sentences import known_codes, sentence, worded
from dealercrm.why import Why
from vehicles.models import Appointment, Complaint, Feedback, OdometerReading, Ownership, Refusal, Review
from vehicles.reading import take_reading

if TYPE_CHECKING:
    OwnershipChoice = forms.ModelChoiceField[Ownership]  # generic for the type checker only
else:
    OwnershipChoice = forms.ModelChoiceField

KIND = "kind."


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **attrs: str) -> None:
        super().__init__(format="%Y-%m-%d", attrs=attrs)


class CarChoice(OwnershipChoice):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.vehicle)


class AboutACar(forms.Form):
    """A form about one of the customer's present cars, or about none of them."""

    ownership = CarChoice(
        label=_("Car"), queryset=Ownership.objects.none(), required=False, empty_label=_("no car in particular")
    )

    def __init__(self, data: Any = None, *, customer: Customer, prefix: str, only_car: Ownership | None = None) -> None:
        super().__init__(data, prefix=prefix)
        self.customer = customer
        cars = self.fields["ownership"]
        assert isinstance(cars, CarChoice)
        cars.queryset = customer.ownerships.open().select_related("vehicle__model__make", "vehicle__make")
        if only_car is not None:
            cars.initial = only_car


def _topics() -> list[tuple[str, str]]:
    """The kinds of occasion, as the room of the lifecycle words them."""
    codes = sorted(code.removeprefix(KIND) for code in known_codes() if code.startswith(KIND))
    return sorted(((code, worded("kind", code)) for code in codes), key=lambda choice: choice[1])


class RefusalForm(AboutACar):
    topic = forms.ChoiceField(label=_("Does not want to hear about"), required=False)
    reason = forms.ChoiceField(label=_("Because of"), choices=Refusal.Reason.choices, initial=Refusal.Reason.OTHER)
    until = forms.DateField(label=_("Until"), required=False, widget=DayInput(), help_text=_("Empty means for good."))
    note = forms.CharField(label=_("In their words"), required=False, max_length=500)

    def __init__(self, data: Any = None, *, customer: Customer, today: date, only_car: Ownership | None = None) -> None:
        super().__init__(data, customer=customer, prefix="refusal", only_car=only_car)
        self.today = today
        topics = self.fields["topic"]
        assert isinstance(topics, forms.ChoiceField)
        topics.choices = [("", _("anything")), *_topics()]
        self.fields["until"].widget.attrs["min"] = f"{today:%Y-%m-%d}"

    def clean_until(self) -> date | None:
        until: date | None = self.cleaned_data["until"]
        if until and until <= self.today:
            raise forms.ValidationError(_("This day has passed; a refusal ends on a day to come."))
        return until

    def save(self, *, store: Dealership, by: User, at: datetime) -> Refusal:
        return Refusal.objects.record(customer=self.customer, dealership=store, at=at, by=by, **self.cleaned_data)


class ComplaintForm(AboutACar):
    text = forms.CharField(label=_("What happened"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    due_on = forms.DateField(label=_("We answer by"), widget=DayInput())

    def __init__(self, data: Any = None, *, customer: Customer, today: date, only_car: Ownership | None = None) -> None:
        super().__init__(data, customer=customer, prefix="complaint", only_car=only_car)
        self.fields["due_on"].initial = today + timedelta(days=1)

    def save(self, *, store: Dealership, by: User, at: datetime) -> Complaint:
        return Complaint.objects.record(
            customer=self.customer, dealership=store, opened_at=at, owner=by, source="visit", **self.cleaned_data
        )


class FeedbackForm(AboutACar):
    """The answer to "would you recommend us to a friend?"."""

    score = forms.TypedChoiceField(
        label=_("Would they recommend us?"),
        coerce=int,
        choices=[("", "—"), *((score, str(score)) for score in range(10, -1, -1))],
        help_text=_("0 to 10. Up to 6 a complaint is opened, so that somebody calls back."),
    )
    comment = forms.CharField(
        label=_("Main reason"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    channel = forms.ChoiceField(label=_("Asked by"), choices=Channel.choices, initial=Channel.CALL)

    def __init__(self, data: Any = None, *, customer: Customer, only_car: Ownership | None = None) -> None:
        super().__init__(data, customer=customer, prefix="feedback", only_car=only_car)

    def save(self, *, store: Dealership, by: User, at: datetime) -> Feedback:
        return Feedback.objects.record(customer=self.customer, dealership=store, at=at, by=by, **self.cleaned_data)


class ReviewForm(forms.Form):
    """What somebody wrote in public; the phone, where it is known, says which customer it was."""

    site = forms.CharField(label=_("Where"), max_length=40, help_text=_("Yandex Maps, 2GIS, Google ..."))
    stars = forms.TypedChoiceField(label=_("Stars"), coerce=int, choices=[(n, str(n)) for n in range(5, 0, -1)])
    on = forms.DateField(label=_("Written on"), widget=DayInput())
    author = forms.CharField(label=_("Author as shown there"), required=False, max_length=100)
    phone = forms.CharField(label=_("Phone, if you know who it is"), required=False, max_length=30)
    url = forms.URLField(label=_("Link"), required=False, max_length=300, assume_scheme="https")
    text = forms.CharField(
        label=_("What they said"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, data: Any = None, *, user: User, store: Dealership, now: datetime) -> None:
        super().__init__(data, prefix="review")
        self.user, self.store, self.now = user, store, now
        self.customer: Customer | None = None
        self.fields["on"].initial = store.today(now)

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.store.today(self.now):
            raise forms.ValidationError(_("That day has not come yet."))
        return on

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        if typed:
            phone = normalise_phone(typed, self.store.country)
            if isinstance(phone, Why):
                raise forms.ValidationError(sentence(phone.as_json()))
            people = list(Customer.objects.for_user(self.user).living().reached_at(phone)[:2])
            if len(people) != 1:
                raise forms.ValidationError(_("No customer, or several, can be reached there. Leave it empty."))
            self.customer = people[0]
        return typed

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url and Review.objects.filter(dealership=self.store, url=url).exists():
            raise forms.ValidationError(_("This review has been written down already."))
        return url

    def save(self, *, by: User) -> Review:
        said = {name: self.cleaned_data[name] for name in ("site", "stars", "author", "url", "text")}
        at = min(datetime.combine(self.cleaned_data["on"], time(12), tzinfo=self.store.zone), self.now)
        return Review.objects.record(now=self.now, dealership=self.store, customer=self.customer, at=at, by=by, **said)


class BookingForm(AboutACar):
    purpose = forms.ChoiceField(label=_("For"), choices=Appointment.Purpose.choices)
    day = forms.DateField(label=_("Day"), widget=DayInput())
    hour = forms.TimeField(label=_("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(
        self,
        data: Any = None,
        *,
        customer: Customer,
        store: Dealership,
        now: datetime,
        only_car: Ownership | None = None,
    ) -> None:
        super().__init__(data, customer=customer, prefix="booking", only_car=only_car)
        self.store, self.now = store, now
        self.fields["day"].initial = store.today(now) + timedelta(days=1)
        self.fields["hour"].initial = "10:00"
        self.fields["day"].widget.attrs["min"] = f"{store.today(now):%Y-%m-%d}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "day" in cleaned and "hour" in cleaned:
            starts_at = datetime.combine(cleaned.pop("day"), cleaned.pop("hour"), tzinfo=self.store.zone)
            if starts_at < self.now:
                self.add_error("hour", _("This time has passed."))
            cleaned["starts_at"] = starts_at
        return cleaned

    def save(self, *, by: User) -> Appointment:
        self.customer.become_known_to(self.store, at=self.now)  # a store knows whom it expects
        return Appointment.objects.book(
            customer=self.customer, dealership=self.store, booked_by=by, **self.cleaned_data
        )


class EndForm(forms.Form):
    """The customer no longer owns the car."""

    reason = forms.ChoiceField(label=_("What became of it"), choices=Ownership.EndReason.choices, initial="sold")
    on = forms.DateField(label=_("When"), widget=DayInput())

    def __init__(self, data: Any = None, *, ownership: Ownership, today: date) -> None:
        super().__init__(data, prefix=f"end{ownership.pk}")
        self.ownership, self.today = ownership, today
        self.fields["on"].initial = today

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("That day has not come yet."))
        if on < self.ownership.started_on:
            raise forms.ValidationError(_("They did not own it yet on that day."))
        return on

    def save(self) -> None:
        self.ownership.end(self.cleaned_data["reason"], on=self.cleaned_data["on"])


class ReadingForm(forms.Form):
    """What somebody read off the odometer."""

    km = forms.IntegerField(label=_("Odometer, km"), min_value=0, max_value=2_000_000)
    on = forms.DateField(label=_("Read on"), widget=DayInput())

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        self.today = today
        self.fields["on"].initial = today

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("That day has not come yet."))
        return on

    def save(self, vehicle: Any, *, store: Dealership, by: User, is_certain: bool) -> OdometerReading:
        return take_reading(
            vehicle,
            self.cleaned_data["km"],
            self.cleaned_data["on"],
            by=by,
            dealership=store,
            source="form",
            is_certain=is_certain,
        )
