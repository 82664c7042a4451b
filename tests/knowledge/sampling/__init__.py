"""Sample arguments for what the tables of ``analysis.knowledge`` name, and the code that calls it with them."""
