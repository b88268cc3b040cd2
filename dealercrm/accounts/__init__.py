"""Who works here: dealerships, users, roles, row scope, and the runs of nightly jobs."""
