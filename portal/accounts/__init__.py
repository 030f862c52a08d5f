"""Getting in and out: passwords, sessions, and words that arrive after a session has ended.

Rules: nobody learns whether an address has an account (same words, same time). Wrong passwords slow down, per
account and address, and never lock the owner out. A session is a row that its owner can see and end; it changes
at sign-in. Roles: member, moderator, admin; a guest is a kind of person.

Tables: account, sign_in (a session), sign_in_try, way_in (a link or code to choose a password), kept_words.
Publishes: SignedIn. Listens: PersonLeft.
"""
