"""The page that a person trains with: the model behind it, its server, and what the browser gets."""
