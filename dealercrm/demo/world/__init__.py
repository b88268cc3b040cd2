"""The invented world as plain data: no Django, no clock, no global random. Same arguments, same world."""
