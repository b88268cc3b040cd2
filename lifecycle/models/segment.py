from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, Role, ScopedQuerySet
from lifecycle.models.standing import Standing, StandingQuerySet
from lifecycle.rules.segments import Definition, UnreadableSegmentError, read, written

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from dealercrm.accounts.models import User

EDITORS = frozenset({Role.MANAGER, Role.ADMINISTRATOR})


class SegmentQuerySet(ScopedQuerySet["Segment"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Segments of the user's stores, and those that the group shares with every store."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_dealerships:
            return self
        if not user.dealership_ids:
            return self.none()
        return self.filter(models.Q(dealership__in=user.dealership_ids) | models.Q(dealership=None))


class Segment(models.Model):
    """A name and a readable definition of some of the owners; whoever fits today is in it today.

    The definition says nothing about stores: a segment is asked for the stores that the asker may see,
    so a shared one shows nobody more than they may know. Its grammar is `lifecycle/rules/segments.py`.
    """

    dealership = models.ForeignKey(
        Dealership,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="segments",
        verbose_name=_("dealership"),
        help_text=_("whose managers see and change it; empty: every store sees it, the group's managers change it"),
    )
    name = models.CharField(_("name"), max_length=80)
    definition = models.JSONField(_("definition"), default=dict)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"))
    changed_at = models.DateTimeField(_("changed at"))
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Coalesce("dealership", 0),
                "name",
                condition=models.Q(archived_at=None),
                name="a_segment_name_is_unique_at_its_store",
                violation_error_message=_("There is a segment of this name already."),
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_segment_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def meaning(self) -> Definition:
        """The definition, read. UnreadableSegmentError where a field it names is gone."""
        from lifecycle.segments.registry import SHAPES

        return read(self.definition, SHAPES, is_stored=True)

    @property
    def is_readable(self) -> bool:
        try:
            return bool(self.meaning)
        except UnreadableSegmentError:
            return False

    def members(self, stores: Sequence[Dealership], today: date) -> StandingQuerySet:
        """Standings (one an ownership) that fit today, home store among `stores`: what lists and campaigns use.

        `stores` are those whose base the asker may read. Fields that look at money count what was paid
        to these stores. UnreadableSegmentError where a field of the definition is gone.
        """
        from lifecycle.segments.narrowing import narrow

        return narrow(Standing.objects.all(), self.meaning, stores=stores, today=today)

    def may_be_changed_by(self, user: User) -> bool:
        if self.dealership_id is None:
            return user.sees_all_dealerships
        return user.role_at(self.dealership_id) in EDITORS

    @classmethod
    @transaction.atomic
    def create(
        cls, *, dealership: Dealership | None, name: str, definition: Definition, by: User, at: datetime
    ) -> Segment:
        """A new segment with its first journal row. ValidationError where the name is taken."""
        segment = cls(
            dealership=dealership,
            name=name,
            definition=written(definition),
            created_by=by,
            created_at=at,
            changed_at=at,
        )
        segment.validate_constraints()
        segment.save(force_insert=True)
        segment._note(by, at)
        return segment

    @transaction.atomic
    def change(self, *, name: str, definition: Definition, by: User, at: datetime) -> bool:
        """Store what differs; False where somebody changed the segment since this object was read.

        One conditional UPDATE on the version, so that of two editors the second one is told.
        ValidationError where the name is taken.
        """
        wanted: dict[str, Any] = {"name": name, "definition": written(definition)}
        if wanted == {"name": self.name, "definition": self.definition}:
            return True
        self.name, self.definition = name, wanted["definition"]
        self.validate_constraints()
        return self._store(by, at, wanted)

    @transaction.atomic
    def archive(self, *, by: User, at: datetime) -> bool:
        """Take it off the lists; nothing else is lost and `restore` brings it back."""
        return self._store(by, at, {"archived_at": at})

    @transaction.atomic
    def restore(self, *, by: User, at: datetime) -> bool:
        """Undo of `archive`. ValidationError where its name was taken meanwhile."""
        self.archived_at = None
        self.validate_constraints()
        return self._store(by, at, {"archived_at": None})

    def _store(self, by: User, at: datetime, wanted: dict[str, Any]) -> bool:
        values = wanted | {"version": self.version + 1, "changed_at": at}
        if not Segment.objects.filter(pk=self.pk, version=self.version).update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        self._note(by, at)
        return True

    def _note(self, by: User, at: datetime) -> None:
        self.changes.create(
            version=self.version,
            name=self.name,
            definition=self.definition,
            is_archived=self.archived_at is not None,
            by=by,
            at=at,
        )


class SegmentChange(models.Model):
    """What a segment said from then on, and who said so. Append-only: "who was in it in March" starts here."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="changes", verbose_name=_("segment"))
    version = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=80)
    definition = models.JSONField(_("definition"), default=dict)
    is_archived = models.BooleanField(_("is archived"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("changed by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of a segment")
        verbose_name_plural = _("changes of segments")
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["segment", "version"], name="a_segment_has_each_version_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.version}"
