"""The demo company: about 60 made-up people with intros worth reading, moved in through the services.

Nothing in it exists outside the demo. The words lie in company.toml, drawn portraits in portraits/.
"""
