"""What can be found, and who knows: one index for people, teams, goals and whatever the domains above push into it.

An item is something that can be found, or that shows what somebody knows: an intro, a thank-you, a piece of work from
elsewhere. Of its text only the words are kept, in the order of the alphabet.

Rules: index rows are written in the fact's transaction and carry its audience; `visible_to(viewer)` stands in the
WHERE of every candidate. The engine of the database (FTS5, or PostgreSQL's full text) only finds candidates, by words
that `words` has made; `scoring` ranks them, so that both databases answer alike. Imported work waits 14 days for its
people before others see it. Search knows no domain above it: those push with `services.put`.

Tables: search_item, search_link, search_word, search_person (and fts_search_item on SQLite). Publishes: nothing.
"""
