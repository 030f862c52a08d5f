"""What people know: topics, who can be asked about them, and who says so.

A topic is a subject with a name and other names ("k8s"). Somebody claims it with a level (learning, can help, expert)
and a line of evidence; a colleague vouches for that with one line of why.

Rules: whoever may see somebody sees their claims, and a vouch whoever may see both. At most 15 claims a person. A
name that is nearly one that is there is asked about before it becomes a topic of its own. Nobody vouches for
themselves. Whom somebody blocked vouches for them into the void.

Two topics made one stay two rows: the one that went names the one that was kept, and is read as that one, so that
nothing is moved and a merge can be undone for a month. Claims and vouches are put into search in their transaction.

Tables: topic, topic_alias, old_topic_slug, topic_claim, topic_vouch, topic_hours, topic_off, topic_named,
topic_merge. Publishes: TopicsRenamed, TopicVouched, VouchWithdrawn, PersonNamed. Listens: MembershipChanged,
PersonLeft, PersonReturned, KindChanged, LastDayChanged, PeopleMerged, PeopleParted.
"""
