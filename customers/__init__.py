"""Who they are and what they allow: people, companies, contact points, consent."""
