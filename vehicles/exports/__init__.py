"""Files of strangers, read in a process of their own with limits on memory, time and files.

Nothing in this package imports Django: the child starts in a tenth of a second and holds no
database connection. What it understood lies in a spool (SQLite on disk) for the importer.
"""
