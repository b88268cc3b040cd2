"""Addresses of the accounts room: signing in, switches, administration of people and stores."""

from allauth.account import views as account
from django.urls import include, path

from dealercrm.accounts.views import audit, health, home, passwords, stores, switches, tokens, users

urlpatterns = [
    path("", home.home, name="home"),
    path("language/", switches.language, name="language-switch"),
    path("store/", switches.store, name="store-switch"),
    # allauth looks for its own names, so each address carries both.
    path("login/", account.login, name="login"),
    path("login/", account.login, name="account_login"),
    path("login/closed/", account.account_inactive, name="account_inactive"),
    path("logout/", account.logout, name="logout"),
    path("logout/", account.logout, name="account_logout"),
    path("password/", account.password_change, name="password-change"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/first/", account.password_set, name="account_set_password"),
    path("password/link/<uidb64>/<token>/", passwords.ChoosePassword.as_view(), name="password-link"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("users/", users.users, name="users"),
    path("users/new/", users.user_add, name="user-add"),
    path("users/<int:user_id>/", users.user, name="user"),
    path("users/<int:user_id>/password-link/", users.user_link, name="user-link"),
    path("stores/", stores.stores, name="stores"),
    path("stores/new/", stores.store_add, name="store-add"),
    path("stores/<slug:code>/", stores.store_edit, name="store-edit"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<str:digest>/revocation/", tokens.token_revoke, name="token-revoke"),
    path("health/", health.health, name="health"),
    path("audit/", audit.audit, name="audit"),
    path("second-factor/", include("allauth.mfa.urls")),
]
