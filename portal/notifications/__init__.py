"""Notices: what others did that concerns me, here, by mail, and once a week in a digest.

A notice is one row for a person, a kind and what it is about, written in the transaction of the fact with a fixed
number of statements; more than 200 receivers are told by the worker, in batches, from one owed row. It holds no
words: they are those of today, as far as its reader may see them, and what they may not see any longer is neither
shown nor counted. Nobody gets a notice of what they did themselves, and whoever has left gets none.

Each kind (`kinds.KINDS`, the one table of them) can be mailed at once, kept for the weekly digest, or only stand
here; some can be switched off. Mail leaves a minute after the fact, or when the reader's quiet hours end. The
digest tells what happened around its reader; an empty one is not sent, three without an act make it monthly, six
end it, and an act brings it back. It is chosen once, so that a second try is the same mail.

Tables: notice, notice_fan_out, notice_wish, notice_hours, digest, digest_pace. Listens: KudosGiven, KudosWithdrawn,
KudosCheered, CheerWithdrawn, KudosHidden, KudosRestored, PauseBegan, PauseEnded, ScreenAsked, ScreenShared,
PersonNamed, TopicVouched, PersonChanged, Acted.
"""
