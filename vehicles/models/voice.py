from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.complaint import Complaint
from vehicles.models.feedback import Feedback
from vehicles.models.review import Review
from vehicles.models.touch import Touch

if TYPE_CHECKING:
    from dealercrm.accounts.models import User

Said = Feedback | Complaint | Review | Touch
SOURCES: tuple[str, ...] = ("feedback", "complaint", "review", "touch")


def source_of(row: Said) -> str:
    """The name of the field that points at such a row."""
    return str(row._meta.model_name)


class VoiceNoteQuerySet(ScopedQuerySet["VoiceNote"]):
    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)

    @transaction.atomic
    def code(self, row: Said, codes: Collection[str], *, by: User | None, at: datetime) -> bool:
        """Say what these words of a customer were about: exactly these codes. True where something changed.

        Nothing is deleted: a code that was wrong is withdrawn, and the report of its month changes with it.
        """
        source = source_of(row)
        wanted = set(codes) & set(VoiceNote.Code.values)
        type(row)._base_manager.select_for_update(of=("self",)).filter(pk=row.pk).values_list("pk").first()
        standing = {note.code: note for note in self.standing().filter(**{source: row})}
        withdrawn = self.standing().filter(**{source: row}).exclude(code__in=wanted).update(withdrawn_at=at)
        new = [code for code in VoiceNote.Code.values if code in wanted and code not in standing]
        said_at = row.opened_at if isinstance(row, Complaint) else row.at
        for code in new:
            self.create(
                dealership_id=row.dealership_id,
                customer_id=row.customer_id,
                code=code,
                said_at=said_at,
                coded_at=at,
                by=by,
                **{source: row},
            )
        return bool(new or withdrawn)


class VoiceNote(models.Model):
    """One thing that a customer's words were about: a code of a closed list, on a note of a call, an answer,
    a complaint or a review. `said_at` is when they said it; that month counts it."""

    belonging = Belonging()

    class Code(models.TextChoices):
        SERVICE = "service", _("quality of service")
        PRICE = "price", _("price")
        WAITING = "waiting", _("waiting")
        PARKING = "parking", _("parking")
        CLEANLINESS = "cleanliness", _("cleanliness")
        STAFF = "staff", _("staff")
        PARTS = "parts", _("parts")
        BOOKING = "booking", _("booking")
        PRODUCT = "product", _("the car itself")
        OTHER = "other", _("other")
        PRAISE = "praise", _("praise")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", verbose_name=_("dealership"))
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="voice_notes",
        verbose_name=_("customer"),
    )
    code = models.CharField(_("about"), max_length=12, choices=Code.choices)
    feedback = models.ForeignKey(
        Feedback, on_delete=models.CASCADE, null=True, blank=True, related_name="codes", verbose_name=_("feedback")
    )
    complaint = models.ForeignKey(
        Complaint, on_delete=models.CASCADE, null=True, blank=True, related_name="codes", verbose_name=_("complaint")
    )
    review = models.ForeignKey(
        Review, on_delete=models.CASCADE, null=True, blank=True, related_name="codes", verbose_name=_("review")
    )
    touch = models.ForeignKey(
        Touch, on_delete=models.CASCADE, null=True, blank=True, related_name="codes", verbose_name=_("touch")
    )
    said_at = models.DateTimeField(_("said at"))
    coded_at = models.DateTimeField(_("coded at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
        help_text=_("empty: the customer chose it"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = VoiceNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("what a customer's words were about")
        verbose_name_plural = _("what customers' words were about")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(feedback__isnull=False, complaint=None, review=None, touch=None)
                | models.Q(feedback=None, complaint__isnull=False, review=None, touch=None)
                | models.Q(feedback=None, complaint=None, review__isnull=False, touch=None)
                | models.Q(feedback=None, complaint=None, review=None, touch__isnull=False),
                name="a_voice_note_is_about_one_row",
            ),
            *(
                models.UniqueConstraint(
                    fields=[source, "code"],
                    condition=models.Q(withdrawn_at=None, **{f"{source}__isnull": False}),
                    name=f"a_{source}_has_a_code_once",
                )
                for source in SOURCES
            ),
        ]
        indexes = [models.Index(fields=["dealership", "said_at"], name="voice_notes_of_a_store")]

    def __str__(self) -> str:
        return f"{self.code} · {self.said_at:%Y-%m-%d}"

    @property
    def words(self) -> str:
        """What they said. Needs its row loaded."""
        for row, name in ((self.feedback, "comment"), (self.complaint, "text"), (self.review, "text")):
            if row is not None:
                return str(getattr(row, name))
        return self.touch.note if self.touch is not None else ""
