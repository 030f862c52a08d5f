"""The front door and the small rooms beside it: home, my own page, settings, menu, guide, what is kept about whom.

A surface: pages only, no tables and no rules. It may read from every domain, and shows what domains lend it.
"""
