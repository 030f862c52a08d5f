"""A surface: what the admins do. First hour, people, staff lists, invitations, mail, the log.

Rules: for admins alone; for everybody else these pages are not there.
Reported words are for moderators as well. Routes only: no tables, no rules.
"""
