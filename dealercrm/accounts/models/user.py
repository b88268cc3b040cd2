from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models.dealership import Dealership


class Role(models.TextChoices):
    OPERATOR = "operator", _("operator")
    MANAGER = "manager", _("manager")
    ADMINISTRATOR = "administrator", _("administrator")
    INTEGRATION = "integration", _("integration")


class User(AbstractUser):
    """A person (or another system) who works here; rights come from memberships, one role per store."""

    language = models.CharField(_("language"), max_length=5, blank=True, help_text=_("empty: as the browser asks"))
    is_group_manager = models.BooleanField(
        _("is group manager"), default=False, help_text=_("sees every dealership of the group as a manager")
    )

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def sees_all_dealerships(self) -> bool:
        return self.is_group_manager or self.is_superuser

    @cached_property
    def works_at(self) -> list[Membership]:
        """Where this user works, each with its store; one query, kept for the life of this object (one request)."""
        return list(self.memberships.select_related("dealership"))

    @cached_property
    def roles_by_dealership(self) -> dict[int, str]:
        """{dealership id: role}; kept for the life of this object (one request)."""
        return {one.dealership_id: one.role for one in self.works_at}

    def stores(self) -> list[Dealership]:
        """The stores that this user may work at today, by name: those of the memberships, or the whole group."""
        if self.sees_all_dealerships:
            return list(Dealership.objects.active())
        return sorted((one.dealership for one in self.works_at if one.dealership.is_active), key=lambda s: s.name)

    @property
    def dealership_ids(self) -> list[int]:
        """Ids of the stores this user belongs to (not the whole group, even for a group manager)."""
        return sorted(self.roles_by_dealership)

    def sees_store(self, dealership_id: int | None) -> bool:
        """May this user read facts that a store owns? Of other stores' facts they see date and purpose only."""
        return self.sees_all_dealerships or dealership_id in self.roles_by_dealership

    def role_at(self, dealership: Dealership | int) -> str | None:
        """This user's role at a store, or None; a group manager is manager everywhere."""
        dealership_id = dealership if isinstance(dealership, int) else dealership.pk
        if self.is_superuser:
            return Role.ADMINISTRATOR
        role = self.roles_by_dealership.get(dealership_id)
        if role is None and self.is_group_manager:
            return Role.MANAGER
        return role

    def administered(self) -> QuerySet[Dealership]:
        """Stores this user administers; every store for a superuser."""
        if self.is_superuser:
            return Dealership.objects.all()
        # Not by a join: whoever counts members of these stores would count this one membership only.
        own = Membership.objects.filter(user=self, role=Role.ADMINISTRATOR)
        return Dealership.objects.filter(pk__in=own.values("dealership"))

    def staff(self) -> QuerySet[User]:
        """People and integrations of the stores this user administers, this user included."""
        if self.is_superuser:
            return User.objects.all()
        return User.objects.filter(memberships__dealership__in=self.administered()).distinct()

    def may_govern(self, other: User) -> bool:
        """May this user close `other`'s account or hand out a password link for it?

        Only where every right of that account lies within the stores administered here: else an
        administrator of one store could enter another one under a colleague's name.
        """
        if self.is_superuser:
            return True
        if other.is_superuser or other.is_staff or other.is_group_manager:
            return False
        own = set(self.administered().values_list("pk", flat=True))
        return set(other.dealership_ids) <= own

    def has_role(self, *roles: str) -> bool:
        """True where the user holds one of these roles at any store."""
        if self.is_superuser:
            return True
        if self.is_group_manager and Role.MANAGER in roles:
            return True
        return any(role in roles for role in self.roles_by_dealership.values())


class Membership(models.Model):
    """This user works at that store in this role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("dealership")
    )
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "dealership"], name="a_user_has_one_role_at_a_dealership"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="a_membership_has_a_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.dealership} · {self.get_role_display()}"
