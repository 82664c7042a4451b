"""Source text as documents and edits: what fixes and the functional builder share."""
