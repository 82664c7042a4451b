"""Sample arguments for what the tables of ``knowledge`` name, and the code that calls it with them."""
