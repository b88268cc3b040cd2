"""What every viewset of the REST API stands on: scope, rights, pages, errors. Rooms hold the nouns."""
