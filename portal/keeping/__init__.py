"""Keeping what is there: backups, restoring, moving to another database, checks.

Not a domain but a room beside the commands, for what works on all tables at once, whatever domain they belong to.
It reads the tables as they are in the database and not as the models have them, so that it keeps an installation of
an earlier version too (before it is upgraded).

Rules: a backup is one moment of the database with the files of that moment; it is written aside, and under its name
only when it is whole. A restore goes into an empty installation alone, checks everything before it writes anything,
and forgets again whoever was erased since. A backup can be read by its owner alone.

Tables: none (what the worker did last stands in `setting`). Publishes: nothing. Listens: nothing.
"""
