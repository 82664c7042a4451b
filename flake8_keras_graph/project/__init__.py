"""Files of a project: which are there, what they define and import, what kind of class each class is."""
