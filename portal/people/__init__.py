"""The people of the organization, signed in yet or not.

Rules: names in any script, one word is enough; nobody is asked for a gender. What comes from a staff list is
locked and says so. Each optional field is shown to everyone, my teams or nobody. A guest sees only people of
shared teams. Handles keep working after a rename. Whoever left is listed nowhere.

Tables: person, person_listing (what each audience sees of a person), old_handle, department, place,
staff_import (a staff list on its way), person_merge, erasure.
Publishes: PersonAdded, PersonChanged, PersonLeft, PersonReturned, LastDayChanged, KindChanged, PeopleMerged,
PeopleParted, PersonErased. Listens: MembershipChanged, MailAccepted, MailRefused.
"""
