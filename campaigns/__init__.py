"""What we do about it: campaigns, gates, call list and call card, messages."""
