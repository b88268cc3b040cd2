"""What they drive and what happened to it: cars, ownerships, repair orders, covers, touches; DMS import."""
