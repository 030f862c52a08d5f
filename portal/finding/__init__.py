"""A surface: one box for people, topics, teams, goals and thanks; what it finds, and why.

Rules: it looks through `search` alone, whose rows carry their audience; how a kind stands on the page is said by its
own domain (`core.findable.Source.show` and `why`), which leaves out what the viewer may not open. Reading writes
nothing, and nobody is told what was looked for.

Tables: none. Publishes: nothing.
"""
