"""How a written message leaves the house: one module a channel, chosen by the message's own channel."""
