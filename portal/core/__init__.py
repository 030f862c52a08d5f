"""What every domain stands on, and what knows none of them.

db        Base, column types, `unit_of_work` (the only commit in the house)
events    what happened, told to whoever listens, inside the same transaction
auth      the `Viewer`, closed-by-default routes, `@public`
forms     fields that refuse NUL and lone surrogates, the `once` nonce, CSRF
errors    `RuleBroken`, pages for when something went wrong
paging    keyset pages over audiences
panels    blocks that one domain lends to another's page
markup    Markdown to safe HTML
clock     the only place that asks what time it is
storage   files under content names
audit     who did what, by ids and codes
settings  what the admin chose
i18n      languages, zones, words for times
personal  what is kept about a person, and why
web       headers, compression, static files, is it up?
error_pages  what is shown when something went wrong
logs      JSON lines without names
schema    is the database as new as the code
outbox    the mails that are owed     mail  what a letter is, and who writes which     smtp  a mail server
worker    what recurs and what is owed, seen to outside the web process
links     secrets in links, of which nothing is stored

Tables: setting, audit_entry, form_once, owed_mail, turn. Publishes: MailAccepted, MailRefused.
"""
