"""What `hallway` can do, one module per command; each is imported when it is called."""
